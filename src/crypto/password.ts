// Owns password hashing: argon2id in threads of its own, behind a bounded queue.
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { OAuthError } from '../protocol/error.js'
import type { PreparedPassword } from '../protocol/password.js'

export type PasswordHasher = {
  /** An encoded argon2id hash, of the prepared form alone. Throws OAuthError temporarily_unavailable (503) when the queue is full. */
  hash(password: PreparedPassword): Promise<string>
  /** Whether the text matches, which older hashes are of as it was typed; without a hash it takes as long and is false. Throws like `hash`. */
  verify(hash: string | undefined, password: string): Promise<boolean>
  /** Ends the threads; what is still queued is refused. */
  close(): Promise<void>
}

export type PasswordHasherOptions = {
  /** Hashes at the same time, each with 19 MiB; 1 unless said. */
  readonly threads?: number | undefined
  /** How many may wait; 100 unless said. */
  readonly queue?: number | undefined
}

/** OWASP Password Storage; the argon2 module's algorithm 2 is argon2id. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Of the same cost as a real one, and the hash of nothing: compared when there is no such account. */
const nobody = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** A hash of the PHC string format with a salt and a tag no shorter than ours. */
const encoded =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$[A-Za-z0-9+/]{22,86}\$[A-Za-z0-9+/]{43,86}$/

/** Whether the hash was made with any cost below those of today, or is none of argon2id at all. */
export function needsRehash(hash: string): boolean {
  const [, memory, time, lanes] = encoded.exec(hash) ?? []
  const { memoryCost, timeCost, parallelism } = parameters
  return !(Number(memory) >= memoryCost && Number(time) >= timeCost && Number(lanes) >= parallelism)
}

type Task = { readonly password: string; readonly hash?: string }
type Answer = { readonly value: string | boolean } | { readonly fault: string }
type Job = {
  readonly task: Task
  readonly resolve: (value: string | boolean) => void
  readonly reject: (error: unknown) => void
}

/** Plain source, so that it runs the same from compiled files and from TypeScript ones. */
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads')
const { hashSync, verifySync } = require(workerData.modulePath)
const run = ({ password, hash }) =>
  hash === undefined ? hashSync(password, workerData.parameters) : verifySync(hash, password)
parentPort.on('message', (task) => {
  try {
    parentPort.postMessage({ value: run(task) })
  } catch (error) {
    parentPort.postMessage({ fault: String(error) })
  }
})
`

/**
 * Makes the hasher. Its threads start with the first password and keep no process alive while idle. They
 * are apart from the pool of libuv, where a burst of sign-ins would hold up every signature.
 */
export function createPasswordHasher({
  threads = 1,
  queue = 100,
}: PasswordHasherOptions = {}): PasswordHasher {
  const waiting: Job[] = []
  const idle: Worker[] = []
  const busy = new Map<Worker, Job>()
  let closed = false

  function submit(task: Task): Promise<string | boolean> {
    return new Promise((resolve, reject) => {
      if (closed || waiting.length >= queue) return reject(unavailable('password queue is full or closed'))
      waiting.push({ task, resolve, reject })
      dispatch()
    })
  }

  function dispatch(): void {
    while (waiting.length > 0 && (idle.length > 0 || busy.size < threads)) {
      const job = waiting.shift()
      const worker = idle.pop() ?? startWorker()
      if (!job) return
      busy.set(worker, job)
      worker.ref()
      worker.postMessage(job.task)
    }
  }

  function startWorker(): Worker {
    const modulePath = createRequire(import.meta.url).resolve('@node-rs/argon2')
    const worker = new Worker(workerSource, {
      eval: true,
      execArgv: [],
      workerData: { modulePath, parameters },
    })
    worker.on('message', (answer: Answer) => {
      const job = busy.get(worker)
      busy.delete(worker)
      idle.push(worker)
      worker.unref()
      if ('value' in answer) job?.resolve(answer.value)
      else job?.reject(new Error(`argon2: ${answer.fault}`))
      dispatch()
    })
    worker.on('error', (error) => lose(worker, error))
    worker.on('exit', () => lose(worker))
    return worker
  }

  /** A thread that died takes its own job with it; the next job starts another. */
  function lose(worker: Worker, cause?: unknown): void {
    const job = busy.get(worker)
    busy.delete(worker)
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1)
    job?.reject(unavailable('password thread ended', cause))
    dispatch()
  }

  return {
    hash: async (password) => String(await submit({ password })),
    verify: async (hash, password) => {
      const matches = await submit({ password, hash: hash ?? nobody })
      return matches === true && hash !== undefined
    },
    close: async () => {
      closed = true
      for (const job of waiting.splice(0)) job.reject(unavailable('password queue closed'))
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()))
    },
  }
}

function unavailable(reason: string, cause?: unknown): OAuthError {
  return new OAuthError(
    'temporarily_unavailable',
    'Too many sign-ins at the moment, try again in a few seconds',
    {
      reason,
      cause,
      headers: { 'Retry-After': '2' },
    },
  )
}
