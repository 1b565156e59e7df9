// Rows of requests that have proven nothing, one suite for every database.
import { describe, expect, test } from 'vitest'
import type { Store } from '../src/store/store.js'
import { fresh, parallel } from './support/at-once.js'
import { aNewUser, anActionToken, anInteraction, at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient } from './support/values.js'

const kB = 1024

describe.each(kinds)('unproven rows on $name', ({ name, open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })
  const push = async (address: string, bytes: number) => {
    const request = {
      id: fresh('p'),
      clientId: 'c',
      hash: 'h',
      params: 'x'.repeat(bytes),
      expiresAt: at + 60,
    }
    await store.pushedRequests.create(request, { address })
    return request.id
  }
  const left = async (ids: string[]) => {
    const rows = await Promise.all(ids.map((id) => store.pushedRequests.find(id)))
    return ids.filter((_, index) => rows[index] !== undefined)
  }

  test('EX01: of one address the oldest make room, so that it never holds more than 512 kB', async () => {
    const address = fresh('address')
    const other = await push(fresh('address'), 50 * kB)
    const ids: string[] = []
    for (let i = 0; i < 24; i++) {
      ids.push(await push(address, 60 * kB))
      const held = await left(ids)
      expect(held.length * 60 * kB).toBeLessThanOrEqual(512 * kB)
      expect(held).toEqual(ids.slice(-held.length))
      expect(held.length).toBeGreaterThanOrEqual(Math.min(ids.length, 7))
    }
    expect(await left([other])).toEqual([other])
  })

  test('EX01: of all kinds count together, and whichever is the oldest goes first', async () => {
    const origin = { address: fresh('address') }
    const [interaction, token, client, marker] = [fresh('i'), fresh('t'), `dcr_${fresh('c')}`, fresh('m')]
    await store.interactions.create(anInteraction(interaction), origin)
    await store.actionTokens.create(anActionToken(token), origin)
    await store.clients.create(aClient('web', {}, { id: client }), { at: at + 60, origin })
    await store.replay.once(marker, at + 60, origin)
    expect(await store.clients.find(client)).toBeDefined()
    for (let i = 0; i < 9; i++) await push(origin.address, 60 * kB)
    expect(await store.interactions.find(interaction)).toBeUndefined()
    expect(await store.actionTokens.find(token)).toBeUndefined()
    expect(await store.clients.find(client)).toBeUndefined()
    expect(await store.replay.has(marker)).toBe(false)
  })

  test('EX01: a row that a user stands behind no longer counts, and stays', async () => {
    const origin = { address: fresh('address') }
    const sub = fresh('u')
    await store.users.create(aNewUser(sub))
    const [proven, chosen, decided, anonymous] = [fresh('i'), fresh('i'), fresh('i'), fresh('i')]
    for (const id of [proven, chosen, decided, anonymous])
      await store.interactions.create(anInteraction(id), origin)
    await store.interactions.prove(proven, { sub, authenticatedAt: at })
    await store.interactions.choose(chosen, sub)
    await store.interactions.decide(decided, true, sub)
    await store.interactions.decide(anonymous, false)
    const client = `dcr_${fresh('c')}`
    await store.clients.create(aClient('web', {}, { id: client }), { at: at + 60, origin })
    expect(await store.clients.isUnproven(client)).toBe(true)
    await store.clients.prolong(client, at + 900)
    expect(await store.clients.isUnproven(client)).toBe(false)
    for (let i = 0; i < 9; i++) await push(origin.address, 60 * kB)
    const there = await Promise.all(
      [proven, chosen, decided, anonymous].map(
        async (id) => (await store.interactions.find(id)) !== undefined,
      ),
    )
    expect(there).toEqual([true, true, true, false])
    expect(await store.clients.find(client)).toBeDefined()
  })

  test('EX01: fifty at once leave no more than one after the other', async () => {
    const address = fresh('address')
    const ids = await parallel(() => push(address, 30 * kB))
    expect((await left(ids)).length * 30 * kB).toBeLessThanOrEqual(512 * kB)
  })

  test('a trusted row is not counted', async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const id = fresh('p')
        const params = 'x'.repeat(60 * kB)
        const request = { id, clientId: 'c', hash: 'h', params, expiresAt: at + 60 }
        await store.pushedRequests.create(request, 'trusted')
        return id
      }),
    )
    expect(await left(ids)).toHaveLength(12)
  })

  // It writes 64 MB: once in memory, and once on a PostgreSQL server.
  test.skipIf(/file|PGlite/.test(name))(
    'EX01: of all addresses together the oldest make room below 64 MB',
    async () => {
      const ids: string[] = []
      for (let i = 0; i < 150; i++) for (let j = 0; j < 8; j++) ids.push(await push(`total ${i}`, 60 * kB))
      const held = await left(ids)
      expect(held.length * 60 * kB).toBeLessThanOrEqual(64 * kB * kB)
      expect(held.length * 60 * kB).toBeGreaterThan(48 * kB * kB)
      expect(held).toEqual(ids.slice(-held.length))
    },
    60_000,
  )
})
