// Recovery codes: readable, unlike each other, and nothing without the master key.
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashRecoveryCode, newRecoveryCodes } from '../../src/crypto/recovery-code.js'

const key = createSecretKey(Buffer.alloc(32, 1))

describe('recovery codes', () => {
  it('are ten, of sixty bits each, without letters that are mistaken for digits', () => {
    const codes = newRecoveryCodes(randomBytes)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}$/)
  })

  it('are the same however they are typed', () => {
    const hash = hashRecoveryCode(key, 'u_ada', 'k0wz-1m2p-7qhc')
    for (const typed of ['K0WZ-1M2P-7QHC', ' k0wz 1m2p 7qhc ', 'kowzlm2p7qhc', 'KOWZ-IM2P-7QHC'])
      expect(hashRecoveryCode(key, 'u_ada', typed), typed).toBe(hash)
  })

  it('are not what is something else', () => {
    for (const typed of [
      '',
      'k0wz-1m2p',
      'k0wz-1m2p-7qhcx',
      'k0wz-1m2p-7qhu',
      '\0'.repeat(12),
      'x'.repeat(100),
    ])
      expect(hashRecoveryCode(key, 'u_ada', typed), typed).toBeUndefined()
  })

  it('have another hash for every person and every key', () => {
    const code = 'k0wz-1m2p-7qhc'
    const other = createSecretKey(Buffer.alloc(32, 2))
    const hashes = [
      hashRecoveryCode(key, 'u_ada', code),
      hashRecoveryCode(key, 'u_bob', code),
      hashRecoveryCode(other, 'u_ada', code),
    ]
    expect(new Set(hashes).size).toBe(3)
  })
})
