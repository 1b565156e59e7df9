// How much a page of a list shows, and from when on a number is not counted any further.

/** Entries on one page. */
export const pageSize = 50
