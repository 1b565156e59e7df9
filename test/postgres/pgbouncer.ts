// PgBouncer before the test server, in session mode with its defaults.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../cli/call.js'
import { temporaryFolder } from '../support/stores.js'

const program = '/usr/sbin/pgbouncer'
export const hasPgBouncer = existsSync(program)

export type PgBouncer = {
  /** The same database, through PgBouncer. */
  through(url: string): string
  stop(): Promise<void>
}

/** Milliseconds. */
const startTimeout = 10_000
/** It does not run as root. */
const nobody = 65_534

export async function startPgBouncer(server: string): Promise<PgBouncer> {
  const { folder, remove } = temporaryFolder()
  const { hostname, port, username, password } = new URL(server)
  const listenPort = await freePort()
  const file = `${folder}/pgbouncer.ini`
  const login = `user=${username}${password ? ` password=${password}` : ''}`
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${port || 5432} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
`,
  )
  const owner = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined
  if (owner) for (const name of [folder, file]) chownSync(name, owner.uid, owner.gid)
  const child = spawn(program, [file], { ...owner, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  const deadline = performance.now() + startTimeout
  while (!(await accepts(listenPort))) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`PgBouncer did not start:\n${log}`)
    await sleep(30)
  }
  return {
    through(url) {
      const changed = new URL(url)
      changed.host = `127.0.0.1:${listenPort}`
      return changed.href
    },
    async stop() {
      const exited = once(child, 'exit')
      child.kill()
      await exited
      remove()
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.unref().once('connect', () => socket.destroy())
  })
}
