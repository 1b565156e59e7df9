// How strongly a user was authenticated (OIDC Core 2, RFC 8176): what is reported of several values that were asked for.
import { describe, expect, it } from 'vitest'
import {
  acrValues,
  atLeast,
  byCode,
  byPasskey,
  byPassword,
  secondFactorAcr as mfa,
  phishingResistantAcr as phr,
  passwordAcr as pwd,
  raised,
  toldAcr,
  weakest,
} from '../../src/protocol/acr.js'

describe('the acr that is reported', () => {
  it.each<[string, string[], string]>([
    ['the session’s own where none was asked for', [], phr],
    ['the strongest that is met, in whatever order', [pwd, mfa], mfa],
    ['the strongest that is met, in whatever order', [mfa, pwd], mfa],
    ['the strongest of all', [pwd, phr, mfa], phr],
    ['the one that was asked for', [pwd], pwd],
    ['the session’s own where none is known', ['urn:other'], phr],
    ['the one that is known', ['urn:other', mfa], mfa],
  ])('is %s: %j', (_what, asked, told) => {
    expect(toldAcr(phr, asked)).toBe(told)
  })

  it('is never more than the session has proven', () => {
    for (const acr of acrValues)
      for (const asked of [[phr], [mfa, phr], [pwd, mfa, phr]])
        expect(atLeast(acr, toldAcr(acr, asked)), `${acr} ${asked}`).toBe(true)
    expect(toldAcr(mfa, [phr, mfa, pwd])).toBe(mfa)
    expect(toldAcr(pwd, [phr, mfa])).toBe(pwd)
  })
})

it('the least of several values that would do is asked for', () => {
  expect(weakest([phr, mfa])).toBe(mfa)
  expect(weakest(['urn:other', phr])).toBe(phr)
  expect(weakest(['urn:other'])).toBeUndefined()
})

it('a session that proves more keeps every method, and the stronger acr', () => {
  const passkey = byPasskey({ synced: false })
  for (const both of [raised(byPassword, passkey), raised(passkey, byPassword)]) {
    expect(both.acr).toBe(phr)
    expect([...both.amr].sort()).toEqual(['mfa', 'pop', 'pwd', 'user'])
  }
  expect(raised(byPassword, byCode)).toEqual({ acr: mfa, amr: ['pwd', 'otp', 'mfa'] })
})
