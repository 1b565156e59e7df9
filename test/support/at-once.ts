// Owns what tests of the store do 50 times at once, and names that meet nowhere.

/** The answers of 50 that run at the same time. */
export const parallel = <R>(work: (index: number) => Promise<R>) =>
  Promise.all(Array.from({ length: 50 }, (_, index) => work(index)))

/** How many of the 50 heard `true`. */
export const winners = async (work: (index: number) => Promise<boolean>) =>
  (await parallel(work)).filter(Boolean).length

let made = 0
/** A name that no other test of the file uses; a later one sorts behind it. */
export const fresh = (kind: string) => `${kind}_${String(++made).padStart(5, '0')}`
