// The store's contract about status lists, on every database: places nobody shares, revocations in the order of commits.
import { describe, expect, test } from 'vitest'
import type { Store } from '../src/store/store.js'
import { fresh, parallel, winners } from './support/at-once.js'
import { aGrant, aNewUser, at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient } from './support/values.js'

const retiresAt = at + 1000
const place = (index: number) => ({ statusList: 1, statusIndex: index })

describe.each(kinds)('status lists on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  async function newGrant(facts: Parameters<typeof aGrant>[3] = {}) {
    const [sub, clientId, id] = [fresh('u'), fresh('c'), fresh('g')]
    await store.users.create(aNewUser(sub))
    await store.clients.create(aClient('web', {}, { id: clientId }))
    await store.grants.create(aGrant(id, sub, clientId, facts))
    return { sub, clientId, id }
  }
  let heard = 0
  /** What was revoked since this was asked last. */
  async function news(): Promise<[list: number, index: number, expiresAt: number][]> {
    const rows = await store.statusLists.revocations(heard, 1000)
    heard = rows.at(-1)?.id ?? heard
    return rows.map(({ list, index, expiresAt }) => [list, index, expiresAt])
  }

  test('give places to 50 at once so that nobody shares one, and one list follows another', async () => {
    const [last = 0] = (await store.statusLists.all()).slice(-1)
    const taken = await parallel(() => store.statusLists.take(4, 100, retiresAt))
    const places = taken.flatMap(({ list, from }) => [0, 1, 2, 3].map((n) => `${list}:${from + n}`))
    expect(new Set(places).size).toBe(200)
    const lists = [...new Set(taken.map(({ list }) => list))].sort((one, other) => one - other)
    expect(lists).toEqual([last + 1, last + 2])
    expect(Math.max(...taken.map(({ from }) => from))).toBe(96)
    expect((await store.statusLists.all()).slice(-2)).toEqual(lists)
  })

  test('forget a list that is full once its tokens are gone, and never use its number again', async () => {
    await parallel(() => store.statusLists.take(50, 100, retiresAt))
    const before = await store.statusLists.all()
    await store.sweep(retiresAt + 61, 100)
    const after = await store.statusLists.all()
    expect(after).toEqual(before.slice(-1))
    await parallel(() => store.statusLists.take(50, 100, retiresAt))
    for (const list of await store.statusLists.all()) expect(list).toBeGreaterThanOrEqual(after[0] ?? 0)
  })

  test('tell of a grant that is revoked, in the statement that revokes it, once', async () => {
    await news()
    const { id } = await newGrant(place(7))
    expect(await winners(() => store.grants.revoke(id, at, 'test'))).toBe(1)
    expect(await news()).toEqual([[1, 7, at + 86_700]])
  })

  describe('PO06: of exchanged tokens', () => {
    const exchanged = (jti: string, index?: number) =>
      store.exchangedTokens.create({
        jti,
        ...(index !== undefined && { statusList: 1, statusIndex: index }),
        expiresAt: at + 300,
      })
    const active = (...jtis: string[]) => Promise.all(jtis.map((jti) => store.exchangedTokens.isActive(jti)))
    /** A grant, and what was exchanged for its tokens t and u: t.a, from that t.a.b and t.ab (sealed), and u.c. */
    async function scene() {
      const { id } = await newGrant(place(20))
      const [a, b, ab, c] = [`${id}.t.a`, `${id}.t.a.b`, `${id}.t.ab`, `${id}.u.c`]
      await exchanged(a, 21)
      await exchanged(b, 22)
      await exchanged(ab)
      await exchanged(c, 23)
      return { id, a, b, ab, c }
    }

    test('PO06: one ends with what was made from it, and nothing else does', async () => {
      await news()
      const { a, b, ab, c, id } = await scene()
      expect(await store.exchangedTokens.revokeFrom(a, at)).toBe(2)
      expect(await active(a, b, ab, c)).toEqual([false, false, true, true])
      expect((await news()).map(([, index]) => index).sort()).toEqual([21, 22])
      expect(await store.grants.find(id)).toMatchObject({ live: true, statusIndex: 20 })
      expect(await store.exchangedTokens.revokeFrom(a, at)).toBe(0)
      expect(await news()).toEqual([])
    })

    test('PO06: those made from a token without a row end alone', async () => {
      await news()
      const { a, b, ab, c, id } = await scene()
      expect(await store.exchangedTokens.revokeFrom(`${id}.t`, at)).toBe(3)
      expect(await active(a, b, ab, c)).toEqual([false, false, false, true])
      expect((await news()).map(([, index]) => index).sort()).toEqual([21, 22])
    })

    test('PO06: all end with the grant, in the statement that revokes it, and with its tokens so far', async () => {
      const ways = [
        (id: string) => store.grants.revoke(id, at, 'test'),
        (id: string) => store.grants.retire(id, { list: 1, index: 20 }, at),
      ]
      for (const end of ways) {
        const { a, b, ab, c, id } = await scene()
        const other = await scene()
        await store.exchangedTokens.revokeFrom(b, at)
        await news()
        expect(await end(id)).toBe(true)
        expect((await news()).sort()).toEqual([
          [1, 20, at + 86_700],
          [1, 21, at + 86_700],
          [1, 23, at + 86_700],
        ])
        expect(await active(a, b, ab, c)).toEqual([false, false, false, false])
        expect(await active(other.a, other.b, other.ab, other.c)).toEqual([true, true, true, true])
      }
    })

    test('PO06: the rows go when the tokens have expired', async () => {
      const { a } = await scene()
      await store.sweep(at + 361, 100)
      expect(await active(a)).toEqual([false])
    })

    test('PO06: one made while its grant ends is ended, or finds the grant ended', async () => {
      for (let round = 0; round < 20; round++) {
        const { id } = await newGrant(place(30))
        const jti = `${id}.t.${round}`
        const make = async () => {
          await exchanged(jti, 31)
          return (await store.grants.find(id))?.live
        }
        const [foundLive] = await Promise.all([make(), store.grants.revoke(id, at, 'test')])
        expect([foundLive, await active(jti)]).not.toEqual([true, [true]])
      }
    })
  })

  test('tell of every way to revoke several', async () => {
    const ways = [
      ({ sub }: Awaited<ReturnType<typeof newGrant>>) => store.grants.revokeByUser(sub, at, 'test'),
      ({ clientId }: { clientId: string }) => store.grants.revokeByClient(clientId, at, 'test'),
      ({ sub, clientId }: { sub: string; clientId: string }) =>
        store.grants.revokeByUserAndClient(sub, clientId, at, 'test'),
      ({ sub }: { sub: string }) => store.grants.revokeBySession({ sub, sid: 'sid' }, at, 'test'),
      ({ sub }: { sub: string }) => store.grants.revokeBegunIn({ sub, sid: 'sid' }, at, 'test'),
      ({ sub }: { sub: string }) => store.users.setDisabled(sub, true, at),
      ({ sub }: { sub: string }) => store.users.remove(sub, at),
      ({ clientId }: { clientId: string }) => store.clients.setDisabled(clientId, true, at),
      ({ clientId }: { clientId: string }) => store.clients.remove(clientId, at),
    ]
    for (const [index, way] of ways.entries()) {
      const grant = await newGrant({ ...place(index), sid: 'sid', sessionBound: true })
      await news()
      await way(grant)
      expect(await news(), String(way)).toEqual([[1, index, at + 86_700]])
    }
  })

  test('have nothing to tell of a grant without a place', async () => {
    const { id } = await newGrant()
    await news()
    await store.grants.revoke(id, at, 'test')
    expect(await news()).toEqual([])
  })

  test('take a grant without a place, once; and retire its place, once, without ending it', async () => {
    const { id } = await newGrant()
    await news()
    const given = await parallel(async (index) => {
      const won = await store.grants.enlist(id, { list: 3, index })
      return won ? index : undefined
    })
    const index = given.find((one) => one !== undefined) ?? -1
    expect(given.filter((one) => one !== undefined)).toEqual([index])
    expect(await store.grants.find(id)).toMatchObject({ statusList: 3, statusIndex: index })
    expect(await store.grants.retire(id, { list: 3, index: index + 100 }, at)).toBe(false)
    expect(await store.grants.retire(id, { list: 4, index }, at)).toBe(false)
    expect(await winners(() => store.grants.retire(id, { list: 3, index }, at))).toBe(1)
    expect(await news()).toEqual([[3, index, at + 86_700]])
    const after = await store.grants.find(id)
    expect([after?.live, after?.statusList, after?.statusIndex]).toEqual([true, undefined, undefined])
    expect(await store.grants.enlist(id, { list: 3, index: 200 })).toBe(true)
  })

  test('neither take nor retire what is revoked', async () => {
    const { id } = await newGrant(place(9))
    await store.grants.revoke(id, at, 'test')
    await news()
    expect(await store.grants.retire(id, { list: 1, index: 9 }, at)).toBe(false)
    const other = await newGrant()
    await store.grants.revoke(other.id, at, 'test')
    expect(await store.grants.enlist(other.id, { list: 1, index: 10 })).toBe(false)
    expect(await news()).toEqual([])
  })

  test('retire the places of an API and of clients that act for themselves, and of no others', async () => {
    const resources = ['https://one.test']
    const mine = await newGrant({ ...place(20), resources: ['https://ONE.test:443/'] })
    await newGrant({ ...place(21), resources: ['https://one.test/other'] })
    const revoked = await newGrant({ ...place(22), resources })
    await store.grants.revoke(revoked.id, at, 'test')
    const own = fresh('g')
    await store.grants.create(
      aGrant(own, mine.sub, mine.clientId, { ...place(23), kind: 'client', sub: undefined, resources: [] }),
    )
    await news()
    expect(await store.grants.retireByResource('https://one.test', at)).toBe(2)
    expect((await news()).map(([, index]) => index).sort()).toEqual([20, 23])
    expect((await store.grants.find(mine.id))?.live).toBe(true)
  })

  test('count revocations up in the order in which they can be seen', async () => {
    const grants = await Promise.all(Array.from({ length: 20 }, (_, index) => newGrant(place(100 + index))))
    await news()
    const seen: number[] = []
    let running = true
    // A reader that never looks back misses nothing.
    const reading = (async () => {
      while (running || seen.length < 20) seen.push(...(await news()).map(([, index]) => index))
    })()
    await Promise.all(grants.map(({ id }) => store.grants.revoke(id, at, 'test')))
    running = false
    await reading
    expect(seen.sort()).toEqual(grants.map((_, index) => 100 + index))
  })

  test('wake who watches when something is revoked', async () => {
    const { id } = await newGrant(place(30))
    await store.committed(0)
    await news()
    let told: () => void = () => {}
    const revoked = new Promise<void>((resolve) => {
      told = resolve
    })
    const watching = await store.statusLists.watch(() => {
      news().then((rows) => {
        if (rows.some(([, index]) => index === 30)) told()
      })
    })
    await store.grants.revoke(id, at, 'test')
    await expect(revoked).resolves.toBeUndefined()
    await watching.stop()
  })
})
