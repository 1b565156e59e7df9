// Owns changes that were pushed: they lie over the list that was fetched until a newer list holds them itself.

/** Times are epoch seconds. */
export type Change = {
  readonly at: number
  readonly invalid: readonly number[]
  readonly valid: readonly number[]
}

export type Changes = {
  readonly add: (change: Change, listIat: number) => void
  /** Drops what a list of this time knows already. */
  readonly settle: (listIat: number) => void
  readonly valueAt: (index: number) => number | undefined
}

/** A list may have been put together a little before it says, on a node that had not heard yet. In seconds. */
const overlap = 5
/** Beyond this the list itself is the shorter way to say it. */
const most = 65_536

/** @param onTooMany the list has to be fetched: changes are being forgotten */
export function pushedChanges(onTooMany: () => void): Changes {
  const values = new Map<number, { value: number; at: number }>()
  const put = (index: number, value: number, at: number) => {
    const known = values.get(index)
    if (known !== undefined && known.at > at) return
    values.set(index, { value, at })
  }
  return {
    add: ({ at, invalid, valid }, listIat) => {
      if (at < listIat - overlap) return
      for (const index of valid) put(index, 0, at)
      for (const index of invalid) put(index, 1, at)
      if (values.size <= most) return
      for (const index of values.keys()) {
        if (values.size <= most) break
        values.delete(index)
      }
      onTooMany()
    },
    settle: (listIat) => {
      for (const [index, { at }] of values) if (at < listIat - overlap) values.delete(index)
    },
    valueAt: (index) => values.get(index)?.value,
  }
}
