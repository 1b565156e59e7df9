// PostgreSQL servers for tests and measurements: the one that is configured, the one that answers, or a temporary one.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../cli/call.js'

const defaultUrl = 'postgres://postgres@127.0.0.1:5432/postgres'
const startTimeoutMs = 30_000

/** Ends with every server of the folder, and then the folder, as soon as its input ends: also if its parent is killed. */
const guard = `
  read -r line
  for data in */; do
    if [ -f "$data/postmaster.pid" ]; then
      kill -CONT "$(head -n 1 "$data/postmaster.pid")"
      "$1/pg_ctl" stop --silent --mode immediate --pgdata "$data"
    fi
  done
  cd / && rm -rf "$2"`

export type DatabaseServer = { readonly url: string; stop(): Promise<void> }

export type RunningServer = { readonly url: string; readonly child: ChildProcess }

/** A folder for servers, owned by an unprivileged user, for PostgreSQL refuses to run as root. */
export type ServerFolder = {
  readonly folder: string
  /** Runs one of PostgreSQL's programs in the folder to its end. */
  run(program: string, args: readonly string[]): void
  /** Creates a data folder, with lines for its postgresql.conf. */
  createData(name: string, settings: readonly string[]): void
  /** Starts a server on a data folder; resolves when it answers. */
  start(data: string, port: number): Promise<RunningServer>
  /** Stops all servers, and deletes the folder. */
  remove(): Promise<void>
}

/** The folder with PostgreSQL's programs, the newest that Debian has installed, else of PATH; undefined if there is none. */
export function findPrograms(
  debian = '/usr/lib/postgresql',
  search = process.env.PATH ?? '',
): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const newestFirst = versions.sort((one, other) => Number(other) - Number(one))
  const folders = [...newestFirst.map((version) => path.join(debian, version, 'bin')), ...search.split(':')]
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')))
}

/** GRANTOR_TEST_POSTGRES_URL, else the server on port 5432 if it lets `postgres` in, else a temporary one. */
export async function provideServer(
  options: { readonly durable: boolean },
  usual = defaultUrl,
): Promise<DatabaseServer> {
  const configured = process.env.GRANTOR_TEST_POSTGRES_URL
  if (configured) return { url: configured, stop: async () => {} }
  if (await answers(usual)) return { url: usual, stop: async () => {} }
  return startTemporaryServer(options)
}

/** A server of its own in a temporary folder, on a free port. A durable one writes to disk what it has committed. */
export async function startTemporaryServer({
  durable,
}: {
  readonly durable: boolean
}): Promise<DatabaseServer> {
  const servers = createServerFolder(findPrograms())
  try {
    servers.createData('data', durable ? [] : ['fsync = off'])
    const { url } = await servers.start('data', await freePort())
    return { url, stop: servers.remove }
  } catch (error) {
    await servers.remove()
    throw error
  }
}

export function createServerFolder(programs: string | undefined): ServerFolder {
  if (programs === undefined)
    throw new Error(
      'There is no PostgreSQL: install it (Debian: apt-get install postgresql; macOS: brew install postgresql), or set GRANTOR_TEST_POSTGRES_URL to a server.',
    )
  const folder = mkdtempSync(path.join(tmpdir(), 'grantor-postgres-'))
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : undefined
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const guardian = spawn('sh', ['-c', guard, 'sh', programs, folder], {
    ...owner,
    cwd: folder,
    // A session of its own: Ctrl-C must not end it before the servers.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const guarded = once(guardian, 'exit')
  // A program that fails must not wait for its servers.
  guardian.unref()
  const run = (program: string, args: readonly string[]) => {
    execFileSync(path.join(programs, program), args, { ...owner, cwd: folder, stdio: 'pipe' })
  }
  return {
    folder,
    run,
    createData(name, settings) {
      run('initdb', ['-D', name, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'])
      const local = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''"]
      appendFileSync(`${folder}/${name}/postgresql.conf`, `${[...local, ...settings].join('\n')}\n`)
    },
    async start(data, port) {
      const log = `${folder}/${data}.log`
      const output = openSync(log, 'a')
      const child = spawn(path.join(programs, 'postgres'), ['-D', data, '-p', `${port}`], {
        ...owner,
        cwd: folder,
        detached: true,
        stdio: ['ignore', output, output],
      })
      closeSync(output)
      child.unref()
      const url = `postgres://postgres@127.0.0.1:${port}/postgres`
      const deadline = performance.now() + startTimeoutMs
      // Its word for it, for another server may answer on that port.
      while (!isReady(path.join(folder, data, 'postmaster.pid'), child.pid)) {
        if (child.exitCode !== null || performance.now() > deadline)
          throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8')}`)
        await sleep(50)
      }
      return { url, child }
    },
    async remove() {
      guardian.ref()
      guardian.stdin?.end()
      await guarded
    },
  }
}

/** Whether this process is a server that takes connections, as its lock file says: its first line is the process id. */
function isReady(lockFile: string, pid: number | undefined): boolean {
  if (!existsSync(lockFile)) return false
  const lines = readFileSync(lockFile, 'utf8').split('\n')
  return lines[0] === `${pid}` && lines.some((line) => line.trimEnd() === 'ready')
}

/** Debian's user of PostgreSQL, else the one that every machine has. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const idOf = (which: '-u' | '-g', name: string) =>
    Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) }
    } catch {
      // There is no such user.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody".')
}

/** Whether a server lets us in: another one's password is not ours to know. */
async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
