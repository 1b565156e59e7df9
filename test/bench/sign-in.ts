// Owns the section `sign-in`: how fast people sign in, and whether everybody else is still served meanwhile.
import { request } from './connection.js'
import { inProcess } from './forked.js'
import type { Hashes } from './hashes.js'
import type { Job, Result } from './load.js'
import { authorizeUrl } from './prepare.js'
import { line, median, verdict } from './report.js'
import { type Contestant, people, user } from './scenario.js'
import { everybody, everyonesErrand } from './sessions.js'
import type { SignIns } from './sign-ins.js'
import { clientCredentialsEs256 } from './workloads.js'

/** Enough that the thread that hashes always has the next one waiting. */
const busyLanes = 16
const crowdLanes = 100
/** Between two requests to an endpoint that is watched. */
const everyMs = 20
const goal = { ratio: 0.9, p99: 100 }

type Length = { seconds: number; rounds: number }

/**
 * Measures and prints.
 * @param passwordHash of everybody's password, as our server keeps it
 */
export async function signInSection(ours: Contestant, passwordHash: string, length: Length): Promise<void> {
  // What is signed in here has consented, and has warmed the server up.
  await everybody(ours)
  await throughput(ours, passwordHash, { ...length, seconds: Math.max(length.seconds, 2) })
  await company(ours, Math.max(length.seconds, 5))
}

async function throughput(ours: Contestant, hash: string, { seconds, rounds }: Length): Promise<void> {
  const all: { pages: number; library: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const alone = await inProcess<Hashes, { perSecond: number }>('hashes.ts')
    const library = await alone({ hash, password: user.password, seconds })
    const signIns = await crowd(ours, busyLanes)
    all.push({ library: library.perSecond, pages: (await signIns(seconds)).perSecond })
  }
  const pages = median(all.map((one) => one.pages))
  const library = median(all.map((one) => one.library))
  // Of each round by itself: what else the machine does changes between them.
  const ratio = median(all.map((one) => one.pages / one.library))
  console.log(`\nsign-in, ${busyLanes} browsers at once`)
  line('sign-ins through the pages', `${pages.toFixed(1)} /s`)
  line('argon2 library alone', `${library.toFixed(1)} hashes/s`)
  line('ratio', ratio.toFixed(2), verdict(ratio >= goal.ratio, `at least ${goal.ratio.toFixed(2)}`))
}

/** The watch begins with the rush of the first hundred requests, and ends before the last sign-ins do. */
async function company(ours: Contestant, seconds: number): Promise<void> {
  const health = request('GET', new URL('/health/ready', ours.issuer))
  const watched: [string, Pick<Job, 'work' | 'contains'>][] = [
    ['/health/ready', { work: { kind: 'repeat', requests: [health] }, contains: '"ready"' }],
    ['/token', await clientCredentialsEs256.prepare(ours, 1, 1)],
  ]
  const signIns = await crowd(ours, crowdLanes)
  const watches = await Promise.all(
    watched.map(async ([name, job]) => ({ name, job, watch: await inProcess<Job, Result>('load.ts') })),
  )
  const running = signIns(seconds)
  const results = watches.map(async ({ name, job, watch }) => {
    const result = await watch({ ports: [ours.port], connections: 1, seconds, everyMs, ...job })
    if (result.failure !== undefined) throw new Error(`${name} beside sign-ins: ${result.failure}`)
    return { name, ...result }
  })
  const [measured] = await Promise.all([Promise.all(results), running])
  console.log(`\nbeside ${crowdLanes} sign-ins at once, a request every ${everyMs} ms for ${seconds} s`)
  for (const { name, p50, p99 } of measured) {
    const times = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`
    line(name, times, verdict(p99 < goal.p99, `p99 under ${goal.p99} ms`))
  }
}

/** Ready to sign so many people in, over and over. */
async function crowd(ours: Contestant, lanes: number) {
  const run = await inProcess<SignIns, { perSecond: number }>('sign-ins.ts')
  const start = authorizeUrl(ours, everyonesErrand(ours)).href
  const usernames = people.slice(0, lanes).map(({ username }) => username)
  return (seconds: number) => run({ start, usernames, seconds })
}
