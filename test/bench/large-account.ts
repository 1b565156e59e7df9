// How long the event loop is held by what concerns one user with 5,000 sessions and 30,000 connections (EX06).
// npx tsx test/bench/large-account.ts [postgres://...]; without an address, a SQLite file in a temporary folder.
import { performance } from 'node:perf_hooks'
import pg from 'pg'
import { exportOf } from '../../src/endpoints/account/export.js'
import { endOtherSessions } from '../../src/endpoints/end-sessions.js'
import { endSessionBySid } from '../../src/endpoints/session.js'
import { openStore } from '../../src/store/open.js'
import { createBrowser } from '../support/browser.js'
import { fillAccount } from '../support/large-account.js'
import { createTestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'

const sizes = { sessions: 5000, connections: 30_000, apps: 200 }

const { folder, remove } = temporaryFolder()
const store = await openStore(process.argv[2] ?? `file:${folder}/grantor.db`)
const server = await createTestServer({ store, cheapPasswords: true })
const { deps } = server
const person = await server.addUser({ username: `large${Date.now()}` })
const { sub } = person.user
const filled = await fillAccount(server, sub, sizes)
// PostgreSQL does this by itself within a minute.
if (process.argv[2] !== undefined) await asAnalyst(process.argv[2])
const browser = createBrowser(server)
await browser.open(`${server.issuer}/account`)
await browser.signIn(person)

async function asAnalyst(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('analyze')
  await client.end()
}

/**
 * Runs something; prints its milliseconds, and the longest turn of the event loop meanwhile: by the clock, which counts
 * what else the machine does, and of the processor.
 */
async function measured(name: string, work: () => Promise<unknown>): Promise<void> {
  const state = { over: false, at: performance.now(), cpu: process.cpuUsage(), longest: 0, busiest: 0 }
  const tick = () => {
    const now = performance.now()
    const { user, system } = process.cpuUsage(state.cpu)
    state.longest = Math.max(state.longest, now - state.at)
    state.busiest = Math.max(state.busiest, (user + system) / 1000)
    state.at = now
    state.cpu = process.cpuUsage()
    if (!state.over) setImmediate(tick)
  }
  setImmediate(tick)
  const began = performance.now()
  const since = store.batch()
  await work()
  await store.committed(since)
  state.over = true
  tick()
  const { longest, busiest } = state
  const [all, wall, cpu] = [performance.now() - began, longest, busiest].map((ms) =>
    ms.toFixed(1).padStart(7),
  )
  console.info(`${name.padEnd(44)} ${all} ms in all; at a time ${wall} ms, of which the processor ${cpu} ms`)
}

const page = (path: string) => () => browser.open(`${server.issuer}${path}`)
await measured('nothing', async () => {})
await measured('/account', page('/account'))
await measured('/account/sessions', page('/account/sessions'))
await measured('/account/connections', page('/account/connections'))
await measured('/account/connections once more', page('/account/connections'))
await measured('the export', async () => {
  let bytes = 0
  for await (const chunk of exportOf(deps, person.user)) bytes += chunk.length
  console.info(`  ${(bytes / 1e6).toFixed(1)} MB`)
})
await measured('a sign-in beyond 1,000 sessions', async () => {
  const other = createBrowser(server)
  await other.open(`${server.issuer}/account`)
  await other.signIn(person)
})
await measured('sign-out by id_token_hint', () => endSessionBySid(deps, sub, filled.sids[2500] ?? ''))
await measured('disconnecting an app of many connections', () =>
  store.grants.revokeByUserAndClient(sub, filled.clientIds[0] ?? '', deps.now(), 'test'),
)
const [own] = await store.sessions.newest({ sub, now: deps.now(), limit: 1 })
if (!own) throw new Error('no session')
await measured('signing out everywhere else, with all apps', () =>
  endOtherSessions(deps, { session: own, user: person.user }, { disconnect: true }),
)
const again = await fillAccount(server, sub, sizes)
await measured('deleting the account', () => store.users.remove(sub, deps.now()))
if (await store.users.find(sub)) throw new Error('still there')
console.info(`${again.sids.length} sessions and ${sizes.connections} connections, twice`)
await server.close()
await store.close()
remove()
