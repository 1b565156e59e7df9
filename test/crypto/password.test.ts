// Password hashing off the main thread: what it computes, what it refuses, and that nothing waits for it.
import { execFile } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createPasswordHasher,
  needsRehash,
  type PasswordHasher,
  type PasswordHasherOptions,
} from '../../src/crypto/password.js'
import { OAuthError } from '../../src/protocol/error.js'
import { ratioOfBest } from '../support/processor-time.js'
import { prepared } from '../support/values.js'

const open: PasswordHasher[] = []

function hasher(options?: PasswordHasherOptions) {
  const made = createPasswordHasher(options)
  open.push(made)
  return { ...made, hash: (text: string) => made.hash(prepared(text)) }
}

const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length

afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

describe('password hashes', () => {
  it('are argon2id with the parameters we promise, salted, and match their password alone', async () => {
    const { hash, verify } = hasher()
    const [first, second] = await Promise.all([hash('correct horse'), hash('correct horse')])
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(second).not.toBe(first)
    expect(await verify(first, 'correct horse')).toBe(true)
    expect(await verify(first, 'correct horsf')).toBe(false)
    expect(await verify(first, '')).toBe(false)
  })

  it('SE08 tell apart what lies beyond 72 bytes, NUL, edge spaces and Unicode forms', async () => {
    const { hash, verify } = hasher()
    const long = `${'a'.repeat(100)}é`
    const stored = await hash(long)
    expect(await verify(stored, long)).toBe(true)
    for (const other of [
      `${'a'.repeat(100)}e\u0301`,
      `${'a'.repeat(100)}`,
      ` ${long}`,
      `${long} `,
      `${long}\0`,
    ]) {
      expect(await verify(stored, other)).toBe(false)
    }
  })

  it('SE04 cost as much without an account, and never match', async () => {
    const { hash, verify } = hasher()
    const stored = await hash('secret')
    const timed = async (against: string | undefined) => {
      const start = process.hrtime.bigint()
      expect(await verify(against, 'wrong')).toBe(false)
      return Number(process.hrtime.bigint() - start)
    }
    const ratio = await ratioOfBest(
      () => timed(undefined),
      () => timed(stored),
      [0.5, 2],
    )
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })

  it('that are no hashes are an error, not a match', async () => {
    const { hash, verify } = hasher()
    await expect(verify('not a hash', 'x')).rejects.toThrow('argon2')
    expect(await verify(await hash('still alive'), 'still alive')).toBe(true)
  })
})

describe('needsRehash', () => {
  const tail = `${'s'.repeat(22)}$${'t'.repeat(43)}`

  it('is false for what is hashed today', async () => {
    expect(needsRehash(await hasher().hash('correct horse'))).toBe(false)
  })

  it.each([
    ['m=19456,t=2,p=1', false],
    ['m=65536,t=3,p=4', false],
    ['m=19455,t=2,p=1', true],
    ['m=9999,t=9,p=9', true],
    ['m=65536,t=1,p=4', true],
    ['m=19456,t=2,p=0', true],
  ])('%s: %s', (costs, needed) => {
    expect(needsRehash(`$argon2id$v=19$${costs}$${tail}`)).toBe(needed)
  })

  it.each([
    ['another algorithm', `$argon2i$v=19$m=19456,t=2,p=1$${tail}`],
    ['another one of the family', `$argon2d$v=19$m=19456,t=2,p=1$${tail}`],
    ['an older version', `$argon2id$v=16$m=19456,t=2,p=1$${tail}`],
    ['bcrypt', `$2b$12$${'x'.repeat(53)}`],
    ['costs in another order', `$argon2id$v=19$t=2,m=19456,p=1$${tail}`],
    ['costs that are no numbers', `$argon2id$v=19$m=1e9,t=-2,p=1$${tail}`],
    ['a cost without end', `$argon2id$v=19$m=${'9'.repeat(100_000)},t=2,p=1$${tail}`],
    ['no salt and no tag', '$argon2id$v=19$m=19456,t=2,p=1$'],
    ['a short salt', `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$${'t'.repeat(43)}`],
    ['something after it', `$argon2id$v=19$m=19456,t=2,p=1$${tail}\n`],
    ['nothing', ''],
    ['very much', '$'.repeat(1_000_000)],
  ])('is true for %s', (_, hash) => {
    expect(needsRehash(hash)).toBe(true)
  })
})

describe('the thread', () => {
  it('20 hashes at once leave the event loop free', async () => {
    const { hash } = hasher()
    await hash('the thread has started')
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    let turns = 0
    let running = true
    const spin = () => {
      turns++
      if (running) setImmediate(spin)
    }
    spin()
    const hashes = await Promise.all(Array.from({ length: 20 }, (_, i) => hash(`password ${i}`)))
    running = false
    delay.disable()
    expect(new Set(hashes).size).toBe(20)
    // Hashing on this thread would take 20 turns of 15 ms or more each.
    expect(turns).toBeGreaterThan(500)
    expect(delay.percentile(50) / 1e6).toBeLessThan(10)
  })

  it('a full queue answers 503 with Retry-After, and what was queued is done', async () => {
    const { hash } = hasher({ queue: 5 })
    const all = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => hash(`password ${i}`)))
    const refused = all.filter((result) => result.status === 'rejected').map((result) => result.reason)
    expect(all.filter((result) => result.status === 'fulfilled')).toHaveLength(6)
    expect(refused).toHaveLength(4)
    for (const error of refused) {
      expect(error).toBeInstanceOf(OAuthError)
      expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 })
      expect(Number(error.detail.headers['Retry-After'])).toBeGreaterThan(0)
    }
    expect(await hash('there is room again')).toContain('argon2id')
  })

  it('F18: that dies takes one hash with it, which is 503, and the next is done', async () => {
    const { hash, verify } = hasher()
    const posted = vi.spyOn(Worker.prototype, 'postMessage')
    const lost = hash('lost with the thread')
    const queued = hash('queued behind it')
    const [thread] = posted.mock.contexts as Worker[]
    void thread?.terminate()
    await expect(lost).rejects.toMatchObject({ code: 'temporarily_unavailable', status: 503 })
    expect(await verify(await queued, 'queued behind it')).toBe(true)
  })

  it('starts with the first password, one unless more are asked for', async () => {
    const before = threads()
    const one = hasher()
    const two = hasher({ threads: 2 })
    expect(threads()).toBe(before)
    const hashes = [1, 2, 3].flatMap((n) => [one.hash(`a ${n}`), two.hash(`b ${n}`)])
    expect(threads()).toBe(before + 3)
    await Promise.all(hashes)
  })

  it('close ends it and refuses what waits and what comes', async () => {
    const before = threads()
    const made = hasher()
    const waiting = Promise.allSettled(Array.from({ length: 5 }, (_, i) => made.hash(`password ${i}`)))
    await made.close()
    expect((await waiting).map((result) => result.status)).toEqual(Array(5).fill('rejected'))
    await expect(made.hash('late')).rejects.toMatchObject({ status: 503 })
    await expect(made.verify(undefined, 'late')).rejects.toMatchObject({ status: 503 })
    expect(threads()).toBe(before)
    await made.close()
  })

  it('keeps no process alive while idle, and lets none end while a hash is under way', async () => {
    const module = fileURLToPath(new URL('../../src/crypto/password.ts', import.meta.url))
    const program = `
      import { createPasswordHasher } from ${JSON.stringify(module)}
      const { hash, verify } = createPasswordHasher()
      verify(await hash('secret'), 'secret').then((matches) => console.log('matches', matches))
    `
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 15_000 })
    expect(stdout.trim()).toBe('matches true')
  })
})
