// Owns `npm run bench -- --grown`: the rows on databases of growing size, and how long a great sweep holds the loop.
import { copyFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { request } from './connection.js'
import { inProcess } from './forked.js'
import type { Grantor } from './grantor.js'
import type { Job, Result } from './load.js'
import { entrant, takeTurns, type Warm, warmUp } from './measure.js'
import { expiredLeft, plantCustomers, plantExpired } from './planted.js'
import { serviceTokens, tokens } from './prepare.js'
import { line, verdict } from './report.js'
import { apis, type Contestant } from './scenario.js'
import { freePort } from './server-process.js'
import { signedIn } from './sessions.js'
import type { Workload } from './workloads.js'

const sizes = [1_000, 100_000, 1_000_000]
const swept = 1_000_000
/** The first sweep comes a minute after the start. */
const patienceMs = 600_000

export type Length = { connections: number[]; seconds: number; rounds: number }

/** On copies of the bench's database, each with a server of its own; they take turns. */
export async function grownSection(
  grantor: Grantor,
  workloads: readonly Workload[],
  length: Length,
): Promise<void> {
  const server = await grantor.start()
  try {
    await serviceTokens(server, 1)
    await tokens(server, await signedIn(server, grantor.clients.web.id, apis.es256), 1)
  } finally {
    await server.stop()
  }

  const running: Contestant[] = []
  const startOn = async (name: string, plant: (file: string) => void) => {
    const file = path.join(path.dirname(grantor.file), `${name}.db`)
    copyFileSync(grantor.file, file)
    plant(file)
    const port = String(await freePort())
    const own = { GRANTOR_PORT: port, GRANTOR_ISSUER: `http://127.0.0.1:${port}` }
    const started = await grantor.start({ ...own, GRANTOR_DATABASE_URL: `file:${file}` })
    running.push(started)
    return { file, started }
  }
  try {
    if (workloads.length > 0) console.log('databases with so many users, clients and grants')
    const servers: Contestant[] = []
    for (const size of workloads.length > 0 ? sizes : []) {
      const { file, started } = await startOn(`grown-${size}`, (empty) =>
        plantCustomers(empty, grantor.clients, size),
      )
      servers.push(started)
      const megabytes = `${(statSync(file).size / 1e6).toFixed(0)} MB`
      line(`${size.toLocaleString('en')} of each`, megabytes)
    }
    if (workloads.length > 0)
      console.log('\nrequests/s, CPU per request, and the share of the rate on the smallest')
    for (const workload of workloads) await compare(workload, servers, length)
    for (const one of running.splice(0)) await one.stop()
    const full = await startOn('sweep', (empty) => plantExpired(empty, grantor.clients, swept))
    await watchSweep(full.started, full.file)
  } finally {
    for (const one of running) await one.stop()
  }
}

async function compare(workload: Workload, servers: Contestant[], length: Length): Promise<void> {
  const warm: Record<string, Warm> = {}
  for (const [i, server] of servers.entries())
    warm[String(sizes[i])] = await warmUp(entrant(workload, server), length.seconds)
  for (const connections of length.connections) {
    const turns = { connections, seconds: length.seconds, rounds: length.rounds }
    const measured = Object.values(await takeTurns(warm, turns))
    const [small] = measured
    const shares = measured.map((one) => one.perSecond / (small?.perSecond ?? 0))
    const cells = measured.map(
      ({ perSecond, microseconds }, i) =>
        `${perSecond.toFixed(0)}/s ${microseconds.toFixed(0)} us ${shares[i]?.toFixed(2)}`,
    )
    const name = `${workload.name}, ${connections}`.padEnd(30)
    const row = name + cells.map((cell) => cell.padStart(22)).join('')
    console.log(`${row}  ${verdict(Math.min(...shares) >= 0.9, 'at least 0.90')}`)
  }
}

/** Asks every 5 ms whether the server is alive, from before the sweep until it is over. */
async function watchSweep(server: Contestant, file: string): Promise<void> {
  const text = request('GET', new URL(`${server.issuer}/health/live`))
  const watch = async () => {
    const job = await inProcess<Job, Result>('load.ts')
    const result = await job({
      ports: [server.port],
      connections: 1,
      seconds: 1,
      everyMs: 5,
      work: { kind: 'repeat', requests: [text] },
      contains: '',
    })
    if (result.failure !== undefined) throw new Error(`while sweeping: ${result.failure}`)
    return result
  }
  const end = performance.now() + patienceMs
  const longest = { all: 0, some: 0 }
  let began: number | undefined
  for (let left = expiredLeft(file); left !== 'none'; ) {
    if (performance.now() > end) throw new Error('the sweep does not end')
    const result = await watch()
    left = expiredLeft(file)
    if (left !== 'all') began ??= performance.now() - 1000
    const phase = began === undefined ? 'all' : 'some'
    longest[phase] = Math.max(longest[phase], result.longest)
  }
  const took = ((performance.now() - (began ?? end)) / 1000).toFixed(0)
  console.log('')
  line(`sweep of ${swept.toLocaleString('en')} expired grants`, `${took} s`)
  line('longest answer before it', `${longest.all.toFixed(1)} ms`)
  line(
    'longest answer during it',
    `${longest.some.toFixed(1)} ms`,
    verdict(longest.some <= 50, 'at most 50 ms'),
  )
}
