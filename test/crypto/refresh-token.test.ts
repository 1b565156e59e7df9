// The refresh token's form: recomputed, never stored, and forged by nobody who lacks either half of the key.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newId, newSecret } from '../../src/crypto/handle.js'
import {
  makeRefreshToken,
  type RefreshToken,
  readRefreshToken,
  refreshTagMatches,
} from '../../src/crypto/refresh-token.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'

const secrets = deriveSecrets(Buffer.alloc(32, 7))
const grant = { id: newId(1_800_000_000, randomBytes), secret: newSecret(randomBytes), generation: 3 }
const token = makeRefreshToken(secrets, grant)
const read = (text: string) => readRefreshToken(text) as RefreshToken

describe('refresh tokens', () => {
  it('are the same each time they are made, and read back', () => {
    expect(makeRefreshToken(secrets, { ...grant })).toBe(token)
    expect(read(token)).toMatchObject({ grantId: grant.id, generation: 3 })
    expect(refreshTagMatches(secrets, grant, read(token))).toBe(true)
  })

  it('of an older or a newer generation are genuine too: what that means is the grant to say', () => {
    for (const generation of [0, 2, 4, 999_999_999]) {
      const other = makeRefreshToken(secrets, { ...grant, generation })
      expect(refreshTagMatches(secrets, grant, read(other))).toBe(true)
    }
  })

  it('need both the row and the master key', () => {
    const otherRow = { ...grant, secret: newSecret(randomBytes) }
    expect(refreshTagMatches(secrets, otherRow, read(token))).toBe(false)
    expect(refreshTagMatches(deriveSecrets(Buffer.alloc(32, 8)), grant, read(token))).toBe(false)
  })

  it('do not move to another grant or another generation', () => {
    const [id, , tag] = token.split('.')
    expect(refreshTagMatches(secrets, grant, read(`${id}.4.${tag}`))).toBe(false)
    const otherGrant = { ...grant, id: newId(1_800_000_001, randomBytes) }
    expect(refreshTagMatches(secrets, otherGrant, read(token))).toBe(false)
  })

  it('have one spelling', () => {
    const [id, generation, tag = ''] = token.split('.')
    const others = [
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      `${token} `,
      `${id}.03.${tag}`,
      `${id}.+3.${tag}`,
      `${id}.-1.${tag}`,
      `${id}.3e0.${tag}`,
      `${id}.1000000000.${tag}`,
      `${id}..${tag}`,
      `${id}.${tag}`,
      `${id}.${generation}.${tag}.`,
      `${id?.slice(1)}.${generation}.${tag}`,
      `${id}.${generation}.${`${tag.slice(0, -1)}B`}`,
    ]
    for (const other of others) expect(readRefreshToken(other), other).toBeUndefined()
  })

  it('recased are not genuine', () => {
    const [id, generation, tag = ''] = token.split('.')
    const swapped = tag.slice(0, -1).replace(/[A-Za-z]/, (c) => (c < 'a' ? c.toLowerCase() : c.toUpperCase()))
    const recased = `${id}.${generation}.${swapped}${tag.slice(-1)}`
    expect(recased).not.toBe(token)
    expect(refreshTagMatches(secrets, grant, read(recased))).toBe(false)
  })
})
