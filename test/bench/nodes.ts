// Owns `npm run bench -- --postgres`: our rows on PostgreSQL, with one node and with two that share the load.
import pg from 'pg'
import { provideServer } from '../postgres/database-server.js'
import type { Grantor } from './grantor.js'
import type { Length } from './grown.js'
import { type Entrant, entrant, takeTurns, warmUp } from './measure.js'
import type { Measured } from './report.js'
import type { Contestant } from './scenario.js'
import { freePort } from './server-process.js'
import type { Workload } from './workloads.js'

export type Database = {
  url: string
  /** And whether what it has committed is on disk. */
  version: string
  /** The server's processes that work for this database now. */
  processes(): Promise<number[]>
  drop(): Promise<void>
}

/** A database of the bench's own, beside whatever else is on that server. */
export async function createDatabase(): Promise<Database> {
  const server = await provideServer({ durable: true })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const name = `grantor_bench_${process.pid}`
  await client.query(`create database ${name}`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const setting = async (which: string) =>
    (await client.query<{ value: string }>('select current_setting($1) as value', [which])).rows[0]?.value
  const version = await setting('server_version')
  const durable = [
    `fsync ${await setting('fsync')}`,
    `synchronous_commit ${await setting('synchronous_commit')}`,
  ]
  return {
    url: url.href,
    version: [version, ...durable].join(', '),
    processes: async () => {
      const text = 'select pid from pg_stat_activity where datname = $1'
      return (await client.query<{ pid: number }>(text, [name])).rows.map(({ pid }) => pid)
    },
    drop: async () => {
      await client.query(`drop database ${name} with (force)`)
      await client.end()
      await server.stop()
    },
  }
}

/** The same server once, and with a second process on the same database. */
export async function nodesSection(
  grantor: Grantor,
  database: Database,
  workloads: readonly Workload[],
  length: Length,
): Promise<void> {
  const first = await grantor.start()
  const running = [first]
  try {
    const port = String(await freePort())
    running.push(await grantor.start({ GRANTOR_PORT: port }))
    console.log(`PostgreSQL ${database.version}; CPU per request: of all nodes, and of the database`)
    console.log(
      `${' '.repeat(30)}${['one node', 'two nodes'].map((title) => title.padEnd(44)).join('')}ratio`,
    )
    for (const workload of workloads) await compare(workload, running, database, length)
  } finally {
    for (const server of running) await server.stop()
  }
}

async function compare(
  workload: Workload,
  servers: Contestant[],
  database: Database,
  length: Length,
): Promise<void> {
  const [first] = servers as [Contestant]
  const one: Entrant = { ...entrant(workload, first), database: database.processes }
  const two = {
    ...one,
    name: 'two nodes',
    ports: servers.map(({ port }) => port),
    pids: servers.map(({ pid }) => pid),
  }
  const warm = { one: await warmUp(one, length.seconds), two: await warmUp(two, length.seconds) }
  for (const connections of length.connections) {
    const turns = { connections, seconds: length.seconds, rounds: length.rounds }
    const measured = await takeTurns(warm, turns)
    const name = `${workload.name}, ${connections}`.padEnd(30)
    const cells = [show(measured.one), show(measured.two)].map((cell) => cell.padEnd(44)).join('')
    console.log(`${name}${cells}${(measured.two.perSecond / measured.one.perSecond).toFixed(2)}`)
  }
}

function show({ perSecond, p99, microseconds, databaseMicroseconds }: Measured): string {
  const cells = [
    `${perSecond.toFixed(0)}/s`,
    `p99 ${p99.toFixed(1)} ms`,
    `${microseconds.toFixed(0)} + ${databaseMicroseconds.toFixed(0)} us`,
  ]
  return `${cells[0]?.padEnd(10)}${cells[1]?.padEnd(15)}${cells[2]}`
}
