// Owns the user code (RFC 8628 6.1): what a person reads on a device, and every way in which they may type it.

/** Consonants that are no others' look-alikes: eight of them hold 34.5 bits, and no word comes about. */
export const userCodeLetters = 'BCDFGHJKLMNPQRSTVWXZ'
export const userCodeLength = 8

const grammar = new RegExp(`^[${userCodeLetters}]{${userCodeLength}}$`)
/** Characters; what is longer was not typed. */
const longest = 64

/** The code in what was typed: any case, with or without dash, spaces and points; undefined if there is none. */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > longest) return undefined
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
  return grammar.test(letters) ? letters : undefined
}

/** As it is shown: `WDJB-MJHT`. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, userCodeLength / 2)}-${code.slice(userCodeLength / 2)}`
}
