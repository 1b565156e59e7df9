// Owns how the examples are run: what each needs, and processes on free ports, ended by their ids.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../examples/demo/grantor.js'

export const examples = path.resolve(import.meta.dirname, '../../examples')

export type Program = readonly [command: string, ...args: string[]]
export type Settings = Readonly<Record<string, string>>
export type Running = Awaited<ReturnType<typeof launch>>

export type Example = {
  readonly name: string
  /** Programs that succeed where it can run. */
  readonly needs: readonly Program[]
  /** Milliseconds that requests may wait for an issuer that does not answer; 1000 unless said. */
  readonly patience?: number
  /** Run once, before it is started for the first time; what it makes goes into this folder. */
  prepare?(folder: string): void
  /** Starts it with ISSUER and AUDIENCE; resolves when it answers. */
  start(settings: Settings, folder: string): Promise<Running>
}

export const python: Example = {
  name: 'python',
  needs: [['/usr/bin/python3', '-c', 'import cryptography, jwt']],
  start: (settings) => startApi([path.join(examples, 'python/api.py')], settings),
}

const goPath = { GOPATH: '/usr/share/gocode', GO111MODULE: 'off' }

export const go: Example = {
  name: 'go',
  needs: [['go', 'list', 'gopkg.in/square/go-jose.v2/jwt']],
  prepare(folder) {
    // In its folder: outside of modules Go takes no absolute path.
    const built = run(['go', 'build', '-o', path.join(folder, 'api')], path.join(examples, 'go'))
    if (built.status !== 0) throw new Error(`go build: ${built.stderr}`)
  },
  start: (settings, folder) => startApi([path.join(folder, 'api')], settings),
}

// These take grantor/verify from `dist/`, as an app takes it from the package.
export const verifyNode = typescript('verify-node')
export const verifyExpress = typescript('verify-express')
export const verifyHono = typescript('verify-hono')

function typescript(name: string): Example {
  const file = path.join(examples, `${name}.ts`)
  return { name, needs: [], patience: 6000, start: (settings) => startTypescript(file, settings) }
}

/** Starts an API that is a file in TypeScript; resolves when it answers. */
export function startTypescript(file: string, settings: Settings): Promise<Running> {
  return startApi([process.execPath, '--import', 'tsx', file], settings)
}

/** Whether it cannot run here, with the reason printed; a continuous integration must be able to run all. */
export function missing({ name, needs }: Example): boolean {
  const lacking = needs.find((program) => run(program).status !== 0)
  if (lacking === undefined) return false
  const reason = `the example ${name} cannot run here: «${lacking.join(' ')}» fails`
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped: ${reason}`)
  return true
}

function run([command, ...args]: Program, cwd = examples) {
  return spawnSync(command, args, { cwd, env: { ...process.env, ...goPath }, encoding: 'utf8' })
}

async function startApi(program: Program, settings: Settings): Promise<Running> {
  const port = await freePort()
  return launch(program, { ...settings, PORT: String(port) }, port)
}

/** Starts a program that listens on this port; resolves when it answers. */
export async function launch([command, ...args]: Program, settings: Settings, port: number) {
  const url = `http://127.0.0.1:${port}/`
  const env = { ...process.env, ...settings }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk
    })
  }
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${command} did not start:\n${log}`)
    await sleep(30)
  }
  const call = (token?: string, headers: Record<string, string> = {}) =>
    fetch(url, { headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers } })
  return {
    url,
    port,
    log: () => log,
    call,
    /** The status that a token is answered with. */
    status: async (token: string) => (await call(token)).status,
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  )
