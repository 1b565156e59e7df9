// Owns the form of a sentence that has a name in it.

/** A sentence in pieces, so that a name can stand in it as text (titles) or as an element (headings). */
export type Phrase<T> = (string | T)[]
