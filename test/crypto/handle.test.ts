// Ids and handles: order, grammar, one spelling only.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashSecret, matchesHash, newHandle, newId, newSecret, parseHandle } from '../../src/crypto/handle.js'

const now = 1_800_000_000
const idGrammar = /^[0-9A-Za-z]{16}$/

describe('newId', () => {
  it('gives 16 letters and digits that sort by byte order as they were made', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => newId(now + Math.floor(i / 1000), randomBytes))
    expect(ids.every((id) => idGrammar.test(id))).toBe(true)
    const byBytes = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(byBytes).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('keeps two processes apart by chance alone', () => {
    const first = newId(now + 100, () => Buffer.alloc(6, 1))
    const other = newId(now + 200, () => Buffer.alloc(6, 2))
    expect(first.slice(-7)).not.toBe(other.slice(-7))
  })

  it('stays in its grammar for the smallest and the largest chance and time', () => {
    for (const byte of [0, 255]) {
      for (const second of [0, 253_402_300_799]) {
        expect(newId(second, (bytes) => Buffer.alloc(bytes, byte))).toMatch(idGrammar)
      }
    }
  })
})

describe('handles', () => {
  const id = newId(now, randomBytes)
  const { handle, hash } = newHandle(id, randomBytes)
  const secret = handle.slice(17)

  it('carry 256 bits, of which the store sees the hash', () => {
    expect(parseHandle(handle)).toEqual({ id, secret })
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(hash).toBe(hashSecret(secret))
    expect(hash).not.toContain(secret)
    expect(matchesHash(secret, hash)).toBe(true)
  })

  it('have one spelling: truncated, extended, padded, recased or with loose bits they are none', () => {
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const loose = last[last.indexOf(handle.slice(-1)) + 1] as string
    expect(Buffer.from(secret.slice(0, -1) + loose, 'base64url')).toEqual(Buffer.from(secret, 'base64url'))
    const others = [
      handle.slice(0, -1),
      `${handle}A`,
      `${handle}=`,
      ` ${handle}`,
      `${handle}\n`,
      handle.slice(0, -1) + loose,
      handle.replace('.', ':'),
      `${handle}.${secret}`,
      handle.slice(1),
      `.${secret}`,
      id,
      '',
    ]
    for (const other of others) expect(parseHandle(other), other).toBeUndefined()
  })

  it('do not match when recased or exchanged', () => {
    const recased = [...secret]
      .map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()))
      .join('')
    expect(matchesHash(recased, hash)).toBe(false)
    expect(matchesHash(newSecret(randomBytes), hash)).toBe(false)
    expect(matchesHash(secret, '')).toBe(false)
    expect(matchesHash(secret, hash.slice(1))).toBe(false)
  })

  it('are read back whatever the secret', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const made = newHandle(id, () => Buffer.from(bytes))
        const read = parseHandle(made.handle)
        expect(read && matchesHash(read.secret, made.hash)).toBe(true)
      }),
    )
  })
})
