// Owns the embedded database: one SQLite file, opened so that what is committed survives a power cut.
import { chmodSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBarrier } from './barrier.js'
import {
  type Connection,
  noteWriteFault,
  type Query,
  type Selection,
  type Values,
  type WriteFault,
} from './connection.js'
import { type Db, sqlite } from './dialect.js'
import { StoreUnavailable, sqliteFault } from './fault.js'
import { ledger, migrate } from './migrate.js'
import { tables } from './schema.js'
import { type Client, drizzleOver } from './sqlite-driver.js'
import { applicationId, examine, load, prepareFile } from './sqlite-file.js'
import { preparedChange, preparedRows } from './statement.js'

/** Drizzle's statements for SQLite answer at once, under the same method. */
type Immediate<R> = { execute(values: Values): { sync(): R } }

const walLimit = 64 * 2 ** 20
const cacheKibibytes = 8000
/** Milliseconds. */
const patience = 2000
/** Milliseconds between two tries to change to a log. */
const pause = 50
/** Milliseconds: how soon the commits of other processes are noticed. */
const glance = 50

/** Opens or creates the database. Rejects with one sentence when the file must not be used as it is. */
export async function openSqlite(file: string, options: { migrate: boolean }): Promise<Connection> {
  const isNew = file !== ':memory:' && (await prepareFile(file))
  const client = load(file)
  // The log takes its mode from the file, so this comes before there is one.
  if (isNew) chmodSync(file, 0o600)
  try {
    examine(client, file)
    await useWal(client, file)
    await bringUpToDate(client, options)
    configure(client)
  } catch (thrown) {
    client.close()
    throw thrown
  }
  return connect(client)
}

/**
 * Opens a database of this program's schema for one piece of work that nobody else may see half done: as long as it
 * is open no other process can open it, and it is refused while one has.
 */
export async function openAlone(file: string): Promise<Client> {
  if (!existsSync(file)) throw new Error(`there is no database ${file}`)
  const client = load(file)
  try {
    // With a log, whoever has the file open holds a lock on it, also when nothing is being written.
    client.pragma(`busy_timeout = ${patience}`)
    client.pragma('locking_mode = EXCLUSIVE')
    client.prepare('select count(*) from sqlite_schema').get()
    examine(client, file)
    await bringUpToDate(client, { migrate: false })
    return client
  } catch (thrown) {
    client.close()
    if ((thrown as { code?: unknown }).code !== 'SQLITE_BUSY') throw thrown
    throw new Error(`another process has ${file} open: stop the server first`)
  }
}

/** SQLite itself does not wait here for who changes the mode at the same moment, or writes before it is changed (F16). */
async function useWal(client: Client, file: string): Promise<void> {
  let mode = changeToWal(client)
  for (let waited = 0; mode === 'busy' && waited < patience; waited += pause) {
    await sleep(pause)
    mode = changeToWal(client)
  }
  if (mode === 'busy') throw new Error(`the database ${file} is locked by another process: try again`)
  if (file !== ':memory:' && mode !== 'wal') throw new Error(`the database ${file} cannot use WAL here`)
}

function changeToWal(client: Client): unknown {
  try {
    return client.pragma('journal_mode = WAL', { simple: true })
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'SQLITE_BUSY') throw thrown
    return 'busy'
  }
}

function configure(client: Client): void {
  // The driver is built with NORMAL for WAL, under which a power cut can undo an acknowledged revocation (F02).
  client.pragma('synchronous = FULL')
  client.pragma('foreign_keys = ON')
  client.pragma(`journal_size_limit = ${walLimit}`)
  client.pragma('trusted_schema = OFF')
  // Half of what the driver is compiled with: the system keeps the file's pages, too.
  client.pragma(`cache_size = -${cacheKibibytes}`)
  const full = 2
  // SQLite would wait inside a call, and the whole process with it: who waits for a lock does so in barrier.ts (F05).
  client.pragma('busy_timeout = 0')
  if (client.pragma('synchronous', { simple: true }) !== full) throw new Error('synchronous=FULL was refused')
  if (client.pragma('foreign_keys', { simple: true }) !== 1) throw new Error('foreign_keys=ON was refused')
}

