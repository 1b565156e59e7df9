// Owns the section `equal-time`: whether the time of an answer tells who has an account here (SE04).
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { converse, headerOf, request } from './connection.js'
import { median } from './report.js'
import { type Contestant, readers } from './scenario.js'

/** Known and unknown must be this alike. */
const goal = 0.05
/** Milliseconds between two tries: what the last one still does is measured by itself, not with the next. */
const rest = 1

type Door = { path: string; fields: (name: string) => Record<string, string>; status: number; tries: number }

const doors: Door[] = [
  { path: '/forgot-password', fields: (email) => ({ email }), status: 200, tries: 1000 },
  { path: '/sign-up', fields: (email) => ({ email }), status: 200, tries: 1000 },
  // Each takes a hash, so a fifth of them takes as long.
  { path: '/login', fields: (username) => ({ username, password: 'wrong' }), status: 422, tries: 200 },
]

/** A mail server, and how to end it: without one nothing that needs mail is offered. */
export async function startMailSink(): Promise<{ url: string; stop: () => void }> {
  const sink = fork(path.join(import.meta.dirname, 'mail-sink.ts'), { execArgv: ['--import', 'tsx'] })
  const [url] = await once(sink, 'message')
  return { url: String(url), stop: () => sink.disconnect() }
}

/**
 * Measures and prints: the answer itself, and the small one after it, which waits for what the first left undone.
 * The control is another unknown name, so its ratio says what is noise.
 * @param ours a server that sends mail and lets people sign up
 */
export async function equalTimeSection(ours: Contestant, { quick }: { quick: boolean }): Promise<void> {
  console.log('\nequal time for names that are known and unknown, medians in ms')
  for (const door of doors) {
    const times = await compare(ours, door, quick ? Math.min(door.tries, 100) : door.tries)
    for (const what of ['answer', 'next'] as const) {
      const of = (kind: Kind) => median(times.map((one) => one[kind][what]))
      const ratio = of('known') / of('unknown')
      const cells = [
        `  ${door.path}, ${what}`.padEnd(28),
        `known ${of('known').toFixed(3)}`.padEnd(14),
        `unknown ${of('unknown').toFixed(3)}`.padEnd(16),
        `ratio ${ratio.toFixed(3)}, control ${(of('control') / of('unknown')).toFixed(3)}`,
      ]
      const met = Math.abs(ratio - 1) <= goal
      console.log(`${cells.join('')}   within ${goal * 100} %: ${met ? 'yes' : 'NO'}`)
    }
  }
}

type Kind = 'known' | 'unknown' | 'control'
type Times = Record<Kind, { answer: number; next: number }>

let addresses = 0

/** Each try comes from an address of its own, and is of a name of its own: no brake is felt. */
function newAddress(): string {
  addresses += 1
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
}

async function compare(ours: Contestant, door: Door, tries: number): Promise<Times[]> {
  const all: Times[] = []
  const connection = await converse(ours.port)
  const small = request('GET', new URL('/health/live', ours.issuer))
  const form = await openForm(ours, door, connection.ask)
  const timed = async (text: string, status: number): Promise<number> => {
    const start = process.hrtime.bigint()
    const answer = await connection.ask(text)
    const took = Number(process.hrtime.bigint() - start) / 1e6
    if (answer.status !== status) throw new Error(`${door.path}: ${answer.status}\n${answer.body}`)
    return took
  }
  const warmUp = Math.min(50, tries)
  for (let index = 0; index < warmUp + tries; index++) {
    const { email } = readers[index % readers.length] as (typeof readers)[number]
    const names: [Kind, string][] = [
      ['known', email],
      ['unknown', email.replace('reader', 'nobody')],
      ['control', email.replace('reader', 'absent')],
    ]
    const times: Partial<Times> = {}
    // In turns: none of them always comes after another.
    const first = index % names.length
    for (const [kind, name] of [...names.slice(first), ...names.slice(0, first)]) {
      const answer = await timed(form(door.fields(name)), door.status)
      times[kind] = { answer, next: await timed(small, 200) }
      await sleep(rest)
    }
    if (index >= warmUp) all.push(times as Times)
  }
  connection.close()
  return all
}

/** Opens the page of the door as a browser would; what comes back writes its form as a request. */
async function openForm(
  ours: Contestant,
  { path }: Door,
  ask: (text: string) => Promise<{ status: number; head: string; body: string }>,
) {
  let url = new URL(path, ours.issuer)
  let cookie = ''
  for (let step = 0; step < 5; step++) {
    const answer = await ask(request('GET', url, { cookie }))
    for (const [, pair] of answer.head.matchAll(/\r\nset-cookie: *([^;\r]*)/gi))
      cookie += `${cookie && '; '}${pair}`
    const location = headerOf(answer, 'location')
    if (location === undefined) {
      const csrf = /name="csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? ''
      return (fields: Record<string, string>) => {
        const headers = { cookie, origin: ours.issuer, 'x-forwarded-for': newAddress() }
        return request('POST', url, headers, new URLSearchParams({ csrf, ...fields }))
      }
    }
    url = new URL(location, url)
  }
  throw new Error(`${path} does not end`)
}
