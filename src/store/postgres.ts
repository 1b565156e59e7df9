// Owns the shared database: PostgreSQL through a pool, every statement its own transaction.
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { type Connection, noteWriteFault, type Query, type Values, type WriteFault } from './connection.js'
import { type Db, postgres } from './dialect.js'
import { mayRetry, postgresFault, StoreUnavailable } from './fault.js'
import { type Listening, listenTo, revocationChannel } from './listener.js'
import { ledger, migrate } from './migrate.js'
import { createClient, createPool } from './postgres-client.js'
import { tables } from './schema.js'
import { shared } from './shared.js'

/** Connections of one node. */
const poolSize = 10
/** Milliseconds for a statement, at either end of the wire: then the answer is 503 (F10). */
const patience = 4000
const retries = 3
/** Milliseconds: how soon what was not announced, or not heard, is looked for anyway. */
const lookAnyway = 1000
/** 'grantor' as bytes: the advisory lock of migrations. */
const migrationLock = '29099049608703858'

/** Opens the database and brings its schema up to date. Rejects with StoreUnavailable if it is out of reach. */
export async function openPostgres(url: string, options: { migrate: boolean }): Promise<Connection> {
  await bringUpToDate(url, options)
  const pool = createPool(url, poolSize, patience)
  // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
  pool.on('error', () => {})
  return overPostgres(drizzle(pool, { casing: 'snake_case' }), {
    ready: async () => {
      await pool.query('select 1 from client limit 1')
    },
    listen: (wake) => listenTo(revocationChannel, url, wake),
    close: () => pool.end(),
  })
}

/** What `pg` and PGlite answer to a statement that returns nothing. */
type Changed = { readonly rowCount?: number | null; readonly affectedRows?: number }

type Driver = {
  ready(): Promise<void>
  listen(wake: () => void): Promise<Listening>
  close(): Promise<void>
}

/** A connection over any PostgreSQL that drizzle speaks to; the schema is there already. */
export function overPostgres(db: Db, driver: Driver): Connection {
  const attempt = async <R>(run: () => Promise<R>): Promise<R> => {
    for (let tried = 1; ; tried++) {
      try {
        return await run()
      } catch (thrown) {
        if (tried > retries || !mayRetry(thrown)) throw postgresFault(thrown)
        // Nodes that collided must not meet again: the clock's fine digits spread them.
        await pause(tried * 10 + Number(process.hrtime.bigint() % 10n))
      }
    }
  }
  const prepared = <R>(name: string, query: Query<R>) => {
    let statement: ReturnType<typeof query.prepare> | undefined
    return (values: Values) => {
      statement ??= query.prepare(name)
      const { execute } = statement
      return attempt(() => execute.call(statement, values))
    }
  }
  const writeFault: WriteFault = { current: undefined }
  const preparedWrite = <R>(name: string, query: Query<R>) => {
    const run = prepared(name, query)
    return async (values: Values) => {
      try {
        return await run(values)
      } catch (thrown) {
        noteWriteFault(writeFault, thrown)
        throw thrown
      }
    }
  }
  // Its table and the triggers that change it are made by the migrations: SQLite has neither.
  const askVersion = () =>
    prepared('memory_version', db.select({ version: sql<string>`version` }).from(sql`memory_version`))
  let version: ReturnType<typeof askVersion> | undefined
  const watches = new Set<Listening>()
  return {
    db,
    tables: tables(postgres),
    read(name, query) {
      const run = prepared(name, query)
      // PostgreSQL has no NUL in texts, so nothing is found by one (TK05): asking would be an error.
      return async (values = {}) => (Object.values(values).some(hasNul) ? [] : run(values))
    },
    change(name, query) {
      const run = preparedWrite(name, query as Query<Changed>)
      return async (values = {}) => {
        const { rowCount, affectedRows } = await run(values)
        return rowCount ?? affectedRows ?? 0
      }
    },
    write(name, query) {
      const run = preparedWrite(name, query)
      return (values = {}) => run(values)
    },
    version: shared(async () => {
      version ??= askVersion()
      const [row] = await version({})
      return row?.version
    }),
    async watch(wake) {
      const timer = setInterval(wake, lookAnyway)
      timer.unref()
      const listening = await driver.listen(wake)
      const watch = {
        stop: () => {
          clearInterval(timer)
          return listening.stop()
        },
      }
      watches.add(watch)
      return watch
    },
    ready: async () => {
      await driver.ready().catch((thrown: Error) => {
        throw new StoreUnavailable(thrown.message)
      })
    },
    writeFault,
    batch: () => 0,
    committed: async () => {},
    async close() {
      for (const watch of watches) await watch.stop()
      await driver.close()
    },
  }
}

const hasNul = (value: unknown) => typeof value === 'string' && value.includes('\0')

async function bringUpToDate(url: string, options: { migrate: boolean }): Promise<void> {
  const client = createClient(url, { name: 'grantor migrate' })
  client.on('error', () => {})
  try {
    await client.connect().catch((thrown: Error) => {
      throw new StoreUnavailable(`PostgreSQL cannot be used: ${thrown.message}`)
    })
    await examine(client)
    await migrate(migratable(client), { check: !options.migrate })
  } finally {
    await client.end().catch(() => {})
  }
}

/** A connection of its own to an up-to-date schema, for one long piece of work. */
export async function connectAlone(url: string): Promise<pg.Client> {
  await bringUpToDate(url, { migrate: true })
  const client = createClient(url, { name: 'grantor move' })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** With `off` an acknowledged revocation can be lost in a crash, as with SQLite under NORMAL. */
async function examine(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ synchronous_commit: string }>('show synchronous_commit')
  if (rows[0]?.synchronous_commit === 'off') {
    throw new StoreUnavailable('PostgreSQL runs with synchronous_commit = off: turn it on for this database')
  }
}

function migratable(client: pg.Client): Parameters<typeof migrate>[0] {
  const applied = async () => {
    const there = await client.query('select to_regclass($1) as name', [ledger])
    if (!there.rows[0]?.name) return []
    const { rows } = await client.query<{ tag: string }>(`select tag from ${ledger}`)
    return rows.map(({ tag }) => tag)
  }
  return {
    dialect: 'postgres',
    applied,
    // On failure the connection is closed, which ends the transaction and frees the lock.
    async exclusively(statements) {
      // Before the transaction: within one, a table that another node has just made may still look absent.
      await client.query('select pg_advisory_lock($1)', [migrationLock])
      await client.query('begin')
      for (const statement of statements(await applied())) await client.query(statement)
      await client.query('commit')
    },
  }
}
