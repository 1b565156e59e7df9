// Owns the authorization server of the demo: the built program in a process of its own, on data of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const program = path.resolve(import.meta.dirname, '../../dist/main.js')

export type Grantor = Awaited<ReturnType<typeof createGrantor>>

/** A server that keeps its database and master key in `folder`, configured with `settings`; nothing runs yet. */
export async function createGrantor(folder: string, port: number, settings: Record<string, string> = {}) {
  const issuer = `http://localhost:${port}`
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('GRANTOR_'))
  const env = {
    ...Object.fromEntries(foreign),
    GRANTOR_ISSUER: issuer,
    GRANTOR_PORT: String(port),
    GRANTOR_DATABASE_URL: `file:${path.join(folder, 'grantor.db')}`,
    GRANTOR_MASTER_KEY_FILE: path.join(folder, 'master.key'),
    ...settings,
  }
  let running: ChildProcess | undefined

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = running
    running = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  return {
    issuer,
    /** Starts the server; resolves when it says that it is ready. */
    async start(): Promise<void> {
      const child = spawn(process.execPath, [program, 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      running = child
      let log = ''
      child.stdout.on('data', (chunk) => {
        log += chunk
      })
      while ((await readiness(issuer)) !== 200) {
        if (child.exitCode !== null) throw new Error(`the server did not start:\n${log}`)
        await sleep(50)
      }
    },
    /** `kill -9`: no chance to tidy up. */
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    /** Runs one command of the command line beside the server; gives what --json printed. */
    cli(args: string[], stdin = ''): Promise<Record<string, string>> {
      return new Promise((resolve, reject) => {
        const child = execFile(process.execPath, [program, ...args, '--json'], { env }, (error, stdout) => {
          if (error) reject(error)
          else resolve(JSON.parse(stdout))
        })
        child.stdin?.end(stdin)
      })
    },
    async remove(): Promise<void> {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function readiness(issuer: string): Promise<number> {
  return fetch(`${issuer}/health/ready`).then(
    (response) => response.status,
    () => 0,
  )
}

/** The preferred port if it is free, else one that is. */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer()
  const port = await new Promise<number | undefined>((resolve) => {
    probe.once('error', () => resolve(undefined))
    probe.listen(preferred, '127.0.0.1', () => resolve((probe.address() as { port: number }).port))
  })
  if (port === undefined) return freePort()
  await new Promise((resolve) => probe.close(resolve))
  return port
}
