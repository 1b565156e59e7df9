// Owns taking turns: the same load on each of several servers, the answers checked, the median of the rounds.
import { inProcess } from './forked.js'
import type { Job, Result } from './load.js'
import { type Measured, median } from './report.js'
import type { Contestant } from './scenario.js'
import { processorMicroseconds, residentMegabytes } from './server-process.js'
import type { Work, Workload } from './workloads.js'

/** Who takes turns: one process or several, which share the load. */
export type Entrant = {
  name: string
  ports: number[]
  pids: number[]
  /** The processes of a database server, as they are now. */
  database?(): Promise<number[]>
  prepare(connections: number, expected: number): Promise<Work>
  /** Throws when the answer is wrong. */
  verify(sample: string): Promise<void>
}

/** A contestant at a workload. */
export function entrant(workload: Workload, server: Contestant): Entrant {
  return {
    name: server.name,
    ports: [server.port],
    pids: [server.pid],
    prepare: (connections, expected) => workload.prepare(server, connections, expected),
    verify: (sample) => workload.verify(server, sample),
  }
}

export type Run = Measured & Pick<Result, 'sample' | 'answers'> & { work: Work }

/** Runs a job in a process of its own; a bad answer ends the bench. */
export async function run(
  one: Entrant,
  length: { connections: number; seconds: number },
  expected: number,
): Promise<Run> {
  const work = await one.prepare(length.connections, expected)
  const load = await inProcess<Job, Result>('load.ts')
  const spent = await clock(one)
  const result = await load({ ports: one.ports, ...length, ...work })
  const { own, database } = await spent()
  if (result.failure !== undefined) throw new Error(`${one.name}: ${result.failure}`)
  if (result.answers === 0) throw new Error(`${one.name}: no answer in ${length.seconds} s`)
  await one.verify(result.sample)
  return {
    ...result,
    work,
    microseconds: own / result.answers,
    databaseMicroseconds: database / result.answers,
    megabytes: Math.max(...one.pids.map(residentMegabytes)),
  }
}

/** What comes back tells the processor time since now, of the servers and of their database. */
async function clock({ pids, database }: Entrant) {
  const read = (all: number[]) => new Map(all.map((pid) => [pid, processorMicroseconds(pid)]))
  const [own, theirs] = [read(pids), read((await database?.()) ?? [])]
  // A process that is new since then began at nothing.
  const since = (before: Map<number, number>, all: number[]) =>
    all.reduce((sum, pid) => sum + processorMicroseconds(pid) - (before.get(pid) ?? 0), 0)
  return async () => ({ own: since(own, pids), database: since(theirs, (await database?.()) ?? []) })
}

/** An entrant whose code is compiled and caches are full; how fast it was says how many codes a timed run needs. */
export type Warm = { one: Entrant; speed: number; like: Pick<Run, 'work' | 'sample'> }

export async function warmUp(one: Entrant, seconds: number): Promise<Warm> {
  const { perSecond, ...like } = await run(one, { connections: 16, seconds: Math.min(seconds, 1) }, 1000)
  return { one, speed: perSecond, like }
}

/** Medians. The first round goes forth and the next back, so that nobody is always last. */
export async function takeTurns<Name extends string>(
  entrants: Record<Name, Warm>,
  { rounds, ...length }: { connections: number; seconds: number; rounds: number },
): Promise<Record<Name, Measured>> {
  const names = Object.keys(entrants) as Name[]
  const results = new Map<Name, Run[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { one, speed } = entrants[name]
      results.get(name)?.push(await run(one, length, Math.ceil(speed * length.seconds * 1.2)))
    }
  }
  const measured = (name: Name): Measured => {
    const of = (key: keyof Measured) => median((results.get(name) ?? []).map((result) => result[key]))
    return {
      perSecond: of('perSecond'),
      p50: of('p50'),
      p99: of('p99'),
      microseconds: of('microseconds'),
      databaseMicroseconds: of('databaseMicroseconds'),
      megabytes: of('megabytes'),
    }
  }
  return Object.fromEntries(names.map((name) => [name, measured(name)])) as Record<Name, Measured>
}
