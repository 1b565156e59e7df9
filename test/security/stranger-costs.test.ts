// The table of what a stranger may cost: measured for every route, so that a new route cannot be missing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, openDatabase } from '../../src/store/sqlite-driver.js'
import { createBrowser } from '../support/browser.js'
import { type Endpoint, endpointsOf } from '../support/endpoints.js'
import { codeFlow } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'
import { accountCost, type Cost, type Scene, strangerCosts } from '../support/stranger-costs.js'

const { folder, remove } = temporaryFolder()
let server: TestServer
let database: Client
let scene: Scene
let routes: { name: string; method: string; endpoint: Endpoint }[]
let outgoing = 0

beforeAll(async () => {
  server = await createTestServer({
    cheapPasswords: true,
    databaseUrl: `file:${folder}/grantor.db`,
    fetch: async () => {
      outgoing++
      return { refused: 'no network' } as never
    },
  })
  const spa = await server.addClient('spa')
  const device = await server.addClient('device')
  const person = await server.addUser()
  const browser = createBrowser(server)
  const { id_token: hint = '' } = await codeFlow(server, browser, spa, { person })
  await browser.open(`/end-session?${new URLSearchParams({ id_token_hint: hint })}`)
  scene = { server, spa, device, hint }
  const endpoints = await endpointsOf(server)
  routes = endpoints.flatMap((endpoint) =>
    endpoint.methods.map((method) => ({ name: `${method} ${endpoint.route}`, method, endpoint })),
  )
  database = openDatabase(`${folder}/grantor.db`, { readonly: true })
})
afterAll(async () => {
  database.close()
  await server.close()
  remove()
})

const costOf = (name: string): Cost =>
  strangerCosts[name] ?? (/^(GET|POST) \/account/.test(name) ? accountCost : {})

type Measured = { rows: Record<string, number>; bytes: number; mails: number; requests: number }

/** Rows by table, and the bytes of all values in them. */
function state(): { rows: Record<string, number>; bytes: number } {
  const tables = database
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all() as string[]
  const rows: Record<string, number> = {}
  let bytes = 0
  for (const table of tables) {
    const all = database.prepare(`select * from "${table}"`).all() as Record<string, unknown>[]
    rows[table] = all.length
    for (const row of all) bytes += Buffer.byteLength(Object.values(row).join(''))
  }
  return { rows, bytes }
}

/** What anyone can send anywhere, for routes that have no request of their own in the table. */
function anyhow({ method, endpoint }: (typeof routes)[number]): Promise<Response> {
  const path = endpoint.at(() => 'x'.repeat(16))
  const body = ['POST', 'PUT'].includes(method)
    ? new URLSearchParams({ username: 'x', csrf: 'x' })
    : undefined
  return server.fetch(path, { method, ...(body && { body }), headers: { Origin: server.issuer } })
}

let requests = 0
async function measure(route: (typeof routes)[number]): Promise<Measured> {
  // Each in an hour of its own: what a rate limit counts is new.
  server.clock.advance(3600)
  await server.deps.store.sweep(server.clock.now, 10_000)
  const { send } = costOf(route.name)
  // A request that begins with others is measured alone.
  const prepared = await (send?.(scene, ++requests) ?? (() => anyhow(route)))
  const isPrepared = typeof prepared === 'function'
  if (!isPrepared) await server.deps.store.sweep(server.clock.now + 3661, 10_000)
  await server.deps.store.committed(0)
  const before = state()
  const counted = { mails: server.mails.length, outgoing }
  await (isPrepared ? prepared() : send?.(scene, ++requests))
  await server.deps.store.committed(0)
  const after = state()
  const rows = Object.fromEntries(
    Object.entries(after.rows)
      .map(([table, count]) => [table, count - (before.rows[table] ?? 0)] as const)
      .filter(([, more]) => more > 0),
  )
  return {
    rows,
    bytes: Math.max(0, after.bytes - before.bytes),
    mails: server.mails.length - counted.mails,
    requests: outgoing - counted.outgoing,
  }
}

describe('what a stranger may cost', () => {
  it('EX01, EX02: is in the table for every route, and no more than it says', async () => {
    const named = Object.keys(strangerCosts)
    expect(named.filter((name) => !routes.some((route) => route.name === name))).toEqual([])
    const lines = [
      '| request | rows | bytes | queue places | outgoing requests | limit |',
      '| --- | --- | --- | --- | --- | --- |',
    ]
    for (const route of routes) {
      const { name } = route
      const cost = costOf(name)
      const measured = await measure(route)
      const { rows, bytes, mails, requests } = measured
      const allowed = Object.entries(rows).filter(([table, count]) => count > (cost.rows?.[table] ?? 0))
      expect(allowed, `${name} leaves rows`).toEqual([])
      expect(mails, `${name} sends mails`).toBeLessThanOrEqual(cost.mails ?? 0)
      expect(requests, `${name} causes requests`).toBeLessThanOrEqual(cost.requests ?? 0)
      // What the table says is reached, so that it stays true.
      if (cost.send) expect(Object.keys(rows).sort(), name).toEqual(Object.keys(cost.rows ?? {}).sort())
      const counts = Object.entries(rows).map(([table, count]) => `${count} ${table}`)
      const queues = [...(cost.mails ? ['1 mail'] : []), ...(cost.hashing ? ['1 password hash'] : [])]
      lines.push(
        `| ${name} | ${counts.join(', ') || '-'} | ${bytes} | ${queues.join(', ') || '-'} | ${cost.requests ?? 0} | ${cost.limit ?? '-'} |`,
      )
    }
    console.log(lines.join('\n'))
  }, 30_000)

  it('EX02: no route writes an audit row for each anonymous request', async () => {
    const several = 4
    for (const route of routes) {
      const { send } = costOf(route.name)
      server.clock.advance(3600 - (server.clock.now % 3600))
      const audits = () => state().rows.audit ?? 0
      await server.deps.store.committed(0)
      const before = audits()
      for (let n = 0; n < several; n++) {
        const prepared = await (send?.(scene, ++requests) ?? anyhow(route))
        if (typeof prepared === 'function') await prepared()
      }
      await server.deps.store.committed(0)
      expect(audits() - before, route.name).toBeLessThanOrEqual(1)
    }
  }, 30_000)
})
