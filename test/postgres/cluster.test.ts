// Two and four built servers on one PostgreSQL are one server: its races, its sessions, its keys, its brakes.
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../cli/call.js'
import { build, endAll, grantor, start } from '../cli/process.js'
import { createBrowser } from '../support/browser.js'
import { aDocument, appOfDocument, sendJson, startHost } from '../support/client-documents.js'
import { introspect, letIn, userinfoStatus } from '../support/connected.js'
import { createProver } from '../support/dpop.js'
import {
  authenticatedPost,
  authorizeUrl,
  exchange,
  getCode,
  refresh,
  type Tokens,
  tokenRequest,
  tokensOf,
  walk,
} from '../support/flow.js'
import { appOf, manage, registerApp } from '../support/registration.js'
import type { Registered, TestServer } from '../support/server.js'
import { publishedStatus } from '../support/status.js'
import { freshDatabase, temporaryFolder } from '../support/stores.js'
import { type Cluster, startCluster } from './cluster.js'

beforeAll(build)
afterAll(endAll)

describe.each([2, 4])('%i nodes', (count) => {
  let cluster: Cluster
  let nodes: readonly TestServer[]
  let api: Registered

  beforeAll(async () => {
    cluster = await startCluster(count, { GRANTOR_CLIENT_REGISTRATION: 'open' })
    nodes = cluster.nodes.map(({ server }) => server)
    api = await cluster.server.addClient('service')
  })
  afterAll(() => cluster.close())

  const node = (index: number) => nodes[index % count] as TestServer
  const spread = <R>(times: number, work: (server: TestServer, index: number) => Promise<R>) =>
    Promise.all(Array.from({ length: times }, (_, index) => work(node(index), index)))
  const ownToken = async (server: TestServer) =>
    tokensOf(await tokenRequest(server, api, { grant_type: 'client_credentials' }))
  const keySets = () =>
    spread(count, async (server) => (await (await server.fetch('/jwks')).json()) as JSONWebKeySet)

  it('MN01: a code is redeemed once, wherever it is brought', async () => {
    const app = await cluster.server.addClient('web')
    const person = await cluster.server.addUser({ username: `code${count}` })
    const got = await getCode(cluster.server, createBrowser(cluster.server), app, { person })
    const answers = await spread(24, (server) => exchange(server, app, got))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(23).fill(400)])
  })

  it('MN01: a refresh token has one successor, wherever it is rotated, and its theft ends all', async () => {
    const { app, tokens } = await letIn(cluster.server)
    const answers = await spread(24, (server) => refresh(server, app, tokens.refresh_token))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as Tokens[]
    const successors = [...new Set(bodies.map(({ refresh_token }) => refresh_token ?? ''))]
    expect(successors).toHaveLength(1)
    const [successor = ''] = successors
    expect(successor).not.toBe(tokens.refresh_token)
    const { refresh_token: next = '' } = (await (await refresh(node(0), app, successor)).json()) as Tokens
    // The successor was used, so its predecessor is theft, at whichever node; then nothing of it lives at any.
    expect((await refresh(node(1), app, tokens.refresh_token)).status).toBe(400)
    const after = await spread(count, (server) => refresh(server, app, next))
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([400]))
  })

  it('DP02, DP03: a proof is taken once, wherever it is brought, and a nonce everywhere', async () => {
    const prover = createProver(cluster.server)
    const machine = { grant_type: 'client_credentials' }
    const { server } = cluster
    // The nodes go by the clock of this machine.
    const now = () => ({ iat: Math.floor(Date.now() / 1000) })
    const nonce = (await prover.post(api, machine, await prover.proof('/token', now()), node(0))).headers.get(
      'dpop-nonce',
    )
    const once = await prover.proof('/token', { ...now(), nonce })
    const answers = await spread(24, (at) => prover.post(api, machine, once, at))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(23).fill(400)])
    const each = await spread(count, async (at) =>
      prover.post(api, machine, await prover.proof('/token', { ...now(), nonce }), at),
    )
    expect(each.map(({ status }) => status)).toEqual(Array(count).fill(200))
    const [token] = await Promise.all(each.map(async (answer) => (await tokensOf(answer)).access_token))
    expect(await userinfoStatus(server, token ?? '')).toBe(401)
  })

  it('an app that registers itself at one node is known to all, as is that it has changed and gone', async () => {
    const person = await cluster.server.addUser({ username: `registering${count}` })
    const made = await registerApp(node(0), { redirect_uris: ['https://app.test/cb'] })
    const app = appOf(made)
    const got = await getCode(cluster.server, createBrowser(cluster.server), app, { person })
    const { refresh_token = '' } = await tokensOf(await exchange(node(1), app, got))
    const kept = await spread(count, (server) => refresh(server, app, refresh_token))
    expect(kept.map(({ status }) => status)).toEqual(Array(count).fill(200))
    const change = {
      client_id: made.client_id,
      redirect_uris: ['https://app.test/cb'],
      client_name: 'Renamed',
    }
    expect((await manage(node(1), made, 'PUT', change)).status).toBe(200)
    for (const server of nodes)
      expect(await (await manage(server, made, 'GET')).json()).toMatchObject({ client_name: 'Renamed' })
    expect((await manage(node(0), made, 'DELETE')).status).toBe(204)
    const gone = await spread(count, (server) => refresh(server, app, refresh_token))
    expect(gone.map(({ status }) => status)).toEqual(Array(count).fill(401))
    const asked = await spread(count, (server) => server.fetch(authorizeUrl(server, app).url))
    expect(asked.map(({ status }) => status)).toEqual(Array(count).fill(400))
  })

  it('an app that is known by its document is let in by one node, and connected at all', async () => {
    const host = await startHost((response) => sendJson(response, aDocument(host.url)))
    const app = appOfDocument(aDocument(host.url))
    const person = await cluster.server.addUser({ username: `documented${count}` })
    const got = await getCode(cluster.server, createBrowser(cluster.server), app, { person })
    // What one node was told of the app is in the database from the yes on: the others need its host no more.
    await host.close()
    const { access_token, refresh_token = '' } = await tokensOf(await exchange(node(1), app, got))
    for (const server of nodes) expect(await userinfoStatus(server, access_token)).toBe(200)
    const answers = await spread(count, (server) => refresh(server, app, refresh_token))
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200))
    await cluster.server.deps.store.clients.setDisabled(host.url, true, Math.floor(Date.now() / 1000))
    for (const server of nodes) expect(await userinfoStatus(server, access_token)).toBe(401)
  })

  it('a sign-in begun on one node is finished on others, and its session is known to all', async () => {
    const app = await cluster.server.addClient('web')
    const person = await cluster.server.addUser({ username: `session${count}` })
    const before = [...cluster.served]
    const browser = createBrowser(cluster.server)
    const started = authorizeUrl(cluster.server, app)
    await browser.open(started.url)
    const answer = await walk(browser, person)
    const code = answer.get('code') ?? ''
    expect((await exchange(cluster.server, app, { ...started, code })).status).toBe(200)
    for (const [index, served] of cluster.served.entries()) expect(served).toBeGreaterThan(before[index] ?? 0)

    const Cookie = Object.entries(browser.cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const account = (server: TestServer) => server.fetch('/account', { headers: { Cookie } })
    expect(await spread(count, async (server) => (await account(server)).status)).toEqual(
      Array(count).fill(200),
    )
    await browser.open('/account')
    await browser.submit({}, 'Sign out')
    const after = await spread(count, async (server) => (await account(server)).status)
    expect(after).toEqual(Array(count).fill(303))
  })

  it('MN02: what one node revokes is refused by the others in the next request, and listed within a second', async () => {
    for (let index = 0; index < count; index++) {
      const here = node(index)
      const there = node(index + 1)
      const { app, tokens } = await letIn(cluster.server, 'web')
      expect(await introspect(there, app, tokens.access_token)).toMatchObject({ active: true })
      expect(await publishedStatus(there, tokens.access_token)).toBe(0)
      const { status } = await authenticatedPost(here, '/revoke', app, { token: tokens.refresh_token })
      const answered = performance.now()
      expect(status).toBe(200)
      expect(await introspect(there, app, tokens.access_token)).toEqual({ active: false })
      expect(await userinfoStatus(there, tokens.access_token)).toBe(401)
      expect((await refresh(there, app, tokens.refresh_token)).status).toBe(400)
      while ((await publishedStatus(there, tokens.access_token)) === 0) {
        expect(performance.now() - answered).toBeLessThan(1000)
        await sleep(20)
      }
    }
  })

  it('MN02: a client that is disabled at one place is refused by all nodes in the next request, under load', async () => {
    const service = await cluster.server.addClient('service')
    const obtain = async (server: TestServer) =>
      (await tokenRequest(server, service, { grant_type: 'client_credentials' })).status
    const state = { over: false }
    const load = spread(2 * count, async (server) => {
      while (!state.over) await obtain(server)
    })
    const before = await spread(count, obtain)
    expect(before).toEqual(Array(count).fill(200))
    for (let round = 0; round < 20; round++) {
      const disabled = round % 2 === 0
      const now = Math.floor(Date.now() / 1000)
      await cluster.server.deps.store.clients.setDisabled(service.client.id, disabled, now)
      const after = await spread(count, obtain)
      // Who is refused often enough is told 429 instead of 401.
      expect(after.map((status) => status === 200)).toEqual(Array(count).fill(!disabled))
    }
    state.over = true
    await load
  })

  it('MN03: guesses at a password that are spread over nodes are one budget, at once and one by one', async () => {
    const { user, password } = await cluster.server.addUser({ username: `guessed${count}` })
    const guess = async (server: TestServer, index: number, typed = 'a wrong password') => {
      const browser = createBrowser(server, { address: `198.51.100.${index}` })
      await browser.open('/login')
      await browser.submit({ username: user.username, password: typed })
      return browser.view
    }
    const admitted = async (guesses: () => Promise<Awaited<ReturnType<typeof guess>>[]>) => {
      const begun = Math.floor(Date.now() / 1000)
      const views = await guesses()
      const seconds = Math.floor(Date.now() / 1000) - begun
      return { count: views.filter(({ status }) => status !== 429).length, seconds }
    }
    // Five tries are free, and each from the fifth on closes the account for twice as long as the one before. The
    // brake goes by whole seconds: if one ends among the guesses, the first wait may be over with it.
    const mostWithin = (seconds: number, wait: number) => Math.floor(Math.log2(seconds / wait + 1))
    const first = await admitted(() => spread(12, guess))
    expect(first.count).toBeGreaterThanOrEqual(5)
    expect(first.count).toBeLessThanOrEqual(5 + mostWithin(first.seconds, 1))
    const wait = 2 ** (first.count - 5)
    await sleep(1000 * wait)
    const second = await admitted(() => Promise.all([guess(node(0), 20), guess(node(1), 21)]))
    expect(second.count).toBeGreaterThanOrEqual(1)
    expect(second.count).toBeLessThanOrEqual(1 + mostWithin(second.seconds, 2 * wait))
    const owner = await guess(node(count - 1), 22, password)
    expect(owner.status).toBe(429)
    expect(Number(owner.headers.get('retry-after'))).toBeLessThanOrEqual(wait * 2 ** second.count)
  })

  it('MN03: wrong client secrets that are spread over nodes are one budget', async () => {
    const app = { ...(await cluster.server.addClient('service')), secret: 'a wrong secret' }
    const statuses: number[] = []
    for (let index = 0; index < 12; index++) {
      const answer = await tokenRequest(node(index), app, { grant_type: 'client_credentials' })
      statuses.push(answer.status)
    }
    // A minute of the clock may end in the middle, which gives a second budget but never a third.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1)
    expect(statuses.slice(0, 2)).toEqual([401, 401])
  })

  it('F13: keys rotated on several nodes at once are rotated once, and obeyed by all', async () => {
    const [before] = await keySets()
    const rotate = (...more: string[]) =>
      Promise.all(cluster.nodes.map(({ env }) => grantor(env, ['key', 'rotate', '--alg', 'ES256', ...more])))
    expect((await rotate()).map(({ code, err }) => [code, err])).toEqual(Array(count).fill([0, '']))
    await sleep(1100)
    const published = await keySets()
    expect(published[0]?.keys).toHaveLength((before?.keys.length ?? 0) + 1)
    for (const set of published) expect(set).toEqual(published[0])
  })

  it('F13: a leaked key that one node drops signs and verifies nowhere any more', async () => {
    const old = await ownToken(node(0))
    const [first] = cluster.nodes
    const done = await grantor(first?.env ?? {}, ['key', 'rotate', '--now'])
    expect(done).toMatchObject({ code: 0, err: '' })
    await sleep(1100)
    const sets = await keySets()
    for (const set of sets) expect(set).toEqual(sets[0])
    const verify = createLocalJWKSet(sets[0] as JSONWebKeySet)
    for (const { access_token } of await spread(count, ownToken)) {
      await expect(jwtVerify(access_token, verify)).resolves.toBeDefined()
    }
    await expect(jwtVerify(old.access_token, verify)).rejects.toThrow('no applicable key')
    expect(await spread(count, (server) => introspect(server, api, old.access_token))).toEqual(
      Array(count).fill({ active: false }),
    )
  })

  it('MN04, I4, I7: a node that is cut from the database says 503, never "active"; the others go on; it heals', async () => {
    const { app, tokens } = await letIn(cluster.server, 'web')
    const [alone, other] = [node(0), node(1)]
    expect(await introspect(alone, app, tokens.access_token)).toMatchObject({ active: true })
    const wire = cluster.nodes[0]?.wire
    wire?.set('cut')
    const ask = () => authenticatedPost(alone, '/introspect', app, { token: tokens.access_token })
    const answers = await Promise.all(Array.from({ length: 10 }, ask))
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await alone.fetch('/health/ready')).status).toBe(503)
    expect(await introspect(other, app, tokens.access_token)).toMatchObject({ active: true })
    wire?.set('open')
    await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200)
    expect((await alone.fetch('/health/ready')).status).toBe(200)
  })
})

