// Owns the databases that the store is tested on, each new and empty, each gone afterwards.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { createStore, type Store } from '../../src/store/store.js'

/** A store, and how to be rid of it. */
export type Opened = {
  readonly store: Store
  /** Runs one statement beside the store, for rows that it does not make any more. Not where all is in memory. */
  readonly run?: (statement: string) => Promise<void>
  readonly dispose: () => Promise<void>
}

export type Kind = { readonly name: string; readonly open: () => Promise<Opened> }

/** A folder of its own, and how to be rid of it. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'grantor-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function openMemory(): Promise<Opened> {
  const store = await openStore(':memory:')
  return { store, dispose: () => store.close() }
}

async function openFile(): Promise<Opened> {
  const { folder, remove } = temporaryFolder()
  const store = await openStore(`file:${folder}/grantor.db`)
  const run = async (statement: string) => {
    const beside = openDatabase(`${folder}/grantor.db`)
    beside.exec(statement)
    beside.close()
  }
  return { store, run, dispose: () => store.close().finally(remove) }
}

/** PostgreSQL in this process, on the very migrations that a server gets. */
async function openPglite(): Promise<Opened> {
  const [{ PGlite }, { drizzle }, { overPostgres }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('drizzle-orm/pglite'),
    import('../../src/store/postgres.js'),
  ])
  const client = new PGlite()
  const folder = new URL('../../drizzle/postgres/', import.meta.url)
  const journal = JSON.parse(await readFile(new URL('meta/_journal.json', folder), 'utf8'))
  for (const { tag } of journal.entries)
    await client.exec(await readFile(new URL(`${tag}.sql`, folder), 'utf8'))
  const connection = overPostgres(drizzle(client, { casing: 'snake_case' }), {
    ready: async () => {
      await client.query('select 1 from client limit 1')
    },
    listen: async (wake) => ({ stop: await client.listen('grantor_revocation', wake) }),
    close: () => client.close(),
  })
  const store = createStore(connection)
  const run = async (statement: string) => {
    await client.exec(statement)
  }
  return { store, run, dispose: () => store.close() }
}

/** The server to test on, when one is configured. */
export const postgresUrl = process.env.GRANTOR_TEST_POSTGRES_URL

/** A new database on that server. */
export async function freshDatabase(): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  if (!postgresUrl) throw new Error('GRANTOR_TEST_POSTGRES_URL is not set')
  const name = `grantor_test_${randomBytes(6).toString('hex')}`
  await asAdministrator(`create database ${name}`)
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => asAdministrator(`drop database ${name} with (force)`) }
}

/** One statement on the server's own database. */
export function asAdministrator(statement: string): Promise<void> {
  return runOn(postgresUrl, statement)
}

async function runOn(url: string | undefined, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function openPostgres(): Promise<Opened> {
  const { url, drop } = await freshDatabase()
  const store = await openStore(url)
  return {
    store,
    run: (statement) => runOn(url, statement),
    dispose: () => store.close().finally(drop),
  }
}

export const kinds: readonly Kind[] = postgresUrl
  ? [{ name: 'PostgreSQL', open: openPostgres }]
  : [
      { name: 'SQLite in memory', open: openMemory },
      { name: 'SQLite in a file', open: openFile },
      { name: 'PGlite', open: openPglite },
    ]

/** For races through the whole server. PGlite is one slow connection; the tests of the store have it. */
export const raceKinds = kinds.filter(({ name }) => name !== 'PGlite')

/** A store for all tests of a block, committed and gone after them. */
export function useStore(open: Kind['open'], take: (store: Store) => void): void {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
    take(opened.store)
  })
  afterAll(async () => {
    await opened.store.committed(0)
    await opened.dispose()
  })
}
