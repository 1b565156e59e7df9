// Changes of any number of rows in batches, between which other requests get their turn (EX06).
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { type SQL, sql } from 'drizzle-orm'
import type { Connection } from './connection.js'

/** Rows of one statement: with their triggers and indexes some milliseconds. */
export const batchRows = 250

/**
 * Runs a statement that changes at most `batchRows` rows until there are no more. Resolves with how many rows it has
 * changed in all. A crash between two batches leaves the rest as it was.
 * @param more asks for one row that is left: of a full batch another node may have changed some first
 */
export async function inBatches(
  store: Pick<Connection, 'batch' | 'committed'>,
  run: () => Promise<number>,
  more: () => Promise<readonly unknown[]>,
): Promise<number> {
  let changed = 0
  for (;;) {
    const since = store.batch()
    const count = await run()
    changed += count
    if (count < batchRows && (await more()).length === 0) return changed
    await store.committed(since)
    await yieldToEventLoop()
  }
}

/**
 * The condition of a batch once more, of the row itself: another node may have changed it since it was chosen. Hidden
 * from SQLite's planner, which would go through all rows of the user to find those that are in the batch.
 */
export function stillSo(condition: SQL | undefined): SQL {
  return sql`case when ${condition} then true else false end`
}
