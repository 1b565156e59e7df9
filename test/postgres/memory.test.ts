// What nodes remember of rows that hardly ever change is never older than the database, whoever has changed it.
import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { type Store, StoreUnavailable } from '../../src/store/store.js'
import { aGrant, aNewUser, at } from '../support/rows.js'
import { freshDatabase } from '../support/stores.js'
import { aClient, aResource } from '../support/values.js'
import { startWire, type Wire } from './wire.js'

let url: string
let drop: () => Promise<void>
let wire: Wire
let a: Store
let b: Store
let hand: pg.Client

const api = 'https://api.test'

beforeAll(async () => {
  ;({ url, drop } = await freshDatabase())
  wire = await startWire(url)
  a = await openStore(url)
  b = await openStore(wire.url)
  hand = new pg.Client({ connectionString: url })
  await hand.connect()
  await a.users.create(aNewUser('u'))
})
afterAll(async () => {
  await Promise.all([a.close(), b.close(), hand.end()])
  wire.close()
  await drop()
})

let made = 0
/** A service with a secret and a grant of its own, and an API, all new. */
async function aService() {
  const number = ++made
  const id = `c${number}`
  const own = `own${number}`
  const identifier = `${api}/${number}`
  await a.clients.create(aClient('service', {}, { id, ownGrantId: own }))
  await a.clients.addSecret({ id: `s${number}`, clientId: id, hash: 'first', createdAt: at })
  await a.grants.create(ownGrant(own, id))
  await a.resources.create(aResource(identifier, ['read']))
  return { id, own, identifier }
}
type Service = Awaited<ReturnType<typeof aService>>

const ownGrant = (id: string, clientId: string) => ({
  ...aGrant(id, 'u', clientId, { kind: 'client', statusList: 1, statusIndex: ++made }),
  sub: undefined,
})

/** All that is remembered of a service. */
const told = async (node: Store, { id, own, identifier }: Service) => ({
  client: await node.clients.find(id),
  secrets: (await node.clients.secrets(id, at)).map(({ hash }) => hash),
  standing: await node.grants.standing(own),
  resource: await node.resources.find(identifier),
  all: (await node.resources.all()).some((one) => one.identifier === identifier),
})

const version = async () => (await hand.query('select version from memory_version')).rows[0].version

it('a node asks for a row once, for as long as nobody changes anything', async () => {
  const { id, own, identifier } = await aService()
  const both = async <R>(ask: () => Promise<R>) => expect(await ask()).toBe(await ask())
  await both(() => b.clients.find(id))
  await both(() => b.grants.standing(own))
  await both(() => b.resources.find(identifier))
  await both(() => b.resources.all())
})

describe('what one node has done, the other knows in its next question', () => {
  const disabled = { client: { disabled: true }, standing: { live: false } }
  it.each<[string, (one: Service) => Promise<unknown>, object]>([
    ['disabled', ({ id }) => a.clients.setDisabled(id, true, at), disabled],
    ['removed', ({ id }) => a.clients.remove(id, at), { client: undefined, secrets: [] }],
    [
      'given another secret',
      ({ id }) => a.clients.addSecret({ id: `t${made}`, clientId: id, hash: 'second', createdAt: at }),
      { secrets: ['second', 'first'] },
    ],
    ['without its old secrets', ({ id }) => a.clients.expireSecrets(id, 'none', at), { secrets: [] }],
    [
      'given another grant',
      ({ id, own }) => a.clients.adoptGrant(id, own, 'x'),
      { client: { ownGrantId: 'x' } },
    ],
    ['revoked', ({ own }) => a.grants.revoke(own, at, 'test'), { standing: { live: false } }],
    [
      'revoked with others',
      ({ id }) => a.grants.revokeByClient(id, at, 'test'),
      { standing: { live: false } },
    ],
    [
      'without the place of its tokens',
      async ({ own }) => {
        const { statusList: list = 0, statusIndex: index = 0 } = (await a.grants.find(own)) ?? {}
        expect(await a.grants.retire(own, { list, index }, at)).toBe(true)
      },
      { standing: { live: true, statusIndex: undefined } },
    ],
    ['swept', () => a.sweep(at + 8_000_000, 1000), { standing: undefined }],
    [
      'without its API',
      ({ identifier }) => a.resources.remove(identifier, at),
      { resource: undefined, all: false },
    ],
    [
      'before a disabled API',
      ({ identifier }) => a.resources.update({ ...aResource(identifier, []), disabled: true }, at),
      { resource: { disabled: true, scopes: [] } },
    ],
  ])('a service is %s', async (_name, change, expected) => {
    const service = await aService()
    const before = await told(b, service)
    expect(before).toMatchObject({
      client: { disabled: false },
      secrets: ['first'],
      standing: { live: true },
    })
    expect(before).toMatchObject({ resource: { disabled: false }, all: true })
    await change(service)
    expect(await told(b, service)).toMatchObject(expected)
  })

  it('what was not there, and is, one by one', async () => {
    const next = { id: 'new', own: 'new', identifier: `${api}/new` }
    const nothing = { client: undefined, secrets: [], standing: undefined, resource: undefined, all: false }
    expect(await told(b, next)).toEqual(nothing)
    await a.grants.create(ownGrant(next.own, next.id))
    expect(await told(b, next)).toMatchObject({ standing: { live: false } })
    await a.clients.create(aClient('service', {}, { id: next.id, ownGrantId: next.own }))
    expect(await told(b, next)).toMatchObject({ client: { id: next.id }, standing: { live: true } })
    await a.clients.addSecret({ id: 'new', clientId: next.id, hash: 'first', createdAt: at })
    expect(await told(b, next)).toMatchObject({ secrets: ['first'] })
    await a.resources.create(aResource(next.identifier, ['read']))
    expect(await told(b, next)).toMatchObject({ resource: { disabled: false }, all: true })
  })

  it('PO03: whom an administrator has disabled by id or host', async () => {
    const entry = { kind: 'host' as const, value: 'evil.test', createdAt: at }
    expect(await b.deniedClients.all()).toEqual([])
    await a.deniedClients.add(entry)
    expect(await b.deniedClients.all()).toEqual([entry])
    await hand.query('truncate denied_client')
    expect(await b.deniedClients.all()).toEqual([])
    await hand.query("insert into denied_client values ('id', 'x', 1)")
    expect(await b.deniedClients.all()).toHaveLength(1)
    await a.deniedClients.remove({ kind: 'id', value: 'x' })
    expect(await b.deniedClients.all()).toEqual([])
  })

  it('also while many ask it all the time', async () => {
    const { id } = await aService()
    const state = { over: false }
    const crowd = Array.from({ length: 8 }, async (_, index) => {
      while (!state.over) {
        await b.clients.find(id)
        for (let wait = 0; wait < index; wait++) await turn()
      }
    })
    for (let round = 0; round < 150; round++) {
      const disabled = round % 2 === 0
      await a.clients.setDisabled(id, disabled, at + round)
      expect((await b.clients.find(id))?.disabled).toBe(disabled)
    }
    state.over = true
    await Promise.all(crowd)
  })
})

