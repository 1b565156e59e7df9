// Owns changes that were pushed: they lie over the list that was fetched until a newer list holds them itself.

/** `at` is in epoch seconds. An index that is invalid stays so: it is never given to other tokens. */
export type Change = { readonly at: number; readonly invalid: readonly number[] }

export type Changes = {
  readonly add: (change: Change, listIat: number) => void
  /** Drops what a list of this time knows already. */
  readonly settle: (listIat: number) => void
  readonly isInvalid: (index: number) => boolean
}

/** A list may have been put together a little before it says, on a node that had not heard yet. In seconds. */
const overlap = 5
/** Beyond this the list itself is the shorter way to say it. */
const most = 65_536

/** @param onTooMany the list has to be fetched: changes are being forgotten */
export function pushedChanges(onTooMany: () => void): Changes {
  const times = new Map<number, number>()
  return {
    add: ({ at, invalid }, listIat) => {
      if (at < listIat - overlap) return
      for (const index of invalid) times.set(index, Math.max(at, times.get(index) ?? 0))
      if (times.size <= most) return
      for (const index of times.keys()) {
        if (times.size <= most) break
        times.delete(index)
      }
      onTooMany()
    },
    settle: (listIat) => {
      for (const [index, at] of times) if (at < listIat - overlap) times.delete(index)
    },
    isInvalid: (index) => times.has(index),
  }
}