async function bringUpToDate(client: Client, options: { migrate: boolean }): Promise<void> {
  const applied = () => {
    const there = client.prepare('select 1 from sqlite_schema where name = ?').get(ledger)
    return there ? (client.prepare(`select tag from ${ledger}`).pluck().all() as string[]) : []
  }
  await migrate(
    {
      dialect: 'sqlite',
      applied: async () => applied(),
      async exclusively(statements) {
        // A table that is made anew would take its children with it; the check below makes up for the keys.
        client.pragma('foreign_keys = OFF')
        client.exec('BEGIN IMMEDIATE')
        client.pragma(`application_id = ${applicationId}`)
        for (const statement of statements(applied())) client.exec(statement)
        const orphans = client.pragma('foreign_key_check') as unknown[]
        if (orphans.length > 0)
          throw new Error(`a migration left ${orphans.length} rows without their parents`)
        client.exec('COMMIT')
      },
    },
    { check: !options.migrate },
  )
}

function connect(client: Client): Connection {
  const begin = client.prepare('BEGIN IMMEDIATE')
  const commit = client.prepare('COMMIT')
  const rollback = client.prepare('ROLLBACK')
  const outside = client.prepare('PRAGMA data_version').pluck()
  const probe = client.prepare('select 1 from client limit 1')
  const writeFault: WriteFault = { current: undefined }
  const transaction = {
    begin: () => begin.run(),
    commit: () => commit.run(),
    rollback: () => rollback.run(),
    isOpen: () => client.inTransaction,
  }
  const barrier = createBarrier(transaction, { onFault: (fault) => noteWriteFault(writeFault, fault) })

  const watches = new Set<NodeJS.Timeout>()
  let commitsOfOthers: unknown

  /** Asked once in a turn of the loop: within one, it is as if everything had been read at its beginning. */
  function outsideVersion(): unknown {
    if (commitsOfOthers === undefined) {
      commitsOfOthers = outside.get()
      setImmediate(() => {
        commitsOfOthers = undefined
      })
    }
    return commitsOfOthers
  }

  /** Prepared when first used: a command uses few of them. */
  function once<R>(prepare: () => (values: Values) => R): (values: Values) => R {
    let run: ((values: Values) => R) | undefined
    return (values) => {
      run ??= prepare()
      return run(values)
    }
  }

  return {
    db: drizzleOver(client) as unknown as Db,
    tables: tables(sqlite),
    read<R>(_name: string, query: Selection<R>) {
      const run = once(() => preparedRows(client, query))
      return async (values = {}) => {
        try {
          return run(values)
        } catch (thrown) {
          throw sqliteFault(thrown)
        }
      }
    },
    change(_name, query) {
      const run = once(() => preparedChange(client, query))
      return async (values = {}) => barrier.write(() => run(values))
    },
    write<R>(name: string, query: Query<R[]>) {
      const run = once(() => {
        const statement = query.prepare(name) as unknown as Immediate<R[]>
        return (values: Values) => statement.execute(values).sync()
      })
      return async (values = {}) => barrier.write(() => run(values))
    },
    version: () => `${outsideVersion()} ${barrier.lost()}`,
    async watch(wake) {
      let seen = ''
      const timer = setInterval(() => {
        const now = `${outside.get()} ${barrier.batch()}`
        if (now !== seen) wake()
        seen = now
      }, glance)
      timer.unref()
      watches.add(timer)
      return { stop: async () => clearInterval(timer) }
    },
    async ready() {
      const fatal = barrier.fatal()
      if (fatal) throw fatal
      try {
        probe.get()
      } catch (thrown) {
        throw new StoreUnavailable(sqliteFault(thrown).message)
      }
    },
    writeFault,
    batch: barrier.batch,
    committed: barrier.committed,
    async close() {
      for (const timer of watches) clearInterval(timer)
      const last = barrier.batch()
      barrier.close()
      client.close()
      await barrier.committed(last)
    },
  }
}
