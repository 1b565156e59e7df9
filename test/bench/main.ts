// Owns `npm run bench`: our built server on a file database against oidc-provider in memory, taking turns.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { equalTimeSection, startMailSink } from './equal-time.js'
import { type Grantor, setUpGrantor } from './grantor.js'
import { grownSection } from './grown.js'
import { startLimit } from './limit.js'
import { entrant, takeTurns, warmUp } from './measure.js'
import { createDatabase, nodesSection } from './nodes.js'
import { startPeer } from './peer.js'
import { pushSection } from './push.js'
import { heading, machine, type Row, ratio, show } from './report.js'
import type { Contestant, Keys } from './scenario.js'
import { signInSection } from './sign-in.js'
import { soakSection } from './soak.js'
import { statusListSection } from './status-lists.js'
import { verifySection } from './verify.js'
import { type Workload, workloads } from './workloads.js'

const usage = `npm run bench -- [options]
  --quick              16 connections, one short round: does it run, and about how fast
  --only A,B           workloads whose name contains one of these words; the sections after the table are
                       'sign-in', 'verify', 'status lists', 'push' and 'equal-time'
  --connections 1,16   default 1,16,64
  --seconds N          per server, workload and round; default 2
  --rounds N           default 3; the median counts
  --grown              instead of all this, our rows on databases with 10^3, 10^5 and 10^6 users, clients and grants
                       (default 16 connections), and the sweep of 10^6 grants
  --postgres           instead, our rows on PostgreSQL with one node and with two (default 16 connections), in a
                       database of its own on the server of GRANTOR_TEST_POSTGRES_URL, else on the one that
                       answers on 127.0.0.1:5432, else on a temporary one
  --soak MINUTES       instead, a mix of our rows for so long: resident memory every 30 s, and whether it stays flat
  --profile FOLDER     write a CPU profile of our server there when it stops
Ends with 1 when any answer was wrong.`

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    connections: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
    grown: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    soak: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const connections = (flags.connections ?? (flags.quick || flags.grown || flags.postgres ? '16' : '1,16,64'))
  .split(',')
  .map(Number)
const seconds = Number(flags.seconds ?? (flags.quick ? 0.5 : 2))
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3))
const isChosen = (name: string) => flags.only?.split(',').some((word) => name.includes(word)) ?? true
const chosen = workloads.filter(({ name }) => isChosen(name))
const sections = ['sign-in', 'verify', 'status lists', 'push', 'equal-time'].filter(isChosen)
const length = { connections, seconds, rounds }
const minutes = Number(flags.soak ?? 1)
const numbers = [...connections, seconds, rounds, minutes]
if (flags.help || chosen.length + sections.length === 0 || !numbers.every((number) => number > 0)) {
  console.error(usage)
  process.exit(flags.help ? 0 : 2)
}

async function compare(workload: Workload, ours: Contestant, peer: Contestant, keys: Keys): Promise<Row[]> {
  const first = await warmUp(entrant(workload, ours), seconds)
  const second = await warmUp(entrant(workload, peer), seconds)
  const limit = await startLimit(folder, workload.name, keys, first.like)
  running.push(limit)
  const all = { ours: first, peer: second, limit: await warmUp(limit, seconds) }
  const rows: Row[] = []
  for (const lanes of connections) {
    const measured = await takeTurns(all, { connections: lanes, seconds, rounds })
    const row = { workload: workload.name, connections: lanes, ...measured }
    rows.push(row)
    console.log(show(row))
  }
  await limit.stop()
  return rows
}

async function table(ours: Contestant, peer: Contestant, keys: Keys): Promise<void> {
  console.log(heading)
  const rows: Row[] = []
  for (const workload of chosen) rows.push(...(await compare(workload, ours, peer, keys)))
  const slower = rows.filter((row) => ratio(row) < 1)
  console.log(`\n${rows.length - slower.length} of ${rows.length} rows at or above 1.00`)
}

/** On a server by itself: the other one would only disturb it. */
async function equalTime(start: (settings: Record<string, string>) => Promise<Contestant>): Promise<void> {
  const sink = await startMailSink()
  try {
    const server = await start({ GRANTOR_SMTP_URL: sink.url, GRANTOR_REGISTRATION: 'on' })
    await equalTimeSection(server, { quick: flags.quick }).finally(server.stop)
  } finally {
    sink.stop()
  }
}

/** The table, and the sections after it. */
async function versus(grantor: Grantor): Promise<void> {
  const ours = await grantor.start()
  running.push(ours)
  const peer = await startPeer(folder, grantor.clients, grantor.keys, grantor.subs)
  running.push(peer)
  const peerPackage = path.resolve('node_modules/oidc-provider/package.json')
  console.log(
    `ready after ${grantor.readyAfterMs.toFixed(0)} ms on an existing database (median of 3 starts)`,
  )
  console.log(`idle: ${grantor.idleMegabytes.toFixed(0)} MB resident`)
  console.log(`peer: oidc-provider ${JSON.parse(readFileSync(peerPackage, 'utf8')).version}, in memory\n`)
  if (chosen.length > 0) await table(ours, peer, grantor.keys)
  if (sections.includes('sign-in')) await signInSection(ours, grantor.passwordHash, { seconds, rounds })
  if (sections.includes('verify')) await verifySection(ours, { rounds, seconds })
  if (sections.includes('status lists')) await statusListSection({ rounds })
  if (sections.includes('push')) await pushSection(ours, { seconds, rounds })
  for (const server of running.splice(0)) await server.stop()
  if (sections.includes('equal-time')) await equalTime(grantor.start)
}

async function onPostgres(): Promise<void> {
  const database = await createDatabase()
  try {
    const grantor = await setUpGrantor(folder, flags.profile, database.url)
    await nodesSection(grantor, database, chosen, length)
  } finally {
    await database.drop()
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'grantor-bench-'))
const running: { stop(): Promise<void> }[] = []
try {
  console.log(`${machine()}\n`)
  if (flags.grown) await grownSection(await setUpGrantor(folder, flags.profile), chosen, length)
  else if (flags.postgres) await onPostgres()
  else if (flags.soak !== undefined)
    await soakSection(await setUpGrantor(folder, flags.profile), folder, minutes)
  else await versus(await setUpGrantor(folder, flags.profile))
} finally {
  for (const server of running) await server.stop()
  rmSync(folder, { recursive: true })
}
