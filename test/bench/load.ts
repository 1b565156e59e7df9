// Owns the load: sends the requests of one job over open connections and times every answer.
// Runs as a process of its own, so that what it costs is not measured as the server's.
import { type Answer, type Blank, type Connection, connect, filled } from './connection.js'
import { takeJob } from './forked.js'

export type Job = {
  /** The connections are shared out evenly. */
  ports: number[]
  connections: number
  seconds: number
  work: /** The same requests over and over. */
    | { kind: 'repeat'; requests: string[] }
    /** Each request once; the run ends when they are used up. */
    | { kind: 'consume'; requests: string[] }
    /** One refresh token per connection: each answer's `refresh_token` makes the next request. */
    | { kind: 'chain'; next: Blank; tokens: string[] }
    /** The code of each answer makes a second request on the same connection; both count as one. */
    | { kind: 'flow'; requests: string[]; next: Blank }
  /** What a good answer contains; its status is 200, or 303 for `redirect`. */
  contains: string
  /** A good answer is a redirect, and its head is looked at instead of its body. */
  redirect?: boolean
  /** A connection sends at this pace instead of at once; an answer that is late makes the next ones late, too. */
  everyMs?: number
}

export type Result = {
  answers: number
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  longest: number
  /** The body of the last good answer, or the head of a redirect. */
  sample: string
  /** What was wrong with the first bad answer. */
  failure?: string
}

/** What follows a redirect with a code. */
function second({ work }: Job, { status, head }: Answer): string | undefined {
  const code = work.kind === 'flow' && status === 303 ? /[?&]code=([^&\r]+)/.exec(head)?.[1] : undefined
  return work.kind === 'flow' && code !== undefined ? filled(work.next, decodeURIComponent(code)) : undefined
}

type Supply = (connection: number, previous: Answer | undefined) => string | undefined

function supplyOf({ work }: Job): Supply {
  if (work.kind === 'chain') {
    return (connection, previous) => {
      const token = previous ? /"refresh_token":"([^"]+)"/.exec(previous.body)?.[1] : work.tokens[connection]
      if (token === undefined) throw new Error(`no refresh token in the answer: ${previous?.body}`)
      return filled(work.next, token)
    }
  }
  let used = 0
  if (work.kind === 'consume') return () => work.requests[used++]
  return () => work.requests[used++ % work.requests.length]
}

/** Connects first, then sends one request at a time on every connection until the time or the supply is over. */
async function run(job: Job): Promise<Result> {
  const latencies: number[] = []
  let failure: string | undefined
  let sample = ''
  let broken: (error: Error) => void = () => {}
  const breaks = new Promise<never>((_, reject) => {
    broken = reject
  })
  const port = (index: number) => job.ports[index % job.ports.length] as number
  const opened = await Promise.all(
    Array.from({ length: job.connections }, (_, index) => connect(port(index), broken)),
  )
  const supply = supplyOf(job)
  const start = performance.now()
  const end = start + job.seconds * 1000
  let last = start

  const drive = (connection: Connection, index: number) =>
    new Promise<void>((resolve, reject) => {
      let sent = start
      let due = start
      const send = (text: string, now: number) => {
        due = job.everyMs === undefined ? now : due + job.everyMs
        sent = due
        if (due <= now) return connection.send(text, step)
        setTimeout(() => {
          sent = performance.now()
          connection.send(text, step)
        }, due - now)
      }
      const step = (answer?: Answer) => {
        const further = answer && second(job, answer)
        if (further !== undefined) return connection.send(further, step)
        const now = performance.now()
        if (answer !== undefined) {
          latencies.push(now - sent)
          last = now
          const told = job.redirect ? answer.head : answer.body
          if (answer.status !== (job.redirect ? 303 : 200) || !told.includes(job.contains)) {
            failure ??= `${answer.head}\n\n${answer.body}`.slice(0, 2000)
          } else {
            sample = told
          }
        }
        try {
          const next = now < end && failure === undefined ? supply(index, answer) : undefined
          if (next === undefined) return resolve()
          send(next, now)
        } catch (error) {
          reject(error)
        }
      }
      step()
    })
  try {
    await Promise.race([Promise.all(opened.map(drive)), breaks])
  } catch (error) {
    failure ??= String(error)
  }
  for (const connection of opened) connection.close()

  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  return {
    answers: latencies.length,
    perSecond: (latencies.length * 1000) / (last - start || 1),
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    sample,
    ...(failure !== undefined && { failure }),
  }
}

takeJob(run)
