// Checks that the database can be written, by a row of its own.
import { sql } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'

export type WriteChecks = {
  /** Rejects if the database does not answer, has failed for good, or could not be written when last tried. */
  ready(): Promise<void>
  /** Writes a row of its own, after which `ready` resolves again. True if writing had failed before. */
  checkWritable(at: number, random: (bytes: number) => Buffer): Promise<boolean>
}

/** Bytes that must fit once a write has failed: a row of few bytes may find room where no other does. */
const fillerBytes = 98_304
const id = 'write check'

export function writeChecks(store: Connection): WriteChecks {
  const { writeCheck } = store.tables
  const { writeFault } = store
  const put = store.change(
    'write_check_put',
    store.db
      .insert(writeCheck)
      .values(slots(writeCheck))
      .onConflictDoUpdate({
        target: writeCheck.id,
        set: { at: sql`excluded.at`, filler: sql`excluded.filler` },
      }),
  )
  return {
    async ready() {
      await store.ready()
      if (writeFault.current) throw writeFault.current
    },
    async checkWritable(at, random) {
      const failed = writeFault.current !== undefined
      const since = store.batch()
      // Random, so that PostgreSQL cannot compress it.
      await put({ id, at, filler: failed ? random(fillerBytes).toString('base64') : '' })
      await store.committed(since)
      writeFault.current = undefined
      return failed
    },
  }
}
