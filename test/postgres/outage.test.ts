// F10 on two built servers: the database's connections are killed, its network falls silent, its answers are lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { build, endAll } from '../cli/process.js'
import { introspect, letIn } from '../support/connected.js'
import { authenticatedPost, refresh, type Tokens, tokenRequest, tokensOf } from '../support/flow.js'
import type { Registered, TestServer } from '../support/server.js'
import { asAdministrator } from '../support/stores.js'
import { type Cluster, startCluster } from './cluster.js'

let cluster: Cluster
let api: Registered
let first: TestServer
let second: TestServer

beforeAll(async () => {
  build()
  cluster = await startCluster(2)
  ;[first, second] = cluster.nodes.map(({ server }) => server) as [TestServer, TestServer]
  api = await cluster.server.addClient('service')
}, 60_000)
afterAll(async () => {
  await cluster.close()
  endAll()
})

const setWires = (state: Parameters<Cluster['nodes'][number]['wire']['set']>[0]) => {
  for (const { wire } of cluster.nodes) wire.set(state)
}

/** The answer, and the milliseconds that it took; 503 must say when to come again. */
async function timed(asked: Promise<Response>): Promise<{ status: number; took: number }> {
  const began = performance.now()
  const answer = await asked
  await answer.text()
  if (answer.status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  return { status: answer.status, took: performance.now() - began }
}

const ownToken = (server: TestServer, client = api) =>
  tokenRequest(server, client, { grant_type: 'client_credentials' })
const healed = () =>
  expect
    .poll(async () => (await ownToken(cluster.server)).status, { timeout: 10_000, interval: 100 })
    .toBe(200)

it('F10: connections killed under load: 200 or 503, no hang, and what was acknowledged holds', async () => {
  const database = new URL(cluster.databaseUrl).pathname.slice(1)
  const revoked: { token: string; client: Registered }[] = []
  const statuses: number[] = []
  const state = { over: false }
  const load = [first, second, first, second].map(async (server) => {
    // One each: a client's tokens share a grant, and what one revokes has just ended for the other.
    const client = await cluster.server.addClient('service')
    while (!state.over) {
      const minted = await ownToken(server, client)
      statuses.push(minted.status)
      if (minted.status !== 200) continue
      const { access_token: token } = (await minted.json()) as Tokens
      const { status } = await timed(authenticatedPost(server, '/revoke', client, { token }))
      statuses.push(status)
      if (status === 200) revoked.push({ token, client })
    }
  })
  for (let round = 0; round < 4; round++) {
    await sleep(400)
    await asAdministrator(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and application_name like 'grantor%'`,
    )
  }
  await sleep(400)
  state.over = true
  await Promise.all(load)
  expect([...new Set(statuses)].filter((status) => ![200, 503].includes(status))).toEqual([])
  expect(revoked.length).toBeGreaterThan(10)
  for (const [index, { token, client }] of revoked.slice(-200).entries()) {
    expect(await introspect(index % 2 ? first : second, client, token)).toEqual({ active: false })
  }
  await healed()
})

it.each(['cut', 'silent'] as const)(
  'F10, I6, I7: the network is %s: 503 within 5 s, healed within 10 s',
  async (state) => {
    await healed()
    setWires(state)
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => timed(ownToken(index % 2 ? first : second))),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    const [later, ready] = await Promise.all([timed(ownToken(first)), timed(first.fetch('/health/ready'))])
    expect(Math.max(...answers.map(({ took }) => took), later.took)).toBeLessThan(5000)
    expect(ready).toMatchObject({ status: 503 })
    expect((await first.fetch('/health/live')).status).toBe(200)
    setWires('open')
    const back = performance.now()
    await healed()
    expect(performance.now() - back).toBeLessThan(10_000)
    for (const { running } of cluster.nodes) expect(running.child.exitCode).toBeNull()
  },
)

it('F10: a commit whose answer is lost is a failure to the caller, who finds what happened by asking again', async () => {
  const { app, tokens } = await letIn(cluster.server)
  const web = await letIn(cluster.server, 'web')
  // The connection of each statement to come is open and idle.
  await Promise.all(Array.from({ length: 20 }, () => ownToken(cluster.server)))
  setWires('deaf')
  const [rotated, revoked] = await Promise.all([
    timed(refresh(first, app, tokens.refresh_token)),
    timed(authenticatedPost(second, '/revoke', web.app, { token: web.tokens.refresh_token })),
  ])
  expect([rotated.status, revoked.status]).toEqual([503, 503])
  setWires('open')
  await healed()
  const { refresh_token: next = '' } = await tokensOf(await refresh(second, app, tokens.refresh_token))
  expect((await refresh(first, app, next)).status).toBe(200)
  const again = await authenticatedPost(first, '/revoke', web.app, { token: web.tokens.refresh_token })
  expect(again.status).toBe(200)
  expect(await introspect(second, web.app, web.tokens.access_token)).toEqual({ active: false })
})
