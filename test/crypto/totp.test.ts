// One-time codes: the vectors of RFC 6238 appendix B (SHA-1, the last six digits), and what is not a code.
import { randomBytes } from 'node:crypto'
import { Secret, URI } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { matchTotp, newTotpSecret, totpText, totpUri } from '../../src/crypto/totp.js'

const secret = Buffer.from('12345678901234567890')

describe('RFC 6238', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i the code is %s, half a minute early and late too, and no longer', (time, code) => {
    const step = Math.floor(time / 30)
    for (const now of [time - 30, time, time + 30]) expect(matchTotp(secret, code, now)).toBe(step)
    for (const now of [time - 90, time + 90]) expect(matchTotp(secret, code, now)).toBeUndefined()
  })

  it.each(['287 082', ' 287082 ', '28 70 82'])('%j is the same code', (code) => {
    expect(matchTotp(secret, code, 59)).toBe(1)
  })

  it.each(['', '28708', '2870820', '287082a', '-287082', '２８７０８２', '0x46126', ' '.repeat(40)])(
    '%j is none',
    (code) => expect(matchTotp(secret, code, 59)).toBeUndefined(),
  )
})

describe('a secret', () => {
  it('has 160 bits, which the address for apps and the text for people both give', () => {
    const fresh = newTotpSecret(randomBytes)
    expect(fresh).toHaveLength(20)
    const uri = totpUri({ secret: fresh, product: 'Grantor', account: 'ada@example.test' })
    const read = URI.parse(uri)
    expect(read).toMatchObject({ issuer: 'Grantor', label: 'ada@example.test', digits: 6, period: 30 })
    expect(Buffer.from(read.secret.bytes)).toEqual(fresh)
    expect(totpText(fresh)).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
    expect(Buffer.from(Secret.fromBase32(totpText(fresh).replaceAll(' ', '')).bytes)).toEqual(fresh)
  })
})