describe('MN05: a later version has migrated the database', () => {
  let cluster: Cluster

  /** What a migration may do (test/store/additive.test.ts), to every table at once. */
  async function migrateAsLater() {
    const client = new pg.Client({ connectionString: cluster.databaseUrl })
    await client.connect()
    const { rows } = await client.query<{ tablename: string }>(
      "select tablename from pg_tables where schemaname = 'public'",
    )
    const added = rows.flatMap(({ tablename }) => [
      `alter table "${tablename}" add column later text`,
      `alter table "${tablename}" add column later_flag boolean default false not null`,
    ])
    const tables = [
      'create table later (id text primary key)',
      "insert into schema_migration values ('9999_later')",
    ]
    for (const statement of [...added, ...tables]) await client.query(statement)
    await client.end()
  }

  beforeAll(async () => {
    cluster = await startCluster(2)
  })
  afterAll(() => cluster.close())

  it('programs of this one go on, and another may start', async () => {
    const { server, nodes } = cluster
    const before = await letIn(server)
    await migrateAsLater()
    const { refresh_token: next = '' } = await tokensOf(
      await refresh(server, before.app, before.tokens.refresh_token),
    )
    const after = await letIn(server)
    expect(await userinfoStatus(server, after.tokens.access_token)).toBe(200)
    const { status } = await authenticatedPost(server, '/revoke', before.app, { token: next })
    expect(status).toBe(200)
    await expect.poll(() => publishedStatus(server, before.tokens.access_token)).toBe(1)

    const port = `${await freePort()}`
    const another = await start({ ...nodes[0]?.env, GRANTOR_PORT: port })
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`)
    expect(ready.status).toBe(200)
    another.child.kill('SIGTERM')
    expect(await another.ended).toBe(0)
  })
})

it('F16: two nodes that start at once on an empty database, as compose.yaml does, are one server', async () => {
  const fresh = await freshDatabase()
  const { folder, remove } = temporaryFolder()
  const key = `${folder}/master.key`
  writeFileSync(key, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  writeFileSync(`${folder}/database_url`, fresh.url)
  const ports = [`${await freePort()}`, `${await freePort()}`]
  const nodes = await Promise.all(
    ports.map((port) =>
      start({
        GRANTOR_ISSUER: 'https://id.example.org',
        GRANTOR_HOST: '127.0.0.1',
        GRANTOR_PORT: port,
        GRANTOR_DATABASE_URL_FILE: `${folder}/database_url`,
        GRANTOR_MASTER_KEY_FILE: key,
      }),
    ),
  )
  const sets = await Promise.all(
    ports.map(
      async (port) => (await fetch(`http://127.0.0.1:${port}/jwks`)).json() as Promise<JSONWebKeySet>,
    ),
  )
  expect(sets[0]?.keys).toHaveLength(4)
  expect(sets[1]).toEqual(sets[0])
  for (const { child, ended } of nodes) {
    child.kill('SIGKILL')
    await ended
  }
  await fresh.drop()
  remove()
})
