// WebAuthn challenges that nothing is stored of (SE13).
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newChallenge, readChallenge } from '../../src/crypto/challenge.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'

const { challenge: key } = deriveSecrets(Buffer.alloc(32, 7))
const about = { key, purpose: 'sign_in', binding: ['browser', 'interaction'] }
const now = 1_800_000_000
const made = newChallenge({ ...about, now, random: randomBytes })

describe('a challenge', () => {
  it('is good for five minutes, on any node with the key', () => {
    const { challenge: same } = deriveSecrets(Buffer.alloc(32, 7))
    const read = (at: number) => readChallenge({ ...about, key: same, challenge: made, now: at })
    expect(read(now)).toEqual({ expiresAt: now + 300 })
    expect(read(now + 299)).toEqual({ expiresAt: now + 300 })
    expect(read(now + 300)).toBeUndefined()
  })

  it('survives a browser, which decodes it and encodes the bytes anew', () => {
    for (let i = 0; i < 50; i++) {
      const challenge = newChallenge({ ...about, now: now + i, random: randomBytes })
      // Browsers refuse lengths that base64url cannot have.
      expect(challenge).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(challenge.length % 4).not.toBe(1)
      const anew = Buffer.from(challenge, 'base64url').toString('base64url')
      expect(readChallenge({ ...about, challenge: anew, now })).toEqual({ expiresAt: now + i + 300 })
    }
  })

  it('begins with 128 bits of chance', () => {
    const first = newChallenge({ ...about, now, random: (bytes) => Buffer.alloc(bytes, 9) })
    expect(Buffer.from(first, 'base64url').subarray(0, 16)).toEqual(Buffer.alloc(16, 9))
    expect(newChallenge({ ...about, now, random: randomBytes })).not.toBe(made)
  })

  it.each([
    ['purpose', { purpose: 'register' }],
    ['browser', { binding: ['other', 'interaction'] }],
    ['interaction', { binding: ['browser', 'other'] }],
    ['split of the binding', { binding: ['browserinteraction', ''] }],
    ['length of the binding', { binding: ['browser'] }],
    ['place of the purpose', { purpose: 'sign_in","browser', binding: ['interaction'] }],
    ['key', { key: deriveSecrets(Buffer.alloc(32, 8)).challenge }],
  ])('does not count for another %s', (_, other) => {
    expect(readChallenge({ ...about, ...other, challenge: made, now })).toBeUndefined()
  })

  it('does not count with any one bit changed', () => {
    const bytes = Buffer.from(made, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      const challenge = changed.toString('base64url')
      expect(readChallenge({ ...about, challenge, now })).toBeUndefined()
    }
  })

  it('has one spelling, so that it cannot be used once in each', () => {
    const spellings = [`${made}=`, ` ${made}`, `${made}\n`, `${made}A`, made.slice(0, -1), `.${made}`]
    const url = newChallenge({ ...about, now, random: (bytes) => Buffer.alloc(bytes, 255) })
    spellings.push(url.replaceAll('_', '/'))
    for (const challenge of spellings) {
      expect(readChallenge({ ...about, challenge, now }), challenge).toBeUndefined()
    }
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/='
    for (let at = 0; at < made.length; at++) {
      const others = [...alphabet].filter((letter) => letter !== made[at])
      const read = others.map((letter) => `${made.slice(0, at)}${letter}${made.slice(at + 1)}`)
      expect(read.filter((challenge) => readChallenge({ ...about, challenge, now }))).toEqual([])
    }
  })

  it('is nothing that anybody else writes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (challenge) => {
        expect(readChallenge({ ...about, challenge, now })).toBeUndefined()
      }),
    )
  })
})
