// F03: a disk without room, for the database and its log or for the server's log. And F05: a lock held elsewhere.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { endAll } from '../cli/process.js'
import { temporaryFolder } from '../support/stores.js'
import { broken } from './check.js'
import { type Client, createClient, type Service, type Session } from './client.js'
import { createVictim, type Victim } from './victim.js'

const program = path.resolve(import.meta.dirname, '../../dist/main.js')

/** A disk of a few megabytes in memory, or why there is none. */
function smallDisk(folder: string, size: string): string | undefined {
  mkdirSync(folder, { recursive: true })
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  return status === 0 ? undefined : String(error ?? stderr)
}

const { folder, remove } = temporaryFolder()
const why = smallDisk(`${folder}/trial`, '1m')
if (why === undefined) spawnSync('umount', [`${folder}/trial`])
else if (process.env.CI) throw new Error(`F03 needs a disk that can be filled: ${why}`)
else console.info(`F03 is left out, for nothing can be mounted here: ${why}`)

let victim: Victim | undefined
const mounted: string[] = []
const others: ChildProcess[] = []
afterEach(async () => {
  await victim?.remove()
  victim = undefined
  for (const child of others.splice(0)) child.kill('SIGKILL')
  for (const disk of mounted.splice(0)) spawnSync('umount', ['-l', disk])
})
afterAll(() => {
  remove()
  endAll()
})

const signedIn = async (there: Victim): Promise<Session> => {
  const [one] = await there.signIn(1)
  return { ...(one as Session), signOut: 'not asked' }
}

const aService = (there: Victim): Service => ({
  ...(there.services[0] as Service),
  live: [],
  unsure: [],
  revoked: [],
})

/** Takes all room but for less than a page. */
function fill(disk: string): () => void {
  const file = `${disk}/filler`
  const descriptor = openSync(file, 'w')
  closeSync(descriptor)
  for (let size = 65_536; size >= 512; size /= 2) {
    const block = Buffer.alloc(size)
    for (let full = false; !full; ) {
      try {
        writeFileSync(file, block, { flag: 'a' })
      } catch {
        full = true
      }
    }
  }
  return () => rmSync(file)
}

const health = (there: Victim) => there.command(['health'])

describe.runIf(why === undefined)('F03: a full disk', () => {
  it('EX09: makes the server unready with the reason, and heals, without any request', async () => {
    const disk = `${folder}/idle`
    expect(smallDisk(disk, '6m')).toBeUndefined()
    mounted.push(disk)
    victim = await createVictim(disk)
    const there = victim
    await there.start()
    expect(await health(there)).toMatchObject({ code: 0 })
    const free = fill(disk)
    const answer = () => health(there)
    await expect
      .poll(answer, { timeout: 9000, interval: 500 })
      .toMatchObject({ code: 1, err: expect.stringContaining('503: the disk of the database is full') })
    free()
    await expect.poll(answer, { timeout: 9000, interval: 500 }).toMatchObject({ code: 0 })
  })

  it('of the database: 503 for what must be written, answers for the rest, and it heals', async () => {
    const disk = `${folder}/data`
    expect(smallDisk(disk, '6m')).toBeUndefined()
    mounted.push(disk)
    const there = await createVictim(disk)
    victim = there
    const session = await signedIn(there)
    const lost = await signedIn(there)
    await there.start()
    const client = createClient(there)
    const service = aService(there)
    const kept = await client.begin(session, false)
    await client.redeem(kept)
    await client.serve(service)
    const [token = ''] = service.live

    const free = fill(disk)
    const statuses = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const { status } = await client.send('/revoke', { as: service, form: { token: service.live[0] ?? '' } })
      statuses.add(status)
      if (status === 503) break
      // There was a page left after all: once more, with a token that is good.
      service.revoked.push(...service.live.splice(0))
      await client.serve(service)
      if (service.live.length === 0) break
    }
    for (let i = 0; i < 40; i++) {
      const status = (await client.refresh(kept.refreshTokens.at(-1) ?? '')).status
      if (status === 503) break
      expect(status).toBe(200)
    }
    const refused = await client.send('/revoke', {
      as: there.app,
      form: { token: kept.refreshTokens[0] ?? '' },
    })
    expect(refused.status).toBe(503)
    const login = await client.send('/end-session', { session: lost })
    expect([200, 503]).toContain(login.status)
    expect((await client.send('/jwks')).status).toBe(200)
    expect((await client.send('/introspect', { as: service, form: { token } })).status).toBe(200)
    expect(await client.isActive(kept.accessTokens[0] ?? '')).toBe(true)
    expect((await client.send('/health/live')).status).toBe(200)
    const unready = await client.send('/health/ready')
    expect(unready.status).toBe(503)
    expect(JSON.parse(unready.text)).toMatchObject({ reason: 'the disk of the database is full' })
    expect(await health(there)).toMatchObject({
      code: 1,
      err: expect.stringContaining('disk of the database is full'),
    })

    free()
    // EX09: nobody asks for anything; the server's own write finds the room.
    await expect.poll(async () => (await health(there)).code, { timeout: 9000, interval: 500 }).toBe(0)
    await expect.poll(async () => (await client.refresh(kept.refreshTokens[0] ?? '')).status).toBe(200)
    await client.revoke(kept)
    expect(kept.end).toBe('done')
    await there.kill()
    await there.start()
    const again = createClient(there)
    expect(await broken(there, again, [{ sessions: [session], connections: [kept], service }])).toEqual([])
  })

  it('of the log: the server goes on, ends when it is told to, and writes again when there is room', async () => {
    const disk = `${folder}/log`
    expect(smallDisk(disk, '64k')).toBeUndefined()
    mounted.push(disk)
    const there = await createVictim(undefined, { GRANTOR_LOG_LEVEL: 'debug' })
    victim = there
    const log = openSync(`${disk}/log`, 'a')
    const child = spawn(process.execPath, [program, 'start'], {
      env: { ...process.env, ...there.env },
      stdio: ['ignore', log, 'pipe'],
    })
    others.push(child)
    const client = createClient(there)
    const answers = () =>
      client.send('/health/ready').then(
        ({ status }) => status,
        () => 0,
      )
    await expect.poll(answers, { timeout: 20_000 }).toBe(200)
    const free = fill(disk)
    for (let i = 0; i < 600; i++) expect(await refusedToken(client)).toBe(400)
    expect(await answers()).toBe(200)
    const full = statSync(`${disk}/log`).size
    free()
    for (let i = 0; i < 20; i++) await refusedToken(client)
    await expect.poll(() => statSync(`${disk}/log`).size).toBeGreaterThan(full)
    fill(disk)
    for (let i = 0; i < 100; i++) await refusedToken(client)
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
    closeSync(log)
  })

  /** Is logged with its reason. */
  async function refusedToken(client: Client): Promise<number> {
    return (await client.refresh('no refresh token at all')).status
  }
})