describe('what an administrator does by hand', () => {
  const all = ['client', 'client_secret', 'access_grant', 'resource']
  const one = ({ id, own, identifier }: Service) => ({
    client: id,
    client_secret: id,
    access_grant: own,
    resource: identifier,
  })
  const key = { client: 'id', client_secret: 'client_id', access_grant: 'id', resource: 'identifier' }
  type Table = keyof typeof key
  const column = {
    client: 'disabled',
    client_secret: 'expires_at',
    access_grant: 'revoked_at',
    resource: 'disabled',
  }
  const isChanged: Record<Table, object> = {
    client: { client: { disabled: true } },
    client_secret: { secrets: [] },
    access_grant: { standing: { live: false } },
    resource: { resource: { disabled: true } },
  }
  const isGone: Record<Table, object> = {
    client: { client: undefined, secrets: [] },
    client_secret: { secrets: [] },
    access_grant: { standing: undefined },
    resource: { resource: undefined, all: false },
  }

  it.each(all as Table[])('is known when it commits, and not before: a row of %s', async (table) => {
    const value = { client: true, resource: true, client_secret: 1, access_grant: 1 }[table]
    for (const end of ['rollback', 'commit'] as const) {
      const service = await aService()
      const before = await told(b, service)
      await hand.query('begin')
      await hand.query(`update ${table} set ${column[table]} = $1 where ${key[table]} = $2`, [
        value,
        one(service)[table],
      ])
      // Whoever reads now remembers what was, under the version that was.
      for (let times = 0; times < 3; times++) expect(await told(b, service)).toEqual(before)
      await hand.query(end)
      if (end === 'rollback') expect(await told(b, service)).toEqual(before)
      else expect(await told(b, service)).toMatchObject(isChanged[table])
    }
  })

  it.each(all as Table[])('is known when a row of %s is deleted', async (table) => {
    const service = await aService()
    await told(b, service)
    await hand.query(`delete from ${table} where ${key[table]} = $1`, [one(service)[table]])
    expect(await told(b, service)).toMatchObject(isGone[table])
  })

  it.each(all as Table[])('is known when %s is emptied', async (table) => {
    const service = await aService()
    await told(b, service)
    await hand.query(`truncate ${table} cascade`)
    expect(await told(b, service)).toMatchObject(isGone[table])
  })

  it('is known when a transaction does several things, takes some back, and is told of at once', async () => {
    const first = await aService()
    const second = await aService()
    await Promise.all([told(b, first), told(b, second)])
    await hand.query('begin')
    await hand.query('savepoint before')
    await hand.query('update client set disabled = true where id = $1', [first.id])
    await hand.query('set constraints all immediate')
    await hand.query('rollback to before')
    await hand.query('update client set disabled = true where id = $1', [second.id])
    await hand.query('commit')
    expect(await told(b, first)).toMatchObject({ client: { disabled: false } })
    expect(await told(b, second)).toMatchObject({ client: { disabled: true } })
  })
})

