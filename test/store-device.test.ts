// The store's contract for device authorization, on every database.
import { describe, expect, test } from 'vitest'
import type { DeviceRequest, Store } from '../src/store/store.js'
import { fresh, winners } from './support/at-once.js'
import { at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient } from './support/values.js'

describe.each(kinds)('the store on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  async function request(facts: Partial<DeviceRequest> = {}): Promise<DeviceRequest> {
    const clientId = fresh('c')
    await store.clients.create(aClient('device', {}, { id: clientId }))
    const row: DeviceRequest = {
      id: fresh('d'),
      secretHash: 'hash',
      userCode: fresh('code'),
      clientId,
      scope: ['openid'],
      resources: ['https://as.test'],
      explicitResource: false,
      ip: '192.0.2.1',
      interval: 5,
      createdAt: at,
      expiresAt: at + 600,
      keepUntil: at + 3600,
      ...facts,
    }
    expect(await store.deviceRequests.create(row, 'trusted')).toBe(true)
    return row
  }

  test('device requests are found as they were made, by id and by user code', async () => {
    const row = await request()
    expect(await store.deviceRequests.find(row.id)).toEqual(row)
    expect(await store.deviceRequests.findByUserCode(row.userCode)).toEqual(row)
    expect(await store.deviceRequests.find('nothing')).toBeUndefined()
    expect(await store.deviceRequests.findByUserCode('nothing')).toBeUndefined()
  })

  test('a user code is one request\u2019s alone', async () => {
    const { userCode, ...row } = await request()
    expect(await store.deviceRequests.create({ ...row, id: fresh('d'), userCode }, 'trusted')).toBe(false)
    expect(
      await winners(() =>
        store.deviceRequests.create({ ...row, id: fresh('d'), userCode: 'SAME' }, 'trusted'),
      ),
    ).toBe(1)
  })

  test('MN01: of 50 polls after the same one is in time', async () => {
    const { id } = await request()
    expect(await winners(() => store.deviceRequests.poll(id, at + 1, undefined))).toBe(1)
    expect(await store.deviceRequests.poll(id, at + 2, undefined)).toBe(false)
    expect(await store.deviceRequests.poll(id, at + 6, at)).toBe(false)
    expect(await winners(() => store.deviceRequests.poll(id, at + 6, at + 1))).toBe(1)
    expect((await store.deviceRequests.find(id))?.polledAt).toBe(at + 6)
  })

  test('the interval grows up to its end', async () => {
    const { id } = await request()
    expect(await winners((index) => store.deviceRequests.slowDown(id, at + index, 5, 30))).toBe(5)
    expect((await store.deviceRequests.find(id))?.interval).toBe(30)
    expect(await store.deviceRequests.slowDown(id, at + 99, 5, 30)).toBe(false)
  })

  test('MN01: of 50 answers one counts, and after it nothing changes', async () => {
    const { id } = await request()
    const answer = (index: number) => ({
      at: at + 1,
      answeredIn: `i${index}`,
      ...(index % 2 === 0 && { grantId: `g${index}` }),
    })
    expect(await winners((index) => store.deviceRequests.answer(id, answer(index)))).toBe(1)
    const row = await store.deviceRequests.find(id)
    const index = Number(row?.answeredIn?.slice(1))
    expect(row?.grantId).toBe(index % 2 === 0 ? `g${index}` : undefined)
    expect(await store.deviceRequests.poll(id, at + 2, undefined)).toBe(false)
    expect(await store.deviceRequests.slowDown(id, at + 2, 5, 30)).toBe(false)
    expect(await store.deviceRequests.find(id)).toEqual(row)
  })

  test('an answer comes too late at the second of the end', async () => {
    const { id, expiresAt } = await request()
    expect(await store.deviceRequests.answer(id, { at: expiresAt, answeredIn: 'i' })).toBe(false)
    expect(await store.deviceRequests.answer(id, { at: expiresAt - 1, answeredIn: 'i' })).toBe(true)
  })

  test('AD07: they go with their client, and when it is disabled', async () => {
    const [kept, removed, disabled] = [await request(), await request(), await request()]
    await store.clients.remove(removed.clientId, at)
    await store.clients.setDisabled(disabled.clientId, true, at)
    expect(await store.deviceRequests.find(removed.id)).toBeUndefined()
    expect(await store.deviceRequests.find(disabled.id)).toBeUndefined()
    expect(await store.deviceRequests.find(kept.id)).toEqual(kept)
  })

  test('ST02: they are swept when nobody can hear of them any more', async () => {
    const row = await request()
    await store.sweep(row.keepUntil + 60, 1000)
    expect(await store.deviceRequests.find(row.id)).toEqual(row)
    await store.sweep(row.keepUntil + 61, 1000)
    expect(await store.deviceRequests.find(row.id)).toBeUndefined()
  })
})
