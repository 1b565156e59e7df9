// The embedded database: durable, refusing what is damaged, and never scanning a table.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sqlite } from '../../src/store/dialect.js'
import { openStore } from '../../src/store/open.js'
import { tables as schemaOf } from '../../src/store/schema.js'
import { openSqlite } from '../../src/store/sqlite.js'
import { type Client, openDatabase } from '../../src/store/sqlite-driver.js'
import { createStore } from '../../src/store/store.js'
import { aGrant, aNewUser, at } from '../support/rows.js'
import { temporaryFolder } from '../support/stores.js'
import { aClient } from '../support/values.js'

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = temporaryFolder())
})
afterEach(() => remove())

const file = () => `${folder}/grantor.db`
const url = () => `file:${file()}`
const child = (what: string) =>
  spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./child.ts', import.meta.url)), what, file()],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )

/** A database with something in it, closed. */
async function filled(): Promise<void> {
  const store = await openStore(url())
  await store.clients.create(aClient('web', {}, { id: 'c' }))
  await store.users.create(aNewUser('u'))
  await store.grants.create(aGrant('g', 'u', 'c'))
  await store.grants.revoke('g', at, 'test')
  await store.close()
}

describe('opening', () => {
  test('makes the folder and the file, for the owner only', async () => {
    const store = await openStore(`file:${folder}/deep/er/grantor.db`)
    await store.close()
    expect(statSync(`${folder}/deep/er/grantor.db`).mode & 0o077).toBe(0)
    expect(statSync(`${folder}/deep`).mode & 0o077).toBe(0)
  })

  test('F02: sets WAL, synchronous=FULL and foreign keys', async () => {
    const connection = await openSqlite(file(), { migrate: true })
    const { $client } = connection.db as unknown as { $client: Client }
    const pragma = (name: string) => $client.pragma(name, { simple: true })
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(2)
    expect(pragma('foreign_keys')).toBe(1)
    // EX09: no call of SQLite waits for a lock; barrier.ts does.
    expect(pragma('busy_timeout')).toBe(0)
    await connection.close()
  })

  test('opens again what it has made, without migrating twice', async () => {
    await filled()
    await (await openStore(url())).close()
    const store = await openStore(url(), { migrate: false })
    expect(await store.grants.find('g')).toMatchObject({ live: false, revokedAt: at })
    await store.close()
  })

  test('F16: with migrate off, refuses an older schema and says what to do', async () => {
    await expect(openStore(url(), { migrate: false })).rejects.toThrow('grantor migrate')
  })

  test('F16: a migration that was cut off begins anew', async () => {
    const half = openDatabase(file())
    half.pragma('journal_mode = WAL')
    half.exec('begin immediate; create table client (id text)')
    half.close()
    const store = await openStore(url())
    expect(await store.clients.list({ limit: 1 })).toEqual([])
    await store.close()
  })

  test('F16: of several processes that open a new file at once, each finds it whole', async () => {
    const exits = await Promise.all(
      Array.from({ length: 3 }, () => child('open')).map(async (process) => (await once(process, 'exit'))[0]),
    )
    expect(exits).toEqual([0, 0, 0])
    const tables = openDatabase(file()).prepare("select count(*) from sqlite_schema where type = 'table'")
    // SQLite's own sequence and our ledger of migrations are there, too.
    expect(tables.pluck().get()).toBe(Object.keys(schemaOf(sqlite)).length + 2)
  })

  test('F16: waits for another process that writes to it before its log is there', async () => {
    await filled()
    const other = openDatabase(file())
    other.pragma('journal_mode = DELETE')
    other.exec('BEGIN IMMEDIATE')
    const opening = openStore(url())
    setImmediate(() => other.exec('COMMIT'))
    const store = await opening
    expect(await store.clients.find('c')).toBeDefined()
    await store.close()
    other.close()
  })

  test.each(['data/grantor.db', 'mysql://localhost/x', 'file:', ''])('refuses the URL %j', async (bad) => {
    await expect(openStore(bad)).rejects.toThrow('not a database URL')
  })
})

