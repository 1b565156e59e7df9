// Owns how each example is run: what it needs, and a process of its own on a free port, ended by its id.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { freePort } from '../../examples/demo/grantor.js'

export const examples = path.resolve(import.meta.dirname, '../../examples')

export type Program = readonly [command: string, ...args: string[]]
export type Example = {
  readonly name: string
  /** Programs that succeed where it can run. */
  readonly needs: readonly Program[]
  /** Made ready once, for example compiled: gives what runs it. */
  prepare(): Program
}

export const python: Example = {
  name: 'python/api.py',
  needs: [['/usr/bin/python3', '-c', 'import cryptography, jwt']],
  prepare: () => [path.join(examples, 'python/api.py')],
}

const goPath = { GOPATH: '/usr/share/gocode', GO111MODULE: 'off' }

export const go: Example = {
  name: 'go',
  needs: [['go', 'list', 'gopkg.in/square/go-jose.v2/jwt']],
  prepare() {
    const program = path.join(mkdtempSync(path.join(tmpdir(), 'grantor-go-')), 'api')
    // In its folder: outside of modules Go takes no absolute path.
    const built = run(['go', 'build', '-o', program], path.join(examples, 'go'))
    if (built.status !== 0) throw new Error(`go build: ${built.stderr}`)
    return [program]
  },
}

/** Why it cannot run here, printed for whoever wonders; a continuous integration must be able to run all. */
export function missing(name: string, needs: readonly Program[]): boolean {
  const lacking = needs.find((program) => run(program).status !== 0)
  if (lacking === undefined) return false
  const reason = `${name} cannot run here: «${lacking.join(' ')}» fails`
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped: ${reason}`)
  return true
}

function run([command, ...args]: Program, cwd = examples) {
  return spawnSync(command, args, { cwd, env: { ...process.env, ...goPath }, encoding: 'utf8' })
}

export type Running = Awaited<ReturnType<typeof start>>

/** Starts a program with these settings besides PORT; resolves when it answers. */
export async function start(program: Program, settings: Record<string, string>) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const child = await launch(program, { ...settings, PORT: String(port) }, url)
  const call = (token?: string, headers: Record<string, string> = {}) =>
    fetch(url, { headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers } })
  return {
    ...child,
    call,
    /** The status that a token is answered with. */
    status: async (token: string) => (await call(token)).status,
  }
}

/** A running program, once something answers at `url`. */
export async function launch([command, ...args]: Program, settings: Record<string, string>, url: string) {
  const child = spawn(command, args, {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
  return {
    url,
    log: () => log,
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

/** Waits, for a second more than `seconds`, until this holds. */
export async function within(seconds: number, holds: () => Promise<void>): Promise<void> {
  await expect
    .poll(() => holds().then(() => true), { timeout: (seconds + 1) * 1000, interval: 100 })
    .toBe(true)
}
