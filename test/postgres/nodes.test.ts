// Two nodes on one PostgreSQL, and what happens when it goes away.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { type Store, StoreUnavailable } from '../../src/store/store.js'
import { aCode, aGrant, aKey, aNewUser, at } from '../support/rows.js'
import { asAdministrator, freshDatabase } from '../support/stores.js'
import { aClient } from '../support/values.js'

let url: string
let drop: () => Promise<void>
let nodes: [Store, Store]

beforeAll(async () => {
  ;({ url, drop } = await freshDatabase())
  nodes = [await openStore(url), await openStore(url)]
  const [a] = nodes
  await a.clients.create(aClient('web', {}, { id: 'c' }))
  await a.users.create(aNewUser('u'))
})
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()))
  await drop()
})

/** A connection beside the pools, for what only an administrator does. */
async function beside<R>(work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return work(client).finally(() => client.end())
}

const winners = async (work: (node: Store, index: number) => Promise<boolean>) => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => work(nodes[index % 2] as Store, index)),
  )
  return answers.filter(Boolean).length
}

describe('MN01: two nodes, 50 at once, one winner', () => {
  test('code', async () => {
    await nodes[0].grants.create(aGrant('g-code', 'u', 'c', { code: aCode() }))
    expect(await winners((node) => node.grants.redeem('g-code', { at, expiresAt: at + 100 }, 5))).toBe(1)
  })

  test('refresh generation', async () => {
    await nodes[0].grants.create(aGrant('g-refresh', 'u', 'c'))
    const life = { at, expiresAt: at + 100 }
    expect(await winners((node) => node.grants.advance('g-refresh', 1, life))).toBe(1)
  })

  test('replay marker', async () => {
    expect(await winners((node) => node.replay.once('jti', at, 'trusted'))).toBe(1)
  })

  test('a client that is to be told of a sign-out', async () => {
    await nodes[0].logoutCalls.owe({ sid: 'sid', sub: 'u', clientId: 'c', expiresAt: at + 100 })
    await nodes[0].logoutCalls.due('sid', at)
    expect(
      await winners(async (node) => (await node.logoutCalls.claim('c', at, at + 30)) !== undefined),
    ).toBe(1)
  })

  test('F13: pending key', async () => {
    expect(await winners((node, index) => node.keys.insertPending(aKey(`k${index}`)))).toBe(1)
  })

  test('RT05: a refresh that races a revocation leaves a dead grant', async () => {
    const life = { at, expiresAt: at + 100 }
    for (let round = 0; round < 10; round++) {
      const id = `g-race-${round}`
      await nodes[0].grants.create(aGrant(id, 'u', 'c'))
      await Promise.all([nodes[0].grants.advance(id, 1, life), nodes[1].grants.revoke(id, at, 'test')])
      expect((await nodes[0].grants.find(id))?.live).toBe(false)
      expect(await nodes[0].grants.advance(id, 2, life)).toBe(false)
    }
  })
})

test('MN02: what one node revokes, the other refuses at once', async () => {
  await nodes[0].grants.create(aGrant('g-mn02', 'u', 'c'))
  expect((await nodes[1].grants.findForToken('g-mn02', 'x'))?.live).toBe(true)
  await nodes[0].grants.revoke('g-mn02', at, 'test')
  expect((await nodes[1].grants.findForToken('g-mn02', 'x'))?.live).toBe(false)
})

test('F16: nodes that start at once on an empty database migrate it once', async () => {
  const fresh = await freshDatabase()
  const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(fresh.url)))
  await Promise.all(stores.map((store) => store.ready()))
  expect(await Promise.all(stores.map((store) => store.clients.list({ limit: 1 })))).toEqual(
    Array(5).fill([]),
  )
  await Promise.all(stores.map((store) => store.close()))
  await fresh.drop()
})

test('F16: with migrate off, refuses an older schema and says what to do', async () => {
  const fresh = await freshDatabase()
  await expect(openStore(fresh.url, { migrate: false })).rejects.toThrow('grantor migrate')
  await fresh.drop()
})

test('a node holds ten connections at most', async () => {
  await Promise.all(Array.from({ length: 100 }, () => nodes[0].clients.find('c')))
  const held = await beside((client) =>
    client.query(
      "select 1 from pg_stat_activity where application_name = 'grantor' and datname = current_database()",
    ),
  )
  expect(held.rows.length).toBeLessThanOrEqual(20)
})

describe('F10: the database goes away', () => {
  test('unreachable at the start', async () => {
    const gone = openStore('postgres://postgres@127.0.0.1:1/none')
    await expect(gone).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(gone).rejects.toThrow(/^PostgreSQL cannot be used: [^\n]*$/)
  })

  test('connections cut: the error is typed, the pool heals, nothing ends the process', async () => {
    await beside((client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'grantor' and datname = current_database()",
      ),
    )
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => nodes[0].clients.find('c')))
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(StoreUnavailable)
    }
    // They share a question, so other connections of the pool may not have heard yet that they are over.
    await vi.waitFor(async () => expect(await nodes[0].clients.find('c')).toBeDefined())
    await nodes[0].ready()
  })

  test('a lock held elsewhere: 503 within five seconds, and the winner is found by reading again', async () => {
    await nodes[0].grants.create(aGrant('g-lock', 'u', 'c'))
    await beside(async (client) => {
      await client.query("begin; update access_grant set nonce = 'x' where id = 'g-lock'")
      const began = performance.now()
      const advanced = nodes[0].grants.advance('g-lock', 1, { at, expiresAt: at + 100 })
      await expect(advanced).rejects.toBeInstanceOf(StoreUnavailable)
      expect(performance.now() - began).toBeLessThan(6500)
      await client.query('rollback')
    })
    expect((await nodes[0].grants.find('g-lock'))?.generation).toBe(1)
    expect(await nodes[0].grants.advance('g-lock', 1, { at, expiresAt: at + 100 })).toBe(true)
  })

  test('errors tell no values', async () => {
    const secret = 'a-person@example.test'
    const before = await nodes[0].users.create(aNewUser('u-secret', { email: secret }))
    expect(before).toBe(true)
    await beside((client) => client.query('alter table session rename to session_away'))
    const thrown = await nodes[0].sessions.find(secret).catch((error: Error) => error)
    await beside((client) => client.query('alter table session_away rename to session'))
    expect(thrown).toBeInstanceOf(Error)
    expect(JSON.stringify([String(thrown), (thrown as Error).cause, { ...(thrown as Error) }])).not.toContain(
      secret,
    )
  })
})

test('F02: refuses a database that may forget what it has committed', async () => {
  const fresh = await freshDatabase()
  await asAdministrator(`alter database ${new URL(fresh.url).pathname.slice(1)} set synchronous_commit = off`)
  await expect(openStore(fresh.url)).rejects.toThrow('synchronous_commit')
  await fresh.drop()
})
