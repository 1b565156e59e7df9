// Holds the queues of attempts to their order and their bounds.
import { describe, expect, it } from 'vitest'
import { createAttemptQueue } from '../../src/http/attempt-queue.js'

/** Attempts at one thing that is free once the test says so, for one at a time. */
function createTurnstile() {
  const state = { free: false, entered: [] as number[] }
  const attempt = (number: number) => async () => {
    if (!state.free) return 'wait' as const
    state.free = false
    state.entered.push(number)
    return number
  }
  return { state, attempt }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the queue of attempts', () => {
  it('EN05: lets them in as they came', async () => {
    const queue = createAttemptQueue({ pollIntervalMs: 60_000 })
    const { state, attempt } = createTurnstile()
    const all = [1, 2, 3].map((number) => queue.run('ada', attempt(number)))
    for (let i = 0; i < 3; i++) {
      await turn()
      state.free = true
      queue.judged('ada')
    }
    expect(await Promise.all(all)).toEqual([1, 2, 3])
    expect(state.entered).toEqual([1, 2, 3])
  })

  it('EN05: sees by itself what another node has judged', async () => {
    const queue = createAttemptQueue({ pollIntervalMs: 1 })
    const { state, attempt } = createTurnstile()
    const waiting = queue.run('ada', attempt(1))
    await turn()
    state.free = true
    expect(await waiting).toBe(1)
  })

  it('EN05: takes so many per key and so many in all, and others where they need not wait', async () => {
    const queue = createAttemptQueue({ maxPerKey: 2, max: 3, pollIntervalMs: 60_000, timeoutMs: 20 })
    const wait = async () => 'wait' as const
    const waiting = [queue.run('ada', wait), queue.run('ada', wait)]
    await turn()
    expect(await queue.run('ada', wait)).toBeUndefined()
    waiting.push(queue.run('bob', wait))
    await turn()
    expect(await queue.run('eve', wait)).toBeUndefined()
    expect(await queue.run('eve', async () => 'allowed')).toBe('allowed')
    // None waits for ever, and each that has gone makes room.
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined])
    expect(await queue.run('ada', async () => 'allowed')).toBe('allowed')
  })

  it('EN05: goes on after an attempt that fails', async () => {
    const queue = createAttemptQueue({ pollIntervalMs: 60_000 })
    const { state, attempt } = createTurnstile()
    let tries = 0
    const broken = queue.run('ada', async () => {
      if (tries++ > 0) throw new Error('the disk is full')
      return 'wait'
    })
    await turn()
    const next = queue.run('ada', attempt(2))
    await turn()
    state.free = true
    queue.judged('ada')
    await expect(broken).rejects.toThrow('the disk is full')
    expect(await next).toBe(2)
  })
})
