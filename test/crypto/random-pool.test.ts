// The stock of random bytes hands out each byte once.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { poolRandom } from '../../src/crypto/random-pool.js'

describe('the pool', () => {
  it('hands out what the source gave, each byte once, and keeps nothing', () => {
    const given: Buffer[] = []
    const copies: Buffer[] = []
    const random = poolRandom((bytes) => {
      const chunk = randomBytes(bytes)
      given.push(chunk)
      copies.push(Buffer.from(chunk))
      return chunk
    })
    const taken: Buffer[] = []
    for (let i = 0; i < 500; i++) taken.push(random(1 + (i % 64)))
    const supply = Buffer.concat(copies)
    let from = 0
    for (const piece of taken) {
      const found = supply.indexOf(piece, from)
      expect(found).toBeGreaterThanOrEqual(from)
      from = found + piece.length
    }
    expect(given.length).toBe(2)
    expect(given[0]?.subarray(0, 8000).every((byte) => byte === 0)).toBe(true)
  })

  it('gives pieces of their own, which a caller may change', () => {
    const random = poolRandom(randomBytes)
    const first = random(32)
    const second = random(32)
    const before = Buffer.from(second)
    first.fill(1)
    expect(second).toEqual(before)
  })

  it('F18: passes on that the source has failed, gives nothing then, and recovers', () => {
    const state = { failing: false }
    const random = poolRandom((bytes) => {
      if (state.failing) throw new Error('no entropy')
      return randomBytes(bytes)
    })
    for (let i = 0; i < 128; i++) random(64)
    state.failing = true
    for (const bytes of [1, 32, 64, 1000]) expect(() => random(bytes)).toThrow('no entropy')
    state.failing = false
    expect(random(32).equals(Buffer.alloc(32))).toBe(false)
  })

  it('asks for much directly', () => {
    const asked: number[] = []
    const random = poolRandom((bytes) => {
      asked.push(bytes)
      return randomBytes(bytes)
    })
    expect(random(65)).toHaveLength(65)
    expect(random(0)).toHaveLength(0)
    expect(random(64)).toHaveLength(64)
    expect(asked).toEqual([65, 8192])
  })
})
