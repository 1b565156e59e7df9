// The server's own write every few seconds: finds a full disk, and room again, without any user's request.
import type { Deps } from './deps.js'
import { StoreUnavailable } from './store/fault.js'

/** Writes once. Rejects only for defects; a database that cannot be written is logged when that begins and ends. */
export function createWriteCheck({
  store,
  now,
  random,
  log,
}: Pick<Deps, 'store' | 'now' | 'random' | 'log'>): () => Promise<void> {
  let reported: string | undefined
  return async () => {
    try {
      await store.checkWritable(now(), random)
      if (reported !== undefined) log.info('the database can be written again')
      reported = undefined
    } catch (thrown) {
      if (!(thrown instanceof StoreUnavailable)) throw thrown
      const { message, unwritable } = rootOf(thrown)
      const reason = unwritable ?? message
      if (reason !== reported) log.error({ reason, err: message }, 'the database cannot be written')
      reported = reason
    }
  }
}

/** A failed commit names the fault behind it. */
function rootOf(thrown: StoreUnavailable): StoreUnavailable {
  return thrown.cause instanceof StoreUnavailable ? thrown.cause : thrown
}
