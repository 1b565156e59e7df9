// F16: a migration that is killed at any statement. F19: a sweep of many rows, and one that is killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { grantor } from '../cli/process.js'
import { temporaryFolder } from '../support/stores.js'
import { failing } from './victim.js'

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = temporaryFolder())
})
afterEach(() => remove())

const file = () => `${folder}/grantor.db`

describe('F16: a migration', () => {
  const migrations = path.resolve(import.meta.dirname, '../../drizzle/sqlite')
  const statements = readdirSync(migrations)
    .filter((name) => name.endsWith('.sql'))
    .flatMap((name) => readFileSync(`${migrations}/${name}`, 'utf8').split('--> statement-breakpoint')).length
  /** Of some sixty all on demand, a few otherwise. */
  const step = process.env.FAULT_ROUNDS === undefined ? Math.ceil(statements / 4) : 1

  const migrate = (more: Record<string, string> = {}) =>
    grantor(
      {
        GRANTOR_DATABASE_URL: `file:${file()}`,
        GRANTOR_MASTER_KEY_FILE: `${folder}/master.key`,
        ...more,
      },
      ['migrate', '--json'],
    )

  function schema(): unknown[] {
    const raw = openDatabase(file(), { readonly: true })
    try {
      return raw.prepare('select name, sql from sqlite_schema order by name').all()
    } finally {
      raw.close()
    }
  }

  it('that is killed at any statement is done whole by the next', async () => {
    expect(await migrate()).toMatchObject({ code: 0 })
    const whole = schema()
    expect(whole.length).toBeGreaterThan(40)
    for (const at of ['before statement', 'after statement'] as const) {
      for (let count = 1; count <= statements; count += step) {
        remove()
        ;({ folder, remove } = temporaryFolder())
        const { out } = await migrate(failing({ at, count }))
        expect(out, `${at} ${count}`).toBe('')
        expect(await migrate(), `${at} ${count}`).toMatchObject({ code: 0, err: '' })
        expect(schema()).toEqual(whole)
      }
    }
  })
})

describe('F19: a sweep', () => {
  const now = 1_900_000_000
  const rows = 60_000

  /** Markers and audit lines that have expired, and markers that count, some of them only by the skew of clocks. */
  async function fill(): Promise<void> {
    await (await openStore(`file:${file()}`)).close()
    const raw = openDatabase(file())
    const marker = raw.prepare('insert into replay_marker (key, expires_at) values (?, ?)')
    const line = raw.prepare("insert into audit (id, at, type, expires_at) values (?, 0, 'x', ?)")
    raw.transaction(() => {
      for (let i = 0; i < rows; i++) {
        marker.run(`old ${i}`, now - 1000)
        line.run(`old ${i}`, now - 1000)
      }
      for (let i = 0; i < 100; i++) marker.run(`good ${i}`, now - 30 + i)
    })()
    raw.close()
  }

  const left = () => {
    const raw = openDatabase(file(), { readonly: true })
    const count = (where: string) =>
      raw.prepare(`select count(*) from replay_marker where key like '${where}%'`).pluck().get() as number
    const found = {
      old: count('old'),
      good: count('good'),
      check: raw.pragma('integrity_check', { simple: true }),
    }
    raw.close()
    return found
  }

  it('takes less than 100 ms at a time, and leaves what still counts', async () => {
    await fill()
    const store = await openStore(`file:${file()}`)
    const times: number[] = []
    for (let more = true; more; ) {
      const began = performance.now()
      const since = store.batch()
      more = (await store.sweep(now, 500)) > 0
      await store.committed(since)
      times.push(performance.now() - began)
    }
    for (let i = 0; i < 100; i++) expect(await store.replay.once(`good ${i}`, now, 'trusted')).toBe(false)
    await store.close()
    expect(left()).toEqual({ old: 0, good: 100, check: 'ok' })
    // All tables, each in a commit of its own. Now and then a busy machine has other things to do.
    const most = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]
    expect(most).toBeLessThan(100)
  })

  it('that is killed has taken nothing that still counts', async () => {
    await fill()
    for (let round = 0; round < 3; round++) {
      const sweeper = fileURLToPath(new URL('./sweeper.ts', import.meta.url))
      const child = spawn(process.execPath, ['--import', 'tsx', sweeper, file(), String(now)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      await sleep(20 + 40 * round)
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(left()).toMatchObject({ good: 100, check: 'ok' })
    }
    expect(left().old).toBeLessThan(rows)
  })
})
