// Owns giving out places in the status lists: blocks come from the database, single ones from memory.
import type { Secrets } from '../crypto/secrets.js'
import { listSize, type StatusPlace } from '../protocol/status-list.js'
import type { Store } from '../store/store.js'
import { type Shuffle, shuffleOf } from './shuffle.js'

/** Places taken at a time. A restart loses what is left of them; nothing else depends on the number. */
const blockSize = 256

type Block = { readonly list: number; readonly shuffle: Shuffle; next: number; readonly end: number }

export type PlacesOptions = {
  readonly store: Pick<Store, 'statusLists' | 'batch' | 'committed'>
  readonly secrets: Pick<Secrets, 'status'>
  readonly now: () => number
  /** Seconds after which no token can name a list that is full. */
  readonly listLife: number
}

/** A place that no token has ever carried and no other caller gets, here or on another node. */
export function createPlaces({ store, secrets, now, listLife }: PlacesOptions): () => Promise<StatusPlace> {
  let block: Block | undefined
  let taking: Promise<Block> | undefined

  async function take(): Promise<Block> {
    const since = store.batch()
    const { list, from } = await store.statusLists.take(blockSize, listSize, now() + listLife)
    // A block whose commit is lost would be given out again.
    await store.committed(since)
    const shuffle = block?.list === list ? block.shuffle : shuffleOf(secrets.status, list)
    return { list, shuffle, next: from, end: from + blockSize }
  }

  return async () => {
    while (block === undefined || block.next === block.end) {
      taking ??= take().finally(() => {
        taking = undefined
      })
      const taken = await taking
      if (block === undefined || block.next === block.end) block = taken
    }
    return { list: block.list, index: block.shuffle(block.next++) }
  }
}
