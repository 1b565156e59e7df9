// WebAuthn challenges: ours, for one purpose and page, for five minutes, and base64url that browsers take.
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newChallenge, readChallenge } from '../../src/crypto/challenge.js'
import { relyingPartyOf } from '../../src/crypto/passkey.js'

const key = createSecretKey(Buffer.alloc(32, 1))
const about = { key, purpose: 'sign_in', binding: ['browser', 'interaction'] }
const now = 1_800_000_000
const challenge = newChallenge({ ...about, now, random: randomBytes })

describe('a challenge', () => {
  it('is strict base64url and never the same', () => {
    expect(Buffer.from(challenge, 'base64url').toString('base64url')).toBe(challenge)
    expect(newChallenge({ ...about, now, random: randomBytes })).not.toBe(challenge)
  })

  it('is good for five minutes', () => {
    expect(readChallenge({ ...about, challenge, now })).toEqual({ expiresAt: now + 300 })
    expect(readChallenge({ ...about, challenge, now: now + 299 })).toBeDefined()
    expect(readChallenge({ ...about, challenge, now: now + 300 })).toBeUndefined()
  })

  it.each<[string, Partial<Parameters<typeof readChallenge>[0]>]>([
    ['for another purpose', { purpose: 'register' }],
    ['on another page', { binding: ['browser', 'other'] }],
    ['whose binding is cut otherwise', { binding: ['browserinteraction'] }],
    ['under another key', { key: createSecretKey(Buffer.alloc(32, 2)) }],
    ['that is cut', { challenge: challenge.slice(0, -1) }],
    ['that is longer', { challenge: `${challenge}A` }],
    ['with another expiry', { challenge: `${challenge.slice(0, 30)}AA${challenge.slice(32)}` }],
    ['that is empty', { challenge: '' }],
  ])('%s is none of ours', (_, other) => {
    expect(readChallenge({ ...about, challenge, now, ...other })).toBeUndefined()
  })
})

it('a relying party has a name: passkeys belong to hosts, not to addresses', () => {
  expect(relyingPartyOf('https://id.example.org:8443/sso')).toEqual({
    id: 'id.example.org',
    origin: 'https://id.example.org:8443',
  })
  expect(relyingPartyOf('http://localhost:9000')?.id).toBe('localhost')
  for (const issuer of ['http://127.0.0.1:9000', 'http://[::1]:9000', 'https://192.0.2.1'])
    expect(relyingPartyOf(issuer), issuer).toBeUndefined()
})
