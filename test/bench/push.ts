// Owns the section about the push: what a thousand listeners cost the server, and how soon they hear.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { inProcess } from './forked.js'
import type { Listening, Told } from './listeners.js'
import type { Job, Result } from './load.js'
import { line, median, verdict } from './report.js'
import { apis, basic, type Contestant } from './scenario.js'
import { residentMegabytes } from './server-process.js'
import { clientCredentialsEs256 } from './workloads.js'

const count = 1000
const revocations = 10
const goal = { megabytes: 100, ratio: 0.9, milliseconds: 250 }

export async function pushSection(
  ours: Contestant,
  length: { seconds: number; rounds: number },
): Promise<void> {
  const rounds = Math.max(length.rounds, 2)
  // Warms up, and gives the client its grant, so that there is a list.
  await tokensPerSecond(ours, 1)
  const quiet: number[] = []
  const listened: number[] = []
  const grown: number[] = []
  const delays: number[] = []
  for (let round = 0; round < rounds; round++) {
    quiet.push(await tokensPerSecond(ours, length.seconds))
    const before = residentMegabytes(ours.pid)
    const crowd = await listen(ours)
    grown.push(residentMegabytes(ours.pid) - before)
    listened.push(await tokensPerSecond(ours, length.seconds))
    for (let n = 0; n < revocations; n++) delays.push(...(await timeToHear(ours, crowd)))
    crowd.kill()
    await once(crowd, 'exit')
  }
  console.log(`\npush of revocations to ${count} listeners`)
  const megabytes = Math.max(...grown)
  line(
    'memory',
    `${megabytes.toFixed(0)} MB`,
    verdict(megabytes <= goal.megabytes, `at most ${goal.megabytes} MB`),
  )
  // Of each round by itself: what else the machine does changes between them.
  const ratio = median(listened.map((one, round) => one / (quiet[round] as number)))
  line(
    '/token beside them',
    `${ratio.toFixed(2)} of its rate`,
    verdict(ratio >= goal.ratio, `at least ${goal.ratio}`),
  )
  delays.sort((a, b) => a - b)
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? Number.NaN
  line(
    'from the answer of /revoke',
    `p50 ${at(0.5).toFixed(0)} ms, last ${at(1).toFixed(0)} ms`,
    verdict(at(1) <= goal.milliseconds, `all within ${goal.milliseconds} ms`),
  )
}

async function tokensPerSecond(ours: Contestant, seconds: number): Promise<number> {
  const load = await inProcess<Job, Result>('load.ts')
  const work = await clientCredentialsEs256.prepare(ours, 1, 1)
  const result = await load({ ports: [ours.port], connections: 16, seconds, ...work })
  if (result.failure !== undefined) throw new Error(`/token beside listeners: ${result.failure}`)
  return result.perSecond
}

async function listen(ours: Contestant): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, 'listeners.ts'), { execArgv: ['--import', 'tsx'] })
  const { authorization = '' } = basic(ours.clients.api)
  child.send({ port: ours.port, path: '/status-lists/1/events', authorization, count } satisfies Listening)
  await told(child)
  return child
}

function told(child: ChildProcess): Promise<Told> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the listeners ended before they were done'))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Told)
    })
  })
}

/** Revokes a token; the milliseconds until each listener has heard, counted from the answer. */
async function timeToHear(
  { clients, endpoints, port, issuer }: Contestant,
  crowd: ChildProcess,
): Promise<number[]> {
  const post = (url: URL, fields: Record<string, string>) =>
    fetch(url, { method: 'POST', headers: basic(clients.service), body: new URLSearchParams(fields) })
  const { identifier: resource, scope } = apis.es256
  const answer = await post(endpoints.token, { grant_type: 'client_credentials', resource, scope })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const { status } = await post(new URL(`${issuer}/revoke`), { token })
  if (status !== 200) throw new Error(`/revoke at port ${port} answered ${status}`)
  const revokedAt = performance.timeOrigin + performance.now()
  crowd.send('tell')
  const news = await told(crowd)
  if (news === 'open' || news.heardAt.length !== count)
    throw new Error('not every listener heard of a revocation')
  return news.heardAt.map((at) => at - revokedAt)
}
