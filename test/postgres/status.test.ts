// Revocations between two nodes on one PostgreSQL: pushed from any node, also after the listening one lost its line.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/store.js'
import { aGrant, aNewUser, at } from '../support/rows.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { asAdministrator, freshDatabase } from '../support/stores.js'
import { aClient } from '../support/values.js'

let drop: () => Promise<void>
let database: string
let stores: Store[]
let nodes: TestServer[]
let following: { stop(): Promise<void> }[]

beforeAll(async () => {
  const fresh = await freshDatabase()
  drop = fresh.drop
  database = new URL(fresh.url).pathname.slice(1)
  stores = [await openStore(fresh.url), await openStore(fresh.url)]
  const [first] = stores
  await first?.clients.create(aClient('service', {}, { id: 'c' }))
  await first?.users.create(aNewUser('u'))
  nodes = await Promise.all(stores.map((store) => createTestServer({ store, startAt: at })))
  following = await Promise.all(nodes.map(({ deps }) => deps.status.follow()))
})
afterAll(async () => {
  await Promise.all(following.map((one) => one.stop()))
  await Promise.all(nodes.map((node) => node.close()))
  await Promise.all(stores.map((store) => store.close()))
  await drop()
})

/** A grant with a place, and its id. */
async function newGrant(node: TestServer, id: string) {
  const { list, index } = await node.deps.status.place()
  await node.deps.store.grants.create(aGrant(id, 'u', 'c', { statusList: list, statusIndex: index }))
  return { id, index }
}

/** Revokes on one node; the milliseconds from the answer until the other has told its listeners. */
async function timeToPush(from: TestServer, to: TestServer, { id, index }: { id: string; index: number }) {
  const stream = await to.deps.status.streams.open(1, undefined, { client: 'c' })
  const reader = stream?.pipeThrough(new TextDecoderStream()).getReader()
  await reader?.read()
  expect(await from.deps.store.grants.revoke(id, at, 'test')).toBe(true)
  const revoked = performance.now()
  // Another one may be told in the same event, where a node is late.
  const told = new RegExp(`[\\[,]${index}[\\],]`)
  for (let text = ''; !told.test(text); ) {
    const { value, done } = (await reader?.read()) ?? {}
    if (done) throw new Error('the stream has ended')
    text += value
  }
  const took = performance.now() - revoked
  await reader?.cancel()
  return took
}

test('places taken on two nodes at once are all different', async () => {
  const places = await Promise.all(Array.from({ length: 600 }, (_, n) => nodes[n % 2]?.deps.status.place()))
  expect(new Set(places.map((place) => `${place?.list}:${place?.index}`)).size).toBe(600)
})

test('a revocation on either node is told by the other long before its next look', async () => {
  const [a, b] = nodes as [TestServer, TestServer]
  const took: number[] = []
  for (const [n, [from, to]] of [
    [a, b],
    [b, a],
    [a, b],
    [b, a],
  ].entries())
    took.push(
      await timeToPush(from as TestServer, to as TestServer, await newGrant(from as TestServer, `g${n}`)),
    )
  // Without the announcement it would be half of the second between two looks, on average.
  expect(took.sort((x, y) => x - y)[1]).toBeLessThan(300)
})

test('a node whose line was cut hears again', async () => {
  const [a, b] = nodes as [TestServer, TestServer]
  await asAdministrator(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and application_name = 'grantor listener'`,
  )
  const cut = await newGrant(a, 'g-cut')
  expect(await timeToPush(a, b, cut)).toBeLessThan(3000)
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(await timeToPush(a, b, await newGrant(a, 'g-again'))).toBeLessThan(1000)
})
