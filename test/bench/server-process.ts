// Owns server processes: starts one, waits until it answers, reads its memory, ends it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

export type ServerProcess = {
  pid: number
  /** From spawn to the first good answer. */
  readyAfterMs: number
  stop(): Promise<void>
}

const patienceMs = 20_000

/** Runs `node` with these arguments until `probe` answers 200. Its output is shown only when it fails. */
export async function startServer(
  args: string[],
  env: Record<string, string>,
  probe: string,
): Promise<ServerProcess> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  try {
    await answers(probe, child, started + patienceMs)
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(`${args.join(' ')}: ${error}\n${output}`)
  }
  return {
    pid: child.pid as number,
    readyAfterMs: performance.now() - started,
    stop: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function answers(probe: string, child: ChildProcess, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it was ready`)
    const status = await fetch(probe).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`not ready after ${patienceMs} ms`)
}

/** Resident memory in MB (10^6 bytes). */
export function residentMegabytes(pid: number): number {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
  return (kibibytes * 1024) / 1e6
}

/** Processor time used so far in microseconds; not a number where there is no /proc. */
export function processorMicroseconds(pid: number): number {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
    const [user, system] = fields.split(' ').slice(11, 13)
    // Counted in hundredths of a second on every Linux (USER_HZ).
    return (Number(user) + Number(system)) * 10_000
  } catch {
    return Number.NaN
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Endpoints as the server's own discovery document names them. */
export async function discover(issuer: string) {
  const discovery = new URL(`${issuer}/.well-known/openid-configuration`)
  const found = (await (await fetch(discovery)).json()) as Record<string, string>
  const endpoint = (name: string) => new URL(found[name] as string)
  return {
    discovery,
    authorize: endpoint('authorization_endpoint'),
    token: endpoint('token_endpoint'),
    userinfo: endpoint('userinfo_endpoint'),
    introspection: endpoint('introspection_endpoint'),
    revocation: endpoint('revocation_endpoint'),
    jwks: endpoint('jwks_uri'),
  }
}
