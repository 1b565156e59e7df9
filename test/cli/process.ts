// Runs the built program as others do: a process, an environment, signals.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = path.resolve(import.meta.dirname, '../..')
const program = path.join(root, 'dist/main.js')
const children: ChildProcess[] = []

/** Ends whatever a test has left running. */
export function endAll(): void {
  for (const child of children) child.kill('SIGKILL')
}

/** Brings dist/ up to date, so that it is never an older program that is tested. */
export function build(): void {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  spawnSync(process.execPath, [compiler, '-p', path.join(root, 'tsconfig.build.json')])
}

export type Environment = Record<string, string>

export type Running = {
  child: ChildProcess
  stderr(): string
  /** The lines of the log, each parsed. */
  log(): Record<string, unknown>[]
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

/** Starts the server and resolves when its log says that it is ready; rejects if it ends before. */
export async function start(env: Environment): Promise<Running> {
  const child = spawn(process.execPath, [program, 'start'], {
    env: clean(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.err += chunk
  })
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const lines = () => text.out.split('\n').slice(0, -1)
  const log = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>)
  while (!log().some(({ msg }) => msg === 'ready')) {
    const early = await Promise.race([ended, sleep(20)])
    if (early !== undefined) throw new Error(`the server ended with ${early}: ${text.err}`)
  }
  return { child, stderr: () => text.err, log, ended }
}

export type Done = { code: number; out: string; err: string }

/** Runs one command to its end. */
export function grantor(env: Environment, args: string[], stdin = ''): Promise<Done> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env: clean(env) }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
    child.stdin?.end(stdin)
  })
}

function clean(env: Environment): Environment {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GRANTOR_'))
  return { ...Object.fromEntries(inherited), ...env } as Environment
}
