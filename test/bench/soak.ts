// Owns `npm run bench -- --soak`: whether resident memory stays small and flat under a mix of all rows.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Grantor } from './grantor.js'
import { entrant, run } from './measure.js'
import { line, verdict } from './report.js'
import type { Contestant } from './scenario.js'
import { residentMegabytes } from './server-process.js'
import { workloads } from './workloads.js'

/** Connections of each row: sixteen together, all at the same time. */
const mix: Record<string, number> = {
  'client_credentials ES256': 3,
  'authorize to token': 3,
  'refresh rotation': 3,
  'introspection (opaque)': 2,
  'revocation (opaque)': 1,
  userinfo: 2,
  JWKS: 2,
}
/** All rows begin anew after so long, with fresh tokens and connections. */
const sliceSeconds = 30
/** Tokens to revoke in a slice; the others go on when they are used up. */
const revoked = 5000
const sampleMs = 5000
const samplesPerLine = 6
const goal = { megabytes: 160, perMinute: 1 }

type Sample = { minutes: number; megabytes: number; old: number }

export async function soakSection(grantor: Grantor, folder: string, minutes: number): Promise<void> {
  const heapFile = path.join(folder, 'heap')
  const preload = pathToFileURL(path.join(import.meta.dirname, 'heap.mjs')).href
  const server = await grantor.start({ BENCH_HEAP_FILE: heapFile }, ['--import', preload])
  try {
    console.log(`idle: ${grantor.idleMegabytes.toFixed(0)} MB resident`)
    console.log(`${minutes} minutes at 16 connections: ${Object.keys(mix).join(', ')}\n`)
    const load = { over: false }
    const watched = watch(server, heapFile, load)
    const answers = await drive(server, minutes).finally(() => {
      load.over = true
    })
    tell(await watched, answers, minutes)
  } finally {
    await server.stop()
  }
}

/** Answers how many answers there were. */
async function drive(server: Contestant, minutes: number): Promise<number> {
  const end = performance.now() + minutes * 60_000
  let answers = 0
  for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
    const seconds = Math.min(sliceSeconds, Math.max(left / 1000, 1))
    const rows = Object.entries(mix).map(([row, connections]) => {
      const workload = workloads.find(({ name }) => name === row)
      if (workload === undefined) throw new Error(`no workload is called ${row}`)
      return run(entrant(workload, server), { connections, seconds }, revoked)
    })
    for (const row of await Promise.all(rows)) answers += row.answers
  }
  return answers
}

async function watch(server: Contestant, heapFile: string, load: { readonly over: boolean }) {
  line('minutes', 'resident MB', 'old space MB', '')
  const start = performance.now()
  const samples: Sample[] = []
  while (!load.over) {
    await sleep(sampleMs)
    const sample = {
      minutes: (performance.now() - start) / 60_000,
      megabytes: residentMegabytes(server.pid),
      old: existsSync(heapFile) ? Number(readFileSync(heapFile, 'utf8')) / 1e6 : Number.NaN,
    }
    samples.push(sample)
    if (samples.length % samplesPerLine === 0) {
      line(sample.minutes.toFixed(1), sample.megabytes.toFixed(0), sample.old.toFixed(1), '')
    }
  }
  return samples
}

function tell(samples: Sample[], answers: number, minutes: number): void {
  const resident = samples.map(({ megabytes }) => megabytes)
  const most = Math.max(...resident)
  const rise = slope(samples.filter((one) => one.minutes > minutes / 2))
  const shown = (megabytes = Number.NaN) => `${megabytes.toFixed(0)} MB`
  console.log('')
  line('answers', String(answers))
  line('resident, first and last', `${shown(resident[0])}, ${shown(resident.at(-1))}`)
  line('resident, most', shown(most), verdict(most <= goal.megabytes, `at most ${goal.megabytes} MB`))
  const told = `${rise.toFixed(2)} MB per minute`
  line('rise in the second half', told, verdict(rise <= goal.perMinute, `flat (at most ${goal.perMinute})`))
}

/** Least squares, in MB per minute. */
function slope(samples: Sample[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [at, level] = [mean(samples.map((one) => one.minutes)), mean(samples.map((one) => one.megabytes))]
  const sum = (of: (one: Sample) => number) => samples.reduce((total, one) => total + of(one), 0)
  return sum((one) => (one.minutes - at) * (one.megabytes - level)) / sum((one) => (one.minutes - at) ** 2)
}
