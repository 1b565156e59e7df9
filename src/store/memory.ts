// Owns the memory of rows that hardly ever change and are read by every request.
import type { Connection, Query, Statement } from './connection.js'

export type Memory = {
  /** As the connection's: whatever is changed through it makes the memory empty. */
  change(name: string, query: Query<unknown>): Statement<number>
  /** Answers from memory where it can. Answers are shared: nobody may change them. */
  remember<R>(load: (key: string) => Promise<R>): (key: string) => Promise<R>
}

/** Rows are small, and administrators make few: this only keeps strangers' guesses from filling it. */
const limit = 1000
/** Characters; nothing that is remembered has a longer name. */
const longestKey = 2048

/**
 * A memory that is right at every moment: it lasts until this process writes to the same tables, the database tells
 * another version, or a commit of ours is lost. Where the database cannot tell, nothing is remembered.
 *
 * Why that holds although others commit at any time: a version is drawn in the transaction that changes a row, so
 * both are seen from the same commit on, and no version comes twice. Every question asks for the version first, and
 * hears one that was current after it began. What was committed before that gave the version it hears, or one before
 * it. A row is loaded after the version was heard, by a later snapshot: what is kept under a version is as the
 * database was then, or newer. So whoever hears the same version later gets nothing that was over before they asked.
 * A row whose load was overtaken, by a write of ours or by another version, is answered and not kept.
 */
export function createMemory(store: Connection): Memory {
  const shelves: Map<string, unknown>[] = []
  let seen: string | undefined
  let writes = 0

  function forget(): void {
    writes++
    for (const shelf of shelves) shelf.clear()
  }

  return {
    change(name, query) {
      const run = store.change(name, query)
      return async (values) => {
        try {
          return await run(values)
        } finally {
          forget()
        }
      }
    },
    remember<R>(load: (key: string) => Promise<R>) {
      const shelf = new Map<string, R>()
      shelves.push(shelf)
      return async (key: string): Promise<R> => {
        if (key.length > longestKey) return load(key)
        const told = store.version()
        const version = typeof told === 'object' ? await told : told
        if (version === undefined) return load(key)
        if (version !== seen) forget()
        seen = version
        const known = shelf.get(key)
        if (known !== undefined || shelf.has(key)) return known as R
        const before = writes
        const row = await load(key)
        if (before !== writes) return row
        if (shelf.size >= limit) shelf.clear()
        shelf.set(key, row)
        return row
      }
    },
  }
}
