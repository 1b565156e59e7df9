// Owns the memory of rows that hardly ever change and are read by every request.
import type { Connection, Query, Statement } from './connection.js'

export type Memory = {
  /** As the connection's: whatever is written through it makes the memory empty. */
  write<R>(name: string, query: Query<R>): Statement<R>
  /** Answers from memory where it can. Answers are shared: nobody may change them. */
  remember<R>(load: (key: string) => Promise<R>): (key: string) => Promise<R>
}

/** Rows are small, and administrators make few: this only keeps strangers' guesses from filling it. */
const limit = 1000
/** Characters; nothing that is remembered has a longer name. */
const longestKey = 2048

/**
 * A memory that is right at every moment: it lasts until this process writes to the same tables, another
 * connection commits anything at all, or a commit of ours is lost. Where the database cannot tell, as
 * PostgreSQL on another machine cannot, nothing is remembered.
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
    write(name, query) {
      const run = store.write(name, query)
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
        const version = store.version()
        if (version === undefined || key.length > longestKey) return load(key)
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
