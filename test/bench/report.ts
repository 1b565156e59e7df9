// Owns what the bench prints.
import { cpus, release } from 'node:os'

/** Medians over the rounds of one server. */
export type Measured = {
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Processor time of the server per answer, which another busy program on the machine changes least. */
  microseconds: number
  /** That of a database server; none for SQLite, which runs inside ours. */
  databaseMicroseconds: number
  /** Of the largest process. */
  megabytes: number
}

export type Row = { workload: string; connections: number; ours: Measured; peer: Measured; limit: Measured }

const columns = [
  ['workload', 26],
  ['conn', 5],
  ['req/s', 8],
  ['p50 ms', 8],
  ['p99 ms', 8],
  ['CPU us', 7],
  ['RSS MB', 7],
  ['| peer/s', 9],
  ['p50 ms', 8],
  ['p99 ms', 8],
  ['CPU us', 7],
  ['RSS MB', 7],
  ['ratio', 7],
  ['| limit/s', 10],
  ['CPU us', 7],
  ['reached', 8],
] as const

function row(cells: string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(columns[0][1]) : cell.padStart(columns[i]?.[1] ?? 0)))
    .join('')
}

export const heading = row(columns.map(([title]) => title))

export const ratio = ({ ours, peer }: Row) => ours.perSecond / peer.perSecond

export function show(result: Row): string {
  const cells = ({ perSecond, p50, p99, microseconds, megabytes }: Measured) => [
    perSecond.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
    microseconds.toFixed(0),
    megabytes.toFixed(0),
  ]
  const [first, ...rest] = cells(result.peer)
  return row([
    result.workload,
    String(result.connections),
    ...cells(result.ours),
    `| ${first?.padStart(6)}`,
    ...rest,
    ratio(result).toFixed(2),
    `| ${result.limit.perSecond.toFixed(0).padStart(7)}`,
    result.limit.microseconds.toFixed(0),
    (result.ours.perSecond / result.limit.perSecond).toFixed(2),
  ])
}

export function machine(): string {
  const [cpu] = cpus()
  return `Node.js ${process.version}, ${cpus().length} x ${cpu?.model.trim()}, ${process.platform} ${release()}`
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** A goal, and whether it was met. */
export const verdict = (met: boolean, what: string) => `${what}: ${met ? 'yes' : 'NO'}`

/** A line of a section: two cells or three are wide, more share the same width. */
export function line(...cells: string[]): void {
  const width = cells.length > 3 ? 14 : 32
  console.log(`  ${cells.map((cell) => cell.padEnd(width)).join('')}`.trimEnd())
}