describe('F05: a database that another process holds', () => {
  beforeEach(async () => {
    victim = await createVictim()
  })

  it('EX09: 503 after 5 s at most, and meanwhile reads, a JWT and /health/live as ever', async () => {
    const there = victim as Victim
    const session = await signedIn(there)
    await there.start()
    const client = createClient(there)
    const connection = await client.begin(session, false)
    await client.redeem(connection)
    const service = aService(there)
    await client.serve(service)
    const timed = async (asked: () => Promise<unknown>) => {
      const began = performance.now()
      await asked()
      return performance.now() - began
    }
    const live = () => timed(async () => expect((await client.send('/health/live')).status).toBe(200))
    await live()
    const other = openDatabase(there.file)
    other.exec('BEGIN IMMEDIATE')
    const form = { token: connection.refreshTokens[0] ?? '' }
    let over = false
    const writers = timed(async () => {
      const refused = Array.from({ length: 8 }, () => client.send('/revoke', { as: there.app, form }))
      for (const { status } of await Promise.all(refused)) expect(status).toBe(503)
      over = true
    })
    const lives: number[] = []
    while (!over) {
      lives.push(await live())
      const jwt = await timed(() => client.serve(service))
      expect(jwt).toBeLessThan(1000)
      expect(await client.isActive(connection.accessTokens[0] ?? '')).toBe(true)
      await sleep(50)
    }
    expect(service.live.length).toBeGreaterThan(20)
    expect(await writers).toBeLessThan(5000)
    expect(lives.length).toBeGreaterThan(20)
    console.info(`EX09: /health/live beside waiting writers: ${Math.max(...lives).toFixed(1)} ms at most`)
    // A machine that is busy otherwise is late now and then; a loop that is held would be late by seconds.
    expect(Math.max(...lives)).toBeLessThan(1000)
    expect(lives.filter((ms) => ms > 100).length).toBeLessThan(lives.length / 20)
    other.exec('ROLLBACK')
    other.close()
    await client.revoke(connection)
    expect(connection.end).toBe('done')
  })

  it('503 within seconds, with Retry-After, and answers again when it is free', async () => {
    const there = victim as Victim
    const session = await signedIn(there)
    await there.start()
    const client = createClient(there)
    const connection = await client.begin(session, false)
    await client.redeem(connection)
    const other = openDatabase(there.file)
    other.exec('BEGIN IMMEDIATE')
    const began = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        fetch(`${there.issuer}/revoke`, {
          method: 'POST',
          headers: { Authorization: `Basic ${btoa(`${there.app.id}:${there.app.secret}`)}` },
          body: new URLSearchParams({ token: connection.refreshTokens[0] ?? '' }),
        }),
      ),
    )
    expect(performance.now() - began).toBeLessThan(6500)
    for (const { status, headers } of answers) {
      expect(status).toBe(503)
      expect(headers.get('retry-after')).toMatch(/^\d+$/)
    }
    other.exec('ROLLBACK')
    other.close()
    expect(await client.isActive(connection.accessTokens[0] ?? '')).toBe(true)
    await client.revoke(connection)
    expect(connection.end).toBe('done')
  })

  it('a reader who stays long lets the log grow, and no longer than that', async () => {
    const there = victim as Victim
    await there.start()
    const client = createClient(there)
    const service = aService(there)
    const reader = openDatabase(there.file)
    reader.exec('BEGIN')
    reader.prepare('select count(*) from client').get()
    const churn = async () => {
      for (let i = 0; i < 40; i++) {
        await client.serve(service)
        await client.withdraw(service)
      }
    }
    await churn()
    expect(statSync(`${there.file}-wal`).size).toBeGreaterThan(0)
    reader.exec('COMMIT')
    reader.close()
    for (let i = 0; i < 3; i++) await churn()
    const settled = statSync(`${there.file}-wal`).size
    for (let i = 0; i < 3; i++) await churn()
    await sleep(50)
    expect(statSync(`${there.file}-wal`).size).toBeLessThan(2 * settled + 4_200_000)
  })
})
