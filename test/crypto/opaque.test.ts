// Opaque access tokens: read by us alone, in one spelling alone.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeOpaqueToken, type OpaqueClaims, readOpaqueToken } from '../../src/crypto/opaque.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'

const secrets = deriveSecrets(Buffer.alloc(32, 7))
const claims: OpaqueClaims = {
  grantId: '0123456789abcdef',
  jti: '0123456789abcdef.ABCDEFGHIJKLMNOP',
  clientId: 'c_app',
  sub: 'u_ada',
  aud: 'https://api.test',
  scope: ['read', 'write'],
  iat: 1_800_000_000,
  exp: 1_800_000_300,
  authTime: 1_799_999_999,
  acr: 'urn:grantor:acr:pwd',
  amr: ['pwd'],
}
const token = makeOpaqueToken(secrets, claims, randomBytes)

describe('opaque access tokens', () => {
  it('give back their claims, show none of them, and are never the same twice', () => {
    expect(readOpaqueToken(secrets, token)).toEqual(claims)
    expect(token).toMatch(/^go_[A-Za-z0-9_-]+$/)
    expect(Buffer.from(token.slice(3), 'base64url').toString('latin1')).not.toContain('u_ada')
    expect(makeOpaqueToken(secrets, claims, randomBytes)).not.toBe(token)
  })

  it('leave out what a client has not: a token without a person', () => {
    const { authTime, acr, amr, ...own } = claims
    expect(readOpaqueToken(secrets, makeOpaqueToken(secrets, own, randomBytes))).toEqual(own)
  })

  it('IR07 truncated, extended, recased or padded are nothing', () => {
    for (let length = 0; length < token.length; length++) {
      expect(readOpaqueToken(secrets, token.slice(0, length))).toBeUndefined()
    }
    for (const more of ['A', 'AA', 'AAAA', '=', '==', '.', ' ', '\n']) {
      expect(readOpaqueToken(secrets, token + more), more).toBeUndefined()
    }
    for (let at = 0; at < token.length; at++) {
      const c = token.charAt(at)
      const recased = c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()
      if (recased === c) continue
      expect(readOpaqueToken(secrets, token.slice(0, at) + recased + token.slice(at + 1))).toBeUndefined()
    }
  })

  it('IR07 with loose bits in the last character are nothing', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = [0, 1, 2].flatMap((pad) => {
      const text = makeOpaqueToken(secrets, { ...claims, sub: 'u_ada'.padEnd(5 + pad, 'x') }, randomBytes)
      const others = [...alphabet].filter((c) => c !== text.slice(-1)).map((c) => text.slice(0, -1) + c)
      const bytes = Buffer.from(text.slice(3), 'base64url')
      return others.filter((other) => Buffer.from(other.slice(3), 'base64url').equals(bytes))
    })
    expect(spellings.length).toBeGreaterThan(0)
    for (const other of spellings) expect(readOpaqueToken(secrets, other)).toBeUndefined()
  })

  it('of another server, or another kind of text, are nothing', () => {
    expect(readOpaqueToken(deriveSecrets(Buffer.alloc(32, 8)), token)).toBeUndefined()
    for (const text of [
      '',
      'go_',
      'go_AAAA',
      token.slice(3),
      `gr_${token.slice(3)}`,
      `go_${'A'.repeat(20_000)}`,
    ]) {
      expect(readOpaqueToken(secrets, text)).toBeUndefined()
    }
  })
})
