// Owns what has been revoked, as bits in memory: read from the store in the order of commits, and only ever what is
// on disk.
import { setImmediate as breathe } from 'node:timers/promises'
import {
  emptyList,
  entryBits,
  invalid,
  listSize,
  setStatus,
  valid,
  withdrawnList,
} from '../protocol/status-list.js'
import type { Revocation, Store } from '../store/store.js'

export type Revoked = {
  /** Takes in whatever was committed before the call. */
  refresh(): Promise<void>
  /** The lists that tokens may name. */
  lists(): number[]
  /** One bit for each index; undefined for a list that there is not. */
  bits(list: number): Uint8Array | undefined
  /** The newest revocation taken in, 0 before any. */
  latest(): number
  /** What was revoked in a list after the one with this id; undefined if there never was one. */
  since(list: number, id: number): Revocation[] | undefined
  /** Is told of what is taken in, by list. */
  subscribe(listener: Listener): void
}

type Listener = (list: number, changes: readonly Revocation[]) => void

const page = 5000

export function createRevoked(
  store: Pick<Store, 'statusLists' | 'batch' | 'committed'>,
  now: () => number,
): Revoked {
  const lists = new Map<number, Uint8Array>()
  const withdrawn = new Set<number>()
  const listeners: Listener[] = []
  /** Oldest first; an entry goes when no token can carry it any more. */
  let entries: Revocation[] = []
  let latest = 0
  let reading: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function read(): Promise<void> {
    for (let more = true; more; ) {
      const since = store.batch()
      const known = await store.statusLists.all()
      // Lists are withdrawn while no server runs, so one that is known never becomes so.
      if (known.some((list) => !lists.has(list)))
        for (const list of await store.statusLists.withdrawn()) withdrawn.add(list)
      const rows = await store.statusLists.revocations(latest, page)
      await store.committed(since)
      for (const list of lists.keys()) if (!known.includes(list)) lists.delete(list)
      for (const list of known) if (!lists.has(list)) lists.set(list, newList(list))
      takeIn(rows)
      more = rows.length === page
      if (more) await breathe()
    }
    forgetExpired()
  }

  function newList(list: number): Uint8Array {
    return withdrawn.has(list) ? withdrawnList(listSize) : emptyList(listSize, entryBits)
  }

  function takeIn(rows: readonly Revocation[]): void {
    const changes = new Map<number, Revocation[]>()
    for (const row of rows) {
      entries.push(row)
      latest = row.id
      mark(row, invalid)
      const changed = changes.get(row.list)
      if (changed) changed.push(row)
      else changes.set(row.list, [row])
    }
    for (const [list, changed] of changes) for (const listener of listeners) listener(list, changed)
  }

  function forgetExpired(): void {
    const at = now()
    const kept = entries.findIndex(({ expiresAt }) => expiresAt > at)
    const gone = kept === -1 ? entries : entries.slice(0, kept)
    if (gone.length === 0) return
    for (const entry of gone) mark(entry, valid)
    entries = kept === -1 ? [] : entries.slice(kept)
  }

  function mark({ list, index }: Revocation, status: number): void {
    const bits = lists.get(list)
    if (bits) setStatus(bits, entryBits, index, status)
  }

  return {
    refresh() {
      // Who asks while a read is under way may have written after it looked: another one follows, for all of them.
      if (reading === undefined) {
        reading = read().finally(() => {
          reading = undefined
        })
        return reading
      }
      next ??= reading
        .catch(() => {})
        .then(() => {
          next = undefined
          return this.refresh()
        })
      return next
    },
    lists: () => [...lists.keys()],
    bits: (list) => lists.get(list),
    latest: () => latest,
    since(list, id) {
      // What a listener has of a list that was withdrawn may be from before that.
      if (id > latest || withdrawn.has(list)) return undefined
      // From the end: who asks has mostly missed little.
      const known = entries.findLastIndex((entry) => entry.id <= id)
      return entries.slice(known + 1).filter((entry) => entry.list === list)
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}