describe('the grants of users', () => {
  it('change without touching what the nodes share, and without waiting for it', async () => {
    const { id, own } = await aService()
    const before = await version()
    await hand.query('begin; select 1 from memory_version for update')
    const life = { at, expiresAt: at + 100 }
    await a.grants.create(aGrant('user', 'u', id, { statusList: 1, statusIndex: 0 }))
    expect(await a.grants.advance('user', 1, life)).toBe(true)
    expect(await a.grants.touch('user', at, undefined, undefined)).toBe(true)
    expect(await b.grants.revoke('user', at, 'test')).toBe(true)
    await a.sweep(at + 1000, 100)
    await hand.query('commit')
    expect(await version()).toBe(before)
    await a.grants.revoke(own, at, 'test')
    expect(await version()).not.toBe(before)
  })

  it('and those of clients end together on both nodes, and no two statements wait for each other', async () => {
    for (let round = 0; round < 10; round++) {
      const services = await Promise.all([aService(), aService(), aService()])
      for (const { id } of services) {
        for (let one = 0; one < 3; one++) {
          await a.grants.create(aGrant(`mixed${++made}`, 'u', id, { statusList: 1, statusIndex: made }))
          await a.grants.create(ownGrant(`mixed${++made}`, id))
        }
      }
      await Promise.all(
        services.flatMap(({ id, own, identifier }) => [
          a.grants.revokeByClient(id, at, 'test'),
          b.clients.setDisabled(id, true, at),
          b.grants.revoke(own, at, 'test'),
          a.resources.remove(identifier, at),
          b.clients.remove(id, at),
        ]),
      )
    }
    // A statement that was chosen as the victim of a deadlock would have been sent again, so only this tells.
    await hand.query('select pg_stat_force_next_flush()')
    await expect
      .poll(
        async () =>
          (await hand.query('select xact_commit from pg_stat_database where datname = current_database()'))
            .rows[0].xact_commit,
      )
      .not.toBe('0')
    const { rows } = await hand.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    )
    expect(rows).toEqual([{ deadlocks: '0' }])
  })
})

describe('F10: who cannot ask the database knows nothing', () => {
  it('while it is out of reach, and knows what happened meanwhile when it is back', async () => {
    const service = await aService()
    expect(await told(b, service)).toMatchObject({ client: { disabled: false } })
    wire.set('cut')
    await expect(b.clients.find(service.id)).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(b.grants.standing(service.own)).rejects.toBeInstanceOf(StoreUnavailable)
    await a.clients.setDisabled(service.id, true, at)
    await expect(b.resources.all()).rejects.toBeInstanceOf(StoreUnavailable)
    wire.set('open')
    expect(await told(b, service)).toMatchObject({ client: { disabled: true }, standing: { live: false } })
  })

  it('when the network falls silent, also who comes while the question is on its way: within five seconds', async () => {
    const { id } = await aService()
    await b.clients.find(id)
    wire.set('silent')
    const began = performance.now()
    const asked = [b.clients.find(id)]
    for (let times = 0; times < 3; times++) {
      for (let wait = 0; wait < 10; wait++) await turn()
      asked.push(b.clients.find(id))
    }
    const answers = await Promise.allSettled(asked)
    expect(performance.now() - began).toBeLessThan(5000)
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    }
    wire.set('open')
    expect(await b.clients.find(id)).toMatchObject({ id })
  })

  it('remembers nothing where there is no version', async () => {
    const service = await aService()
    await told(b, service)
    await hand.query('create table away as select * from memory_version; delete from memory_version')
    await a.clients.setDisabled(service.id, true, at)
    expect(await told(b, service)).toMatchObject({ client: { disabled: true } })
    await a.clients.setDisabled(service.id, false, at)
    expect(await told(b, service)).toMatchObject({ client: { disabled: false } })
    await hand.query('insert into memory_version select * from away; drop table away')
  })

  it('does not take the version of another past for its own', async () => {
    // As when a standby takes over that lacks the last commit, and another follows there.
    const [lost, next] = [await aService(), await aService()]
    const disable = ({ id }: Service, disabled = true) =>
      hand.query('update client set disabled = $1 where id = $2', [disabled, id])
    const before = await version()
    await disable(lost)
    expect(await told(b, lost)).toMatchObject({ client: { disabled: true } })
    expect(await told(b, next)).toMatchObject({ client: { disabled: false } })
    const seen = await version()
    await hand.query('begin; set local session_replication_role = replica')
    await disable(lost, false)
    await hand.query('update memory_version set version = $1', [before])
    await hand.query('commit')
    await disable(next)
    expect(await version()).not.toBe(seen)
    expect(await told(b, lost)).toMatchObject({ client: { disabled: false } })
    expect(await told(b, next)).toMatchObject({ client: { disabled: true } })
  })
})
