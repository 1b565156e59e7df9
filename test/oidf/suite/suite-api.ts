// The suite's API: makes a plan, runs its modules one after the other, and reads their logs.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TrustingFetch } from './certificates.js'

export type LogEntry = Record<string, unknown> & { src?: string; msg?: string; result?: string }

export type ModuleResult = {
  module: string
  /** PASSED, WARNING, REVIEW, SKIPPED, FAILED, or what stopped it. */
  result: string
  seconds: number
  /** The conditions behind a warning, a failure or a skipped module. */
  notes: string[]
}

type Module = { testModule: string; variant?: Record<string, string> }
type Info = { status: string; result?: string }

const moduleTimeoutMs = 240_000
const pollIntervalMs = 500

export type SuiteApi = ReturnType<typeof suiteApi>

/** @param logs folder for the log of each module */
export function suiteApi(base: string, fetch: TrustingFetch, logs: string) {
  async function call<T>(method: string, target: string, query = {}, body?: unknown): Promise<T> {
    const search = new URLSearchParams(query)
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${base}/api/${target}?${search}`, { method, headers, ...json })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text.slice(0, 500)}`)
    return (text === '' ? {} : JSON.parse(text)) as T
  }

  const createPlan = (planName: string, variant: Record<string, string>, configuration: unknown) =>
    call<{ id: string; modules: Module[] }>(
      'POST',
      'plan',
      { planName, variant: JSON.stringify(variant) },
      configuration,
    )

  /** @param onStart runs before a module that waits for something to happen at the server */
  async function runModule(
    plan: string,
    alias: string,
    { testModule: test, variant = {} }: Module,
    onStart: () => void,
  ): Promise<ModuleResult> {
    const began = Date.now()
    const { id } = await call<{ id: string }>('POST', 'runner', {
      test,
      plan,
      variant: JSON.stringify(variant),
    })
    let info: Info = { status: 'CREATED' }
    let started = false
    while (!['FINISHED', 'INTERRUPTED'].includes(info.status)) {
      if (Date.now() - began > moduleTimeoutMs) {
        await call('DELETE', `runner/${id}`)
        info = { status: 'TIMEOUT' }
        break
      }
      info = await call<Info>('GET', `info/${id}`)
      if (info.status === 'CONFIGURED' && !started) {
        started = true
        onStart()
        await call('POST', `runner/${id}`)
      }
      await sleep(pollIntervalMs)
    }
    const log = await call<LogEntry[]>('GET', `log/${id}`)
    const folder = path.join(logs, alias)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, `${test}.json`), JSON.stringify(log, undefined, 1))
    const result = info.status === 'FINISHED' ? (info.result ?? 'FINISHED') : info.status
    const seconds = Math.round((Date.now() - began) / 1000)
    return { module: test, result, seconds, notes: notesOf(log, result) }
  }

  return { createPlan, runModule }
}

function notesOf(log: LogEntry[], result: string): string[] {
  const bad = log.filter((entry) => ['FAILURE', 'WARNING', 'INTERRUPTED'].includes(entry.result ?? ''))
  const skipped = log.filter((entry) => result === 'SKIPPED' && /skipped/i.test(String(entry.msg)))
  return [...bad, ...skipped.slice(-1)].map(
    ({ result: kind, src, msg }) => `${kind ?? 'SKIPPED'}: ${src}: ${msg}`,
  )
}