describe('F06: a damaged database is refused, and left as it is', () => {
  const refused = async (why: RegExp | string) => {
    const content = () => (existsSync(file()) ? readFileSync(file()).toString('base64') : undefined)
    const before = content()
    const thrown = await openStore(url()).then(
      () => undefined,
      (error: Error) => error,
    )
    expect(thrown?.message).toMatch(why)
    expect(thrown?.message).toContain(file())
    expect(thrown?.message).not.toContain('\n')
    expect(content() === before).toBe(true)
  }

  test('cut to nothing', async () => {
    await filled()
    truncateSync(file(), 0)
    await refused('empty file')
  })

  test('cut short', async () => {
    await filled()
    truncateSync(file(), statSync(file()).size - 8192)
    await refused('cannot be used')
  })

  test('a page overwritten', async () => {
    await filled()
    const bytes = readFileSync(file())
    // Every page but the first: which table a page belongs to is nobody's business here.
    bytes.fill(0xa5, 4096)
    writeFileSync(file(), bytes)
    await refused('cannot be used')
  })

  test('not a database', async () => {
    writeFileSync(file(), 'The quick brown fox jumps over the lazy dog. '.repeat(100))
    await refused('SQLITE_NOTADB')
  })

  test("another program's database", async () => {
    const foreign = openDatabase(file())
    foreign.exec('create table client (id text)')
    foreign.close()
    await refused('another program')
  })

  test('gone, with its log still there', async () => {
    writeFileSync(`${file()}-wal`, 'something')
    await refused('is missing')
  })

  test('a folder', async () => {
    mkdirSync(file())
    await expect(openStore(url())).rejects.toThrow('cannot be opened')
  })
})

test('F01, RT04: what was acknowledged before kill -9 is there afterwards', async () => {
  const victim = child('spend')
  const lines = createInterface({ input: victim.stdout })
  let acknowledged = -1
  for await (const line of lines) {
    acknowledged = Number(line)
    if (acknowledged === 150) victim.kill('SIGKILL')
  }
  expect(acknowledged).toBeGreaterThanOrEqual(150)
  const store = await openStore(url())
  for (let index = 0; index <= acknowledged; index++) {
    expect((await store.grants.findForCode(`g-${index}`))?.code.usedAt).toBe(at)
    expect(await store.grants.redeem(`g-${index}`, { at, expiresAt: at + 100 }, 5)).toBe(false)
  }
  expect(await store.grants.find('g')).toMatchObject({ live: false, revokedReason: 'test' })
  await store.close()
  const raw = openDatabase(file())
  expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(raw.pragma('foreign_key_check')).toEqual([])
  raw.close()
})

test('no statement scans a table, save those that list it', async () => {
  const connection = await openSqlite(file(), { migrate: true })
  const statements = new Map<string, string>()
  const note = (name: string, query: unknown) => {
    statements.set(name, (query as { toSQL(): { sql: string } }).toSQL().sql)
  }
  createStore({
    ...connection,
    read(name, query) {
      note(name, query)
      return connection.read(name, query)
    },
    change(name, query) {
      note(name, query)
      return connection.change(name, query)
    },
    write(name, query) {
      note(name, query)
      return connection.write(name, query)
    },
  })
  expect(statements.size).toBeGreaterThan(70)
  const other = openDatabase(file())
  const scans: string[] = []
  for (const [name, sql] of statements) {
    const parameters = Array.from(sql.matchAll(/\?/g), () => null)
    const plan = other.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[]
    if (plan.some(({ detail }) => /^SCAN (?!CONSTANT)/.test(detail))) scans.push(name)
    if (name.startsWith('sweep_')) expect(plan.map(({ detail }) => detail).join()).toMatch(/USING .*_expiry/)
  }
  // In the order of the primary key, from one of its ends, up to a limit; tables of a few rows; APIs when an
  // administrator creates one; and once in a megabyte of unproven rows the sum of those, which is bounded.
  expect(scans.sort()).toEqual([
    'audit_latest',
    'denied_client_all',
    'resource_all',
    'resource_similar',
    'resource_yield_default',
    'signing_key_all',
    'status_list_all',
    'status_list_last',
    'status_list_withdrawn',
    'trusted_issuer_all',
    'unproven_oldest',
    'unproven_sum',
  ])
  other.close()
  await connection.close()
})

test('SE04: what is written for nobody stands in as many indexes as what is written for somebody', async () => {
  await (await openStore(`file:${file()}`)).close()
  const raw = openDatabase(file(), { readonly: true })
  const partial = raw.prepare(
    "select name from sqlite_schema where tbl_name in ('audit', 'action_token') and sql like '% where %'",
  )
  expect(partial.all()).toEqual([])
  raw.close()
})
