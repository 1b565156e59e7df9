// The store's contract, one suite for every database. Compare-and-set is tried by 50 at once.
import { describe, expect, test } from 'vitest'
import { type Store, StoreConflict } from '../src/store/store.js'
import { fresh, parallel, winners } from './support/at-once.js'
import { aCode, aGrant, aKey, aNewUser, anInteraction, aSession, at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient, aRequest, aResource } from './support/values.js'

describe.each(kinds)('the store on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  async function newUser(facts = {}): Promise<string> {
    const sub = fresh('u')
    expect(await store.users.create(aNewUser(sub, facts))).toBe(true)
    return sub
  }
  async function newClient(): Promise<string> {
    const id = fresh('c')
    expect(await store.clients.create(aClient('web', {}, { id }))).toBe(true)
    return id
  }
  async function newGrant(facts: Parameters<typeof aGrant>[3] = {}) {
    const [sub, clientId, id] = [await newUser(), await newClient(), fresh('g')]
    await store.grants.create(aGrant(id, sub, clientId, facts))
    return { sub, clientId, id }
  }
  const isLive = async (id: string) => (await store.grants.find(id))?.live

  test('is ready, and has nothing to fear for what was committed', async () => {
    await expect(store.ready()).resolves.toBeUndefined()
    const since = store.batch()
    await store.replay.once(fresh('jti'), at, 'trusted')
    await expect(store.committed(since)).resolves.toBeUndefined()
  })

  describe('clients', () => {
    test('come back as they went in, and one id is one client', async () => {
      const client = aClient('native', { contacts: ['ü@example.test'] }, { id: fresh('c') })
      expect(await winners(() => store.clients.create(client))).toBe(1)
      expect(await store.clients.find(client.id)).toEqual(client)
      expect(await store.clients.find('c_nobody')).toBeUndefined()
    })

    test('are edited whole, keeping their own grant unless another is given', async () => {
      const client = aClient('web', {}, { id: fresh('c') })
      await store.clients.create(client)
      const metadata = { ...client.metadata, client_name: 'Renamed', skip_consent: true }
      expect(await store.clients.update({ id: client.id, metadata, updatedAt: at })).toBe(true)
      expect(await store.clients.find(client.id)).toEqual({ ...client, metadata, updatedAt: at })
      await store.clients.update({ id: client.id, metadata, ownGrantId: 'g_next', updatedAt: at })
      expect((await store.clients.find(client.id))?.ownGrantId).toBe('g_next')
      expect(await store.clients.update({ id: 'c_nobody', metadata, updatedAt: at })).toBe(false)
    })

    test('go once they may be forgotten, unless that was put off or an administrator has judged them', async () => {
      const [going, prolonged, judged, made] = [fresh('c'), fresh('c'), fresh('c'), fresh('c')]
      for (const id of [going, prolonged, judged])
        await store.clients.create(aClient('web', {}, { id }), { at: at - 500, origin: 'trusted' })
      await store.clients.create(aClient('web', {}, { id: made }))
      await store.clients.prolong(prolonged, at + 500)
      await store.clients.setDisabled(judged, true, at)
      await store.sweep(at, 1000)
      const left = await Promise.all([going, prolonged, judged, made].map((id) => store.clients.find(id)))
      expect(left.map((client) => client?.id)).toEqual([undefined, prolonged, judged, made])
    })

    test('become another kind when they say so', async () => {
      const client = aClient('web', {}, { id: fresh('c') })
      await store.clients.create(client)
      const { metadata } = aClient('native')
      await store.clients.update({ id: client.id, kind: 'native', metadata, updatedAt: at })
      expect(await store.clients.find(client.id)).toEqual({
        ...client,
        kind: 'native',
        metadata,
        updatedAt: at,
      })
    })

    test('PO03: the deny list has each entry once, and tells its changes at once', async () => {
      const [id, host] = [`https://${fresh('h')}.test/c`, `${fresh('h')}.test`]
      const entries = [
        { kind: 'host' as const, value: host, createdAt: at },
        { kind: 'id' as const, value: id, createdAt: at + 1 },
      ]
      const listed = async () =>
        (await store.deniedClients.all()).filter(({ value }) => value === id || value === host)
      expect(await listed()).toEqual([])
      for (const entry of entries) expect(await winners(() => store.deniedClients.add(entry))).toBe(1)
      expect(await store.deniedClients.add({ kind: 'host', value: host, createdAt: at + 9 })).toBe(false)
      expect(await listed()).toEqual(entries)
      expect(await store.deniedClients.remove({ kind: 'id', value: host })).toBe(false)
      expect(await winners(() => store.deniedClients.remove({ kind: 'host', value: host }))).toBe(1)
      expect(await listed()).toEqual(entries.slice(1))
    })

    test('PO03: all that one was given ends, and the client stays', async () => {
      const { id, clientId } = await newGrant()
      await store.clients.endAll(clientId, at, 'client_disabled')
      expect(await isLive(id)).toBe(false)
      expect(await store.clients.find(clientId)).toMatchObject({ disabled: false })
    })

    test('adopt one of the grants that 50 offer at once', async () => {
      const id = await newClient()
      const before = (await store.clients.find(id))?.ownGrantId ?? ''
      expect(await winners((index) => store.clients.adoptGrant(id, before, `g_${index}`))).toBe(1)
    })

    test('have two live secrets while one is replaced', async () => {
      const clientId = await newClient()
      const [old, next] = [fresh('s'), fresh('s')]
      await store.clients.addSecret({ id: old, clientId, hash: 'old', createdAt: at })
      await store.clients.addSecret({ id: next, clientId, hash: 'next', createdAt: at + 1 })
      await store.clients.expireSecrets(clientId, next, at + 100)
      const both = [
        { id: next, hash: 'next' },
        { id: old, hash: 'old' },
      ]
      expect(await store.clients.secrets(clientId, at + 99)).toEqual(both)
      expect(await store.clients.secrets(clientId, at + 100)).toEqual(both.slice(0, 1))
      // A later replacement does not lengthen the life of an earlier secret.
      await store.clients.expireSecrets(clientId, next, at + 500)
      expect(await store.clients.secrets(clientId, at + 100)).toEqual(both.slice(0, 1))
    })

    test('are listed in the order of their ids, a page at a time', async () => {
      const ids = [await newClient(), await newClient(), await newClient()]
      const before = `${ids[0]?.slice(0, -1)}`
      const first = await store.clients.list({ after: before, limit: 2 })
      expect(first).toHaveLength(2)
      const all = await store.clients.list({ limit: 10_000 })
      expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort())
      const rest = await store.clients.list({ after: ids[1], limit: 10_000 })
      expect(rest.map(({ id }) => id)).toContain(ids[2])
      expect(rest.map(({ id }) => id)).not.toContain(ids[1])
    })

    test('AD07, IR06: disabling revokes for good, enabling brings nothing back', async () => {
      const { id, clientId } = await newGrant()
      expect(await store.clients.setDisabled(clientId, true, at)).toBe(true)
      expect(await store.grants.find(id)).toMatchObject({
        live: false,
        revokedAt: at,
        revokedReason: 'client_disabled',
      })
      expect(await store.clients.setDisabled(clientId, false, at + 1)).toBe(true)
      expect(await isLive(id)).toBe(false)
      expect(await store.clients.setDisabled('c_nobody', true, at)).toBe(false)
    })

    test('AD07: deleting takes secrets and consents along, and revokes', async () => {
      const { id, sub, clientId } = await newGrant()
      await store.clients.addSecret({ id: fresh('s'), clientId, hash: 'h', createdAt: at })
      await store.consents.put(sub, clientId, { scope: ['a'], resources: [] }, at)
      expect(await store.clients.remove(clientId, at)).toBe(true)
      expect(await store.clients.find(clientId)).toBeUndefined()
      expect(await store.clients.secrets(clientId, at)).toEqual([])
      expect(await store.consents.find(sub, clientId)).toBeUndefined()
      expect(await store.grants.find(id)).toMatchObject({ live: false, revokedReason: 'client_deleted' })
      expect(await store.clients.remove(clientId, at)).toBe(false)
    })
  })

  describe('users', () => {
    test('come back as they went in, with or without a password', async () => {
      const { email: _, ...plain } = aNewUser(fresh('u'))
      expect(await store.users.create(plain)).toBe(true)
      expect(await store.users.find(plain.sub)).toEqual({ ...plain, hasPassword: false })
      expect((await store.users.password(plain.sub))?.hash).toBeUndefined()
      expect(await store.users.setPassword(plain.sub, '$argon2id$', at)).toBe(true)
      expect(await store.users.find(plain.sub)).toEqual({
        ...plain,
        updatedAt: at,
        passwordSetAt: at,
        hasPassword: true,
      })
      expect((await store.users.password(plain.sub))?.hash).toBe('$argon2id$')
      expect(await store.users.setPassword('u_nobody', 'x', at)).toBe(false)
    })

    test('ST03: are found by name or address in any spelling, which belongs to one person', async () => {
      const name = fresh('Admin')
      const sub = await newUser({ username: name, email: `${name}@Example.test` })
      const canonical = name.toLowerCase()
      expect((await store.users.findByIdentifier(canonical))?.sub).toBe(sub)
      expect((await store.users.findByIdentifier(`${canonical}@example.test`))?.sub).toBe(sub)
      for (const username of [name.toUpperCase(), `${name} `, name.replace('A', 'Ａ')]) {
        const { email: _, ...twin } = aNewUser(fresh('u'), { username })
        expect(await store.users.create(twin), username).toBe(false)
      }
      const other = aNewUser(fresh('u'), { email: `${name.toUpperCase()}＠example.test` })
      expect(await store.users.create(other)).toBe(false)
    })

    test("ST03: a user name is never somebody else's address", async () => {
      const address = `${fresh('victim')}@example.test`
      const sub = await newUser({ username: address, email: address })
      const { email: _, ...thief } = aNewUser(fresh('u'), { username: address })
      expect(await store.users.create(thief)).toBe(false)
      // Nor may it be taken in advance.
      expect(await store.users.create({ ...thief, username: 'not-yet-known@example.test' })).toBe(false)
      expect((await store.users.findByIdentifier(address))?.sub).toBe(sub)
      // The person cannot leave the name behind either, where it would be a foreign address.
      const user = aNewUser(sub, { username: address })
      expect(await store.users.update({ ...user, email: 'new@example.test' })).toBe(false)
    })

    test('ST04: of 50 who take one name or address at once, one gets it', async () => {
      const name = fresh('popular')
      const byName = (index: number) =>
        aNewUser(fresh('u'), { username: name, email: `${name}-${index}@x.test` })
      expect(await winners((index) => store.users.create(byName(index)))).toBe(1)
      const subs = await parallel(() => newUser())
      const email = `${name}@x.test`
      const renamed = await winners((index) => store.users.update(aNewUser(subs[index] ?? '', { email })))
      expect(renamed).toBe(1)
    })

    test('are edited whole: an absent e-mail is removed', async () => {
      const sub = await newUser()
      const edit = { sub, username: fresh('name'), emailVerified: false, claims: {}, updatedAt: at + 5 }
      expect(await store.users.update(edit)).toBe(true)
      const found = await store.users.find(sub)
      expect(found).toMatchObject(edit)
      expect(found).not.toHaveProperty('email')
      expect(await store.users.findByIdentifier(`${sub}@example.test`)).toBeUndefined()
      expect(await store.users.update({ ...edit, sub: 'u_nobody', username: fresh('name') })).toBe(false)
    })

    test('SE12, RT07: disabling ends sessions and revokes for good', async () => {
      const { id, sub } = await newGrant()
      await store.sessions.create(aSession(fresh('s'), sub))
      expect(await store.users.setDisabled(sub, true, at)).toBe(true)
      expect(await store.sessions.list({ sub, limit: 10, now: at })).toEqual([])
      expect(await store.grants.find(id)).toMatchObject({ live: false, revokedReason: 'user_disabled' })
      await store.users.setDisabled(sub, false, at + 1)
      expect(await isLive(id)).toBe(false)
      expect((await store.users.find(sub))?.disabled).toBe(false)
    })

    test('AZ16: what was granted while disabled is dead, and stays so after enabling', async () => {
      const { sub, clientId } = await newGrant()
      await store.users.setDisabled(sub, true, at)
      const late = fresh('g')
      await store.grants.create(aGrant(late, sub, clientId))
      expect(await isLive(late)).toBe(false)
      await store.users.setDisabled(sub, false, at + 1)
      expect(await isLive(late)).toBe(false)
    })

    test('AD07: deleting leaves nothing of the person but dead grants', async () => {
      const { id, sub, clientId } = await newGrant()
      const [session, interaction] = [fresh('s'), fresh('i')]
      await store.sessions.create(aSession(session, sub))
      await store.interactions.create(anInteraction(interaction, { sub }), 'trusted')
      await store.consents.put(sub, clientId, { scope: ['a'], resources: [] }, at)
      await store.browsers.remember('a browser', sub, at + 100)
      expect(await store.users.isBeingRemoved(sub)).toBe(false)
      expect(await store.users.remove(sub, at)).toBe(true)
      expect(await store.users.isBeingRemoved(sub)).toBe(false)
      expect(await store.users.find(sub)).toBeUndefined()
      expect(await store.sessions.find(session)).toBeUndefined()
      expect(await store.interactions.find(interaction)).toBeUndefined()
      expect(await store.consents.find(sub, clientId)).toBeUndefined()
      expect(await store.browsers.knows('a browser', sub, at)).toBe(false)
      expect(await store.grants.find(id)).toMatchObject({ live: false, revokedReason: 'user_deleted' })
      expect(await store.users.remove(sub, at)).toBe(false)
    })

    test('are listed in the order of their ids', async () => {
      const subs = [await newUser(), await newUser()]
      const found = await store.users.list({ after: subs[0], limit: 1 })
      expect(found.map(({ sub }) => sub)).toEqual([subs[1]])
    })
  })

  describe('sessions', () => {
    test('come back as they went in, move on when seen, and end', async () => {
      const session = aSession(fresh('s'), await newUser())
      await store.sessions.create(session)
      expect(await store.sessions.find(session.id)).toEqual(session)
      await store.sessions.touch(session.id, at + 60, at + 3660)
      const seen = { ...session, lastSeenAt: at + 60, idleExpiresAt: at + 3660 }
      expect(await store.sessions.find(session.id)).toEqual(seen)
      await store.sessions.confirm(session.id, at + 90)
      expect(await store.sessions.find(session.id)).toEqual({ ...seen, confirmedAt: at + 90 })
      expect(await winners(() => store.sessions.remove(session.id))).toBe(1)
      expect(await store.sessions.find(session.id)).toBeUndefined()
    })

    test('are listed while alive, for one person or all', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const [alive, idle, over, foreign] = [fresh('s'), fresh('s'), fresh('s'), fresh('s')]
      await store.sessions.create(aSession(alive, sub))
      await store.sessions.create(aSession(idle, sub, { idleExpiresAt: at + 10 }))
      await store.sessions.create(aSession(over, sub, { expiresAt: at + 10 }))
      await store.sessions.create(aSession(foreign, other))
      const ids = async (which: { sub?: string }) =>
        (await store.sessions.list({ ...which, limit: 10_000, now: at + 10 })).map(({ id }) => id)
      expect(await ids({ sub })).toEqual([alive])
      expect(await ids({})).toEqual(expect.arrayContaining([alive, foreign]))
      expect((await store.sessions.endByUser(sub, at)).sort()).toEqual(
        [alive, idle, over].map((id) => `sid of ${id}`).sort(),
      )
      expect(await ids({ sub: other })).toEqual([foreign])
    })

    test('belong to somebody', async () => {
      const orphan = store.sessions.create(aSession(fresh('s'), 'u_nobody'))
      await expect(orphan).rejects.toBeInstanceOf(StoreConflict)
    })

    test('SE07: a browser is known to the second, to the people who used it', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      await store.browsers.remember('hash', sub, at + 10)
      await store.browsers.remember('hash', sub, at + 20)
      expect(await store.browsers.knows('hash', sub, at + 19)).toBe(true)
      expect(await store.browsers.knows('hash', sub, at + 20)).toBe(false)
      expect(await store.browsers.knows('hash', other, at)).toBe(false)
      expect(await store.browsers.knows('other', sub, at)).toBe(false)
    })
  })

  describe('calls about sign-outs', () => {
    const patience = 86_400

    /** A client that is owed a call, for a session of its own unless another is named. */
    async function owed({ sub = fresh('u'), sid = fresh('sid'), expiresAt = at + 100 } = {}) {
      const call = { sid, sub, clientId: await newClient(), expiresAt }
      await store.logoutCalls.owe(call)
      return call
    }
    const waits = async ({ clientId }: { clientId: string }, now = at) =>
      (await store.logoutCalls.waiting(now)).some((client) => client.clientId === clientId)

    test('are due when the session is ended, once, and not when its handle goes', async () => {
      const sub = await newUser()
      const [one, other] = [aSession(fresh('s'), sub), aSession(fresh('s'), sub)]
      const [call, second] = [await owed({ sub, sid: one.sid }), await owed({ sub, sid: one.sid })]
      const spared = await owed({ sub, sid: other.sid })
      await store.sessions.create(one)
      await store.sessions.create(other)
      expect(await store.sessions.remove(one.id)).toBe(true)
      expect(await waits(call)).toBe(false)
      await store.sessions.create(one)
      expect(await winners(() => store.sessions.end(one, at))).toBe(1)
      expect([await waits(call), await waits(second), await waits(spared)]).toEqual([true, true, false])
      expect(await waits(call, at - 1)).toBe(false)
      const { expiresAt: _, ...facts } = call
      const claimed = await store.logoutCalls.claim(call.clientId, at, at + 30)
      expect(claimed).toEqual({ ...facts, attempts: 1, expiresAt: at + patience })
      await store.sessions.end(one, at + 5)
      expect(await waits(call, at + 29)).toBe(false)
    })

    test('are due for all sessions of a person but one, and for nobody else', async () => {
      const sub = await newUser()
      const [one, other] = [aSession(fresh('s'), sub), aSession(fresh('s'), sub)]
      for (const session of [one, other]) await store.sessions.create(session)
      const [mine, spared] = [await owed({ sub, sid: one.sid }), await owed({ sub, sid: other.sid })]
      const [gone, foreign] = [await owed({ sub }), await owed()]
      expect(await store.sessions.endByUser(sub, at, other)).toEqual([one.sid])
      expect(await Promise.all([mine, gone, spared, foreign].map((call) => waits(call)))).toEqual([
        true,
        true,
        false,
        false,
      ])
      await store.sessions.endByUser(sub, at)
      expect(await waits(spared)).toBe(true)
    })

    test('outlive the person, who is disabled or deleted', async () => {
      const [disabled, deleted] = [await newUser(), await newUser()]
      const [one, other] = [await owed({ sub: disabled }), await owed({ sub: deleted })]
      await store.users.setDisabled(disabled, true, at)
      await store.users.remove(deleted, at)
      expect([await waits(one), await waits(other)]).toEqual([true, true])
    })

    test('MN01: are taken by one of 50, and by the next one when that one is not heard of again', async () => {
      const call = await owed()
      expect(await store.logoutCalls.claim(call.clientId, at, at + 30)).toBeUndefined()
      await store.logoutCalls.due(call.sid, at)
      const taken = await parallel(() => store.logoutCalls.claim(call.clientId, at, at + 30))
      const [first] = taken.filter((one) => one !== undefined)
      expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
      expect(first).toMatchObject({ sid: call.sid, attempts: 1 })
      expect(await waits(call, at + 29)).toBe(false)
      const next = await store.logoutCalls.claim(call.clientId, at + 30, at + 60)
      expect(next).toMatchObject({ sid: call.sid, attempts: 2 })
      // Whoever was thought dead and is not has no say any more.
      if (!first || !next) throw new Error('not taken')
      expect(await store.logoutCalls.settle(first)).toBe(false)
      expect(await store.logoutCalls.postpone(first, at)).toBe(false)
      expect(await store.logoutCalls.postpone(next, at + 90)).toBe(true)
      expect([await waits(call, at + 89), await waits(call, at + 90)]).toEqual([false, true])
      expect(await winners(() => store.logoutCalls.settle(next))).toBe(1)
      expect(await waits(call, at + 90)).toBe(false)
    })

    test('are told oldest first, for each client of its own', async () => {
      const first = await owed()
      const second = { ...first, sid: fresh('sid') }
      await store.logoutCalls.owe(second)
      const other = await owed()
      await store.logoutCalls.due(second.sid, at - 1)
      await store.logoutCalls.due(first.sid, at)
      const claim = async (clientId: string) => (await store.logoutCalls.claim(clientId, at, at + 30))?.sid
      const { clientId } = first
      expect([
        await claim(other.clientId),
        await claim(clientId),
        await claim(clientId),
        await claim(clientId),
      ]).toEqual([undefined, second.sid, first.sid, undefined])
    })

    test('are swept when the session would be over, unless it lasts longer, and a day after its end', async () => {
      const [over, prolonged, ended] = [await owed(), await owed(), await owed()]
      await store.logoutCalls.prolong(prolonged.sid, at + 5000)
      await store.logoutCalls.due(ended.sid, at)
      await store.logoutCalls.prolong(ended.sid, at + 5_000_000)
      await store.sweep(at + 161, 1000)
      for (const { sid } of [over, prolonged]) await store.logoutCalls.due(sid, at + 161)
      expect(await Promise.all([over, prolonged, ended].map((call) => waits(call, at + 161)))).toEqual([
        false,
        true,
        true,
      ])
      await store.sweep(at + patience + 61, 1000)
      expect(await waits(ended, at + patience + 61)).toBe(false)
    })

    test('go with their client', async () => {
      const call = await owed()
      await store.logoutCalls.due(call.sid, at)
      await store.clients.remove(call.clientId, at)
      expect(await waits(call)).toBe(false)
      await expect(store.logoutCalls.owe(call)).rejects.toBeInstanceOf(StoreConflict)
    })
  })

  describe('interactions', () => {
    async function begun(facts: Parameters<typeof anInteraction>[1] = {}): Promise<string> {
      const id = fresh('i')
      await store.interactions.create(anInteraction(id, facts), 'trusted')
      return id
    }

    test('keep the request byte for byte', async () => {
      const request = aRequest({ state: `"'<script>\\ \u2028 ${'é'.repeat(10)}`, nonce: '{}' })
      const interaction = anInteraction(fresh('i'), { request })
      await store.interactions.create(interaction, 'trusted')
      expect(await store.interactions.find(interaction.id)).toEqual(interaction)
      const account = anInteraction(fresh('i'), { kind: 'account', returnTo: '/account/connections' })
      const { request: _, clientId: __, ...bare } = account
      await store.interactions.create(bare, 'trusted')
      expect(await store.interactions.find(bare.id)).toEqual(bare)
    })

    test('CO01, MN01: are completed once, by one of 50', async () => {
      const id = await begun()
      expect(await winners(() => store.interactions.complete(id, at + 1))).toBe(1)
      expect((await store.interactions.find(id))?.completedAt).toBe(at + 1)
      const sub = await newUser()
      expect(await store.interactions.prove(id, { sub, authenticatedAt: at })).toBe(false)
      expect(await store.interactions.choose(id, sub)).toBe(false)
      expect(await store.interactions.decide(id, true)).toBe(false)
      expect(await store.interactions.decide(id, true, sub)).toBe(false)
    })

    test('BR06: keep one response, once they are completed', async () => {
      const id = await begun()
      expect(await store.interactions.respond(id, 'early')).toBe(false)
      await store.interactions.complete(id, at + 1)
      expect(await winners((index) => store.interactions.respond(id, `response ${index}`))).toBe(1)
      expect((await store.interactions.find(id))?.response).toMatch(/^response \d+$/)
      expect(await store.interactions.respond(fresh('i'), 'none')).toBe(false)
    })

    test('are not completed from the second of their expiry on', async () => {
      const id = await begun({ expiresAt: at + 10 })
      expect(await store.interactions.complete(id, at + 10)).toBe(false)
      expect(await store.interactions.complete(id, at + 9)).toBe(true)
    })

    test('AZ14: keep nothing of one person for another', async () => {
      const [alice, bob] = [await newUser(), await newUser()]
      const id = await begun()
      expect(await store.interactions.prove(id, { sub: alice, authenticatedAt: at })).toBe(true)
      expect(await store.interactions.decide(id, true, alice)).toBe(true)
      expect(await store.interactions.find(id)).toMatchObject({
        sub: alice,
        authenticatedAt: at,
        accountChosen: true,
        consented: true,
      })
      // Bob's answer does not count for Alice's journey.
      expect(await store.interactions.decide(id, true, bob)).toBe(false)
      expect(await store.interactions.choose(id, alice)).toBe(true)
      expect(await store.interactions.find(id)).toMatchObject({ authenticatedAt: at, consented: true })
      expect(await store.interactions.choose(id, bob)).toBe(true)
      const chosen = await store.interactions.find(id)
      expect(chosen).toMatchObject({ sub: bob, accountChosen: true })
      expect(chosen).not.toHaveProperty('authenticatedAt')
      expect(chosen).not.toHaveProperty('consented')
      await store.interactions.decide(id, false)
      expect((await store.interactions.find(id))?.consented).toBe(false)
      await store.interactions.prove(id, { sub: alice, authenticatedAt: at + 2 })
      const proven = await store.interactions.find(id)
      expect(proven).toMatchObject({ sub: alice, authenticatedAt: at + 2 })
      expect(proven).not.toHaveProperty('consented')
    })

    test('take the answer of whoever is signed in when nobody signed in here', async () => {
      const sub = await newUser()
      const id = await begun()
      expect(await store.interactions.decide(id, false, sub)).toBe(true)
      expect(await store.interactions.find(id)).toMatchObject({ sub, consented: false })
    })

    test('CO01: take one answer, the first of 50', async () => {
      const sub = await newUser()
      const id = await begun()
      expect(await winners((index) => store.interactions.decide(id, index % 2 === 0, sub))).toBe(1)
      const { consented } = (await store.interactions.find(id)) ?? {}
      expect(await store.interactions.decide(id, !consented, sub)).toBe(false)
      expect(await store.interactions.find(id)).toMatchObject({ sub, consented })
    })
  })

  test('consents are remembered per person and client, the last one counts', async () => {
    const { sub, clientId } = await newGrant()
    await store.consents.put(sub, clientId, { scope: ['a'], resources: [] }, at)
    await store.consents.put(sub, clientId, { scope: ['a', 'b'], resources: ['https://api.test'] }, at + 1)
    const remembered = { scope: ['a', 'b'], resources: ['https://api.test'], grantedAt: at + 1 }
    expect(await store.consents.find(sub, clientId)).toEqual(remembered)
    expect(await store.consents.listByUser(sub, { limit: 10 })).toEqual([{ ...remembered, clientId }])
    expect(await winners(() => store.consents.remove(sub, clientId))).toBe(1)
    expect(await store.consents.find(sub, clientId)).toBeUndefined()
  })

  describe('grants', () => {
    test('come back as they went in, and live', async () => {
      const claims = { userinfo: { email: null }, id_token: {} } as unknown as NonNullable<
        ReturnType<typeof aGrant>['claims']
      >
      const facts = { sid: 'a sid', nonce: 'n', authTime: at, acr: 'a', amr: ['pwd'], claims }
      const { sub, clientId, id } = await newGrant(facts)
      expect(await store.grants.find(id)).toEqual({ ...aGrant(id, sub, clientId, facts), live: true })
      expect(await store.grants.find('g_nobody')).toBeUndefined()
    })

    test('of a client alone live without a person', async () => {
      const clientId = await newClient()
      const { sub: _, ...own } = aGrant(fresh('g'), '', clientId, { kind: 'client' })
      await store.grants.create(own)
      expect(await isLive(own.id)).toBe(true)
      await store.clients.setDisabled(clientId, true, at)
      expect(await isLive(own.id)).toBe(false)
    })

    test('of nobody are dead', async () => {
      const clientId = await newClient()
      const id = fresh('g')
      await store.grants.create(aGrant(id, 'u_nobody', clientId))
      expect(await isLive(id)).toBe(false)
      const other = fresh('g')
      await store.grants.create(aGrant(other, await newUser(), 'c_nobody'))
      expect(await isLive(other)).toBe(false)
    })

    test('answer for a token in one statement', async () => {
      const { sub, clientId, id } = await newGrant()
      const told = {
        id,
        kind: 'user',
        sub,
        clientId,
        scope: ['openid', 'offline_access'],
        expiresAt: at + 7_776_000,
        live: true,
        // The store's users are named by their subject here.
        username: sub,
      }
      expect(await store.grants.findForToken(id, `${id}.a`)).toEqual(told)
      await store.revokedTokens.add(`${id}.a`, at + 300)
      await store.revokedTokens.add(`${id}.a`, at + 300)
      expect(await store.revokedTokens.has(`${id}.a`)).toBe(true)
      expect(await store.revokedTokens.has(`${id}.b`)).toBe(false)
      expect(await store.grants.findForToken(id, `${id}.a`)).toEqual({ ...told, live: false })
      expect(await store.grants.findForToken(id, `${id}.b`)).toEqual(told)
      await store.users.setDisabled(sub, true, at)
      expect((await store.grants.findForToken(id, `${id}.b`))?.live).toBe(false)
      expect(await store.grants.findForToken('g_nobody', 'x')).toBeUndefined()
    })

    test('RT02, MN01: advance once per generation, by one of 50', async () => {
      const { id } = await newGrant({ refreshIdleExpiresAt: at + 50, refreshExpiresAt: at + 90 })
      const next = { at: at + 1, refreshIdleExpiresAt: at + 51, expiresAt: at + 101 }
      expect(await winners(() => store.grants.advance(id, 1, next))).toBe(1)
      expect(await store.grants.find(id)).toMatchObject({
        generation: 2,
        rotatedAt: at + 1,
        lastUsedAt: at + 1,
        refreshIdleExpiresAt: at + 51,
        refreshExpiresAt: at + 90,
        expiresAt: at + 101,
      })
    })

    test('RT05, RT07: dead ones neither advance, nor are used, nor begin', async () => {
      const revoked = await newGrant()
      await store.grants.revoke(revoked.id, at, 'test')
      const disabledUser = await newGrant()
      await store.users.setDisabled(disabledUser.sub, true, at)
      const deletedClient = await newGrant()
      await store.clients.remove(deletedClient.clientId, at)
      const life = { at, expiresAt: at + 100 }
      for (const { id } of [revoked, disabledUser, deletedClient]) {
        expect(await store.grants.advance(id, 1, life)).toBe(false)
        expect(await store.grants.touch(id, at)).toBe(false)
        expect((await store.grants.find(id))?.generation).toBe(1)
      }
    })

    test('a use without rotation moves the idle expiry, never the absolute one', async () => {
      const { id } = await newGrant({ refreshIdleExpiresAt: at + 50, refreshExpiresAt: at + 90 })
      expect(await store.grants.touch(id, at + 5)).toBe(true)
      expect(await store.grants.find(id)).toMatchObject({ lastUsedAt: at + 5, refreshIdleExpiresAt: at + 50 })
      expect(await store.grants.touch(id, at + 6, at + 56, at + 106)).toBe(true)
      expect(await store.grants.find(id)).toMatchObject({
        generation: 1,
        lastUsedAt: at + 6,
        refreshIdleExpiresAt: at + 56,
        refreshExpiresAt: at + 90,
        expiresAt: at + 106,
      })
    })

    test('are revoked once, and keep the first reason', async () => {
      const { id } = await newGrant()
      expect(await winners((index) => store.grants.revoke(id, at + index, 'reuse'))).toBe(1)
      expect(await store.grants.revoke(id, at + 99, 'later')).toBe(false)
      expect(await store.grants.find(id)).toMatchObject({ live: false, revokedReason: 'reuse' })
    })

    test('are revoked by user, client, both, or session', async () => {
      const [alice, bob, web, app] = [await newUser(), await newUser(), await newClient(), await newClient()]
      const grant = async (sub: string, clientId: string, facts = {}) => {
        const id = fresh('g')
        await store.grants.create(aGrant(id, sub, clientId, facts))
        return id
      }
      const a1 = await grant(alice, web)
      const a2 = await grant(alice, app)
      const b1 = await grant(bob, web)
      const bound = await grant(bob, app, { sid: 'one', sessionBound: true })
      const durable = await grant(bob, app, { sid: 'one' })
      const states = async () => Promise.all([a1, a2, b1, bound, durable].map(isLive))
      expect(await store.grants.revokeBySession({ sub: bob, sid: 'one' }, at, 'x')).toBe(1)
      expect(await states()).toEqual([true, true, true, false, true])
      expect(await store.grants.revokeByUserAndClient(alice, web, at, 'x')).toBe(1)
      expect(await states()).toEqual([false, true, true, false, true])
      expect(await store.grants.revokeByClient(web, at, 'x')).toBe(1)
      expect(await states()).toEqual([false, true, false, false, true])
      expect(await store.grants.revokeByUser(alice, at, 'x')).toBe(1)
      expect(await states()).toEqual([false, false, false, false, true])
      expect(await store.grants.revokeByUser(alice, at, 'x')).toBe(0)
    })

    test('are listed while live, by user, client or both', async () => {
      const { sub, clientId, id } = await newGrant()
      const [other, expired, revoked] = [fresh('g'), fresh('g'), fresh('g')]
      const foreign = await newClient()
      await store.grants.create(aGrant(other, sub, foreign))
      await store.grants.create(aGrant(expired, sub, clientId, { expiresAt: at + 10 }))
      await store.grants.create(aGrant(revoked, sub, clientId))
      await store.grants.revoke(revoked, at, 'x')
      const ids = async (which: { sub?: string; clientId?: string; after?: string }) =>
        (await store.grants.list({ ...which, limit: 10_000, now: at + 10 })).map((grant) => grant.id)
      expect(await ids({ sub })).toEqual([id, other])
      expect(await ids({ sub, after: id })).toEqual([other])
      expect(await ids({ clientId })).toEqual([id])
      expect(await ids({ sub, clientId: foreign })).toEqual([other])
      expect(await ids({})).toEqual(expect.arrayContaining([id, other]))
      expect(await store.grants.list({ sub, limit: 1, now: at })).toHaveLength(1)
    })
  })

  describe('codes', () => {
    const life = {
      at: at + 1,
      expiresAt: at + 900,
      refreshExpiresAt: at + 800,
      refreshIdleExpiresAt: at + 700,
    }
    const withCode = () => newGrant({ code: aCode() })

    test('AP01: have a challenge or none, and none is not an empty one', async () => {
      const { challenge: _, ...bare } = aCode()
      const { id } = await newGrant({ code: bare })
      const found = await store.grants.findForCode(id)
      expect(found?.code).toEqual({ ...bare, misses: 0 })
      expect(found?.code.challenge).toBeUndefined()
      expect(await winners(() => store.grants.redeem(id, life, 5))).toBe(1)
    })

    test('CD02, MN01: are redeemed once, by one of 50, and remembered', async () => {
      const { id } = await withCode()
      const before = await store.grants.find(id)
      expect(await store.grants.findForCode(id)).toEqual({ grant: before, code: { ...aCode(), misses: 0 } })
      expect(await winners(() => store.grants.redeem(id, life, 5))).toBe(1)
      const { at: lastUsedAt, ...ends } = life
      expect(await store.grants.findForCode(id)).toEqual({
        grant: { ...before, ...ends, lastUsedAt },
        code: { ...aCode(), misses: 0, usedAt: life.at },
      })
    })

    test('EX05: give a grant its status list entry when they are redeemed, unless it has one', async () => {
      const [none, has] = [await withCode(), await newGrant({ code: aCode(), statusList: 1, statusIndex: 5 })]
      const entries = async (id: string) => {
        expect(await store.grants.redeem(id, { ...life, place: { list: 2, index: 7 } }, 5)).toBe(true)
        const { statusList, statusIndex } = (await store.grants.find(id)) ?? {}
        return [statusList, statusIndex]
      }
      expect([await entries(none.id), await entries(has.id)]).toEqual([
        [2, 7],
        [1, 5],
      ])
    })

    test('CD05: are not redeemed from the second of their expiry on', async () => {
      const { id } = await withCode()
      const end = aCode().expiresAt
      expect(await store.grants.redeem(id, { ...life, at: end }, 5)).toBe(false)
      expect(await store.grants.redeem(id, { ...life, at: end - 1 }, 5)).toBe(true)
      expect(await store.grants.redeem('g_nobody', life, 5)).toBe(false)
    })

    test('PK07: count each failed try, also of 50 at once', async () => {
      const { id } = await withCode()
      await parallel(() => store.grants.missCode(id))
      expect((await store.grants.findForCode(id))?.code.misses).toBe(50)
      expect(await store.grants.redeem(id, life, 50)).toBe(false)
      expect(await store.grants.redeem(id, life, 51)).toBe(true)
    })

    test('CD04: of a grant that has ended are not redeemed, nor of one whose person or client is disabled', async () => {
      const [revoked, ofUser, ofClient] = [await withCode(), await withCode(), await withCode()]
      await store.grants.revoke(revoked.id, at, 'test')
      await store.users.setDisabled(ofUser.sub, true, at)
      await store.clients.setDisabled(ofClient.clientId, true, at)
      for (const { id } of [revoked, ofUser, ofClient])
        expect(await store.grants.redeem(id, life, 5)).toBe(false)
    })

    test('are not of every grant', async () => {
      const { id } = await newGrant()
      expect(await store.grants.findForCode(id)).toBeUndefined()
      expect(await store.grants.redeem(id, life, 5)).toBe(false)
    })
  })

  test('resources come back as they went in, and one of them is the default', async () => {
    const api = aResource(`https://${fresh('api')}.test/`, ['read'], { tokenTtl: 60, signingAlg: 'EdDSA' })
    const other = aResource(`https://${fresh('api')}.test`, [], { tokenFormat: 'opaque', isDefault: true })
    expect(await winners(() => store.resources.create(api))).toBe(1)
    expect(await store.resources.create(other)).toBe(true)
    expect(await store.resources.find(api.identifier)).toEqual(api)
    const spelled = api.identifier.replace('https://', 'HTTPS://').replace('.test/', '.TEST:443')
    expect(await store.resources.find(spelled)).toEqual(api)
    expect(await store.resources.create({ ...api, identifier: spelled })).toBe(false)
    const facts = { clients: ['c1', 'c2'], defaultScope: ['read'], isDefault: true, disabled: true }
    const changed = aResource(api.identifier, ['read', 'write'], facts)
    expect(await store.resources.update(changed, at)).toBe(true)
    expect(await store.resources.find(api.identifier)).toEqual(changed)
    const all = await store.resources.all()
    expect(all.filter(({ isDefault }) => isDefault)).toEqual([changed])
    expect(await store.resources.remove(other.identifier, at)).toBe(true)
    expect(await store.resources.find(other.identifier)).toBeUndefined()
    expect(await store.resources.update(other, at)).toBe(false)
  })

  test('F13: signing keys: one pending, one active, each step taken once by one of 50', async () => {
    expect(
      await winners((index) => store.keys.insertActive(aKey(`first-${index}`, { state: 'active' }))),
    ).toBe(1)
    expect(await winners((index) => store.keys.insertPending(aKey(`next-${index}`)))).toBe(1)
    expect(await store.keys.insertPending(aKey('ed', { alg: 'EdDSA' }))).toBe(true)
    const [active, pending] = await Promise.all(
      (['active', 'pending'] as const).map(
        async (state) =>
          (await store.keys.all()).find((key) => key.alg === 'ES256' && key.state === state)?.kid ?? '',
      ),
    )
    if (!active || !pending) throw new Error('no keys')
    // Two would sign at once: the older one must retire first.
    expect(await store.keys.transition(pending, 'pending', 'active', at + 5)).toBe(false)
    expect(await winners(() => store.keys.transition(active, 'active', 'retired', at + 5))).toBe(1)
    expect(await winners(() => store.keys.transition(pending, 'pending', 'active', at + 6))).toBe(1)
    const rows = (await store.keys.all()).filter((key) => key.alg === 'ES256')
    const byKid = (kid: string) => rows.find((key) => key.kid === kid)
    expect(byKid(active)).toEqual(aKey(active, { state: 'retired', retiredAt: at + 5 }))
    expect(byKid(pending)).toEqual(aKey(pending, { state: 'active', activatedAt: at + 6 }))
    expect(await winners(() => store.keys.remove(active))).toBe(1)
  })

  describe('replay markers', () => {
    test('TK10, MN01: a value works once, for one of 50', async () => {
      const key = fresh('jti')
      expect(await winners(() => store.replay.once(key, at + 60, 'trusted'))).toBe(1)
      expect(await store.replay.once(key, at + 60, 'trusted')).toBe(false)
    })

    test('ST02: stay through the last second in which any node accepts the value', async () => {
      const key = fresh('jti')
      await store.replay.once(key, 500, 'trusted')
      await store.sweep(560, 1000)
      expect(await store.replay.once(key, 500, 'trusted')).toBe(false)
      await store.sweep(561, 1000)
      expect(await store.replay.once(key, 500, 'trusted')).toBe(true)
      await store.sweep(561, 1000)
    })
  })

  test('the audit trail is read in order, from its end or on from a record', async () => {
    const sub = fresh('u')
    const entries = Array.from({ length: 4 }, (_, index) => ({
      id: fresh('a'),
      at: at + index,
      type: index % 2 === 0 ? 'signed_in' : 'signed_out',
      sub,
      detail: { index },
      expiresAt: at + 1000,
    }))
    for (const entry of entries) await store.audit.record(entry)
    expect(await store.audit.list({ limit: 2 })).toEqual(entries.slice(2))
    expect(await store.audit.list({ after: entries[0]?.id, limit: 2 })).toEqual(entries.slice(1, 3))
    expect(await store.audit.list({ type: 'signed_in', sub, limit: 10 })).toEqual([entries[0], entries[2]])
    expect(await store.audit.list({ sub: 'u_nobody', limit: 10 })).toEqual([])
    expect(await store.audit.list({ after: entries[3]?.id, limit: 10 })).toEqual([])
  })

  describe('the sweep', () => {
    test('takes what has expired from every table, a bounded number at a time, and nothing else', async () => {
      const { sub, clientId } = await newGrant()
      const [session, interaction, grant, jti, kept] = ['s', 'i', 'g', 'jti', 'g'].map(fresh) as [
        string,
        string,
        string,
        string,
        string,
      ]
      const old = 900
      await store.sessions.create(aSession(session, sub, { expiresAt: old }))
      await store.browsers.remember(session, sub, old)
      await store.interactions.create(anInteraction(interaction, { keepUntil: old }), 'trusted')
      await store.grants.create(aGrant(grant, sub, clientId, { expiresAt: old }))
      await store.grants.create(aGrant(kept, sub, clientId))
      await store.clients.addSecret({ id: fresh('s'), clientId, hash: 'h', createdAt: at, expiresAt: old })
      await store.clients.addSecret({ id: fresh('s'), clientId, hash: 'current', createdAt: at })
      await store.revokedTokens.add(jti, old)
      await store.audit.record({ id: fresh('a'), at: 1, type: 'x', expiresAt: old })
      await parallel((index) => store.replay.once(`${jti}-${index}`, old, 'trusted'))
      expect(await store.sweep(old + 60, 20)).toBe(0)
      expect(await store.sweep(old + 61, 20)).toBe(7 + 20)
      expect(await store.sweep(old + 61, 20)).toBe(20)
      expect(await store.sweep(old + 61, 20)).toBe(10)
      expect(await store.sweep(old + 61, 20)).toBe(0)
      expect(await store.sessions.find(session)).toBeUndefined()
      expect(await store.interactions.find(interaction)).toBeUndefined()
      expect(await store.grants.find(grant)).toBeUndefined()
      expect(await isLive(kept)).toBe(true)
      expect(await store.revokedTokens.has(jti)).toBe(false)
      expect(await store.clients.secrets(clientId, 1)).toHaveLength(1)
    })
  })

  test('hostile texts are only texts', async () => {
    for (const id of ["' or 1=1 --", '\0', 'a\0b', '"; drop table client', '%', '\u{1F468}', '']) {
      expect(await store.clients.find(id), JSON.stringify(id)).toBeUndefined()
      expect(await store.users.findByIdentifier(id)).toBeUndefined()
      expect(await store.grants.find(id)).toBeUndefined()
      expect(await store.grants.findForCode(id)).toBeUndefined()
      expect(await store.grants.findForToken(id, id)).toBeUndefined()
    }
  })
})
