// Pushed authorization requests in the store, one suite for every database.
import { describe, expect, test } from 'vitest'
import type { Store } from '../src/store/store.js'
import { fresh } from './support/at-once.js'
import { at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient } from './support/values.js'

describe.each(kinds)('pushed requests on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  async function pushed(clientId: string, expiresAt = at + 60) {
    const request = { id: fresh('p'), clientId, hash: 'h', params: "scope=openid&state=%C3%A9'", expiresAt }
    await store.pushedRequests.create(request, 'trusted')
    return request
  }
  async function newClient(): Promise<string> {
    const id = fresh('c')
    await store.clients.create(aClient('web', {}, { id }))
    return id
  }
  const isThere = async ({ id }: { id: string }) => (await store.pushedRequests.find(id)) !== undefined

  test('come back as they went in, until they are removed', async () => {
    const request = await pushed(await newClient())
    expect(await store.pushedRequests.find(request.id)).toEqual(request)
    await store.pushedRequests.remove(request.id)
    expect(await isThere(request)).toBe(false)
    await store.pushedRequests.remove(request.id)
  })

  test('AD07: go with their client, disabled or deleted, and no other', async () => {
    const [one, two, three] = [await newClient(), await newClient(), await newClient()]
    const [first, second, third] = [await pushed(one), await pushed(two), await pushed(three)]
    await store.clients.setDisabled(one, true, at)
    await store.clients.remove(two, at)
    expect([await isThere(first), await isThere(second), await isThere(third)]).toEqual([false, false, true])
  })

  test('may be of a client that has no row yet', async () => {
    expect(await isThere(await pushed('https://app.test/client.json'))).toBe(true)
  })

  test('are swept when they have expired', async () => {
    const clientId = await newClient()
    const [old, kept] = [await pushed(clientId, 900), await pushed(clientId)]
    expect(await store.sweep(961, 10)).toBe(1)
    expect([await isThere(old), await isThere(kept)]).toEqual([false, true])
  })

  test('hostile texts are only texts', async () => {
    for (const id of ["' or 1=1 --", '\0', '%']) expect(await store.pushedRequests.find(id)).toBeUndefined()
  })
})
