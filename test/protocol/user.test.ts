// ST03: one spelling per person.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalIdentifier, checkEmail, checkUsername, standardClaims } from '../../src/protocol/user.js'
import { anyText } from '../support/arbitrary.js'

describe('canonicalIdentifier', () => {
  it.each(['ADMIN', ' admin ', 'ａｄｍｉｎ', 'Admin\u00a0', 'ADMIN\n'])('ST03: %j is admin', (text) =>
    expect(canonicalIdentifier(text)).toBe('admin'),
  )

  it('ST03: a full-width @ is an @', () => {
    expect(canonicalIdentifier('Alice＠Example.TEST')).toBe('alice@example.test')
  })

  it('is settled after one pass', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 40 }), (text) => {
        const once = canonicalIdentifier(text)
        expect(canonicalIdentifier(once)).toBe(once)
        expect(canonicalIdentifier(` ${text.normalize('NFKD')}`)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('checkUsername', () => {
  it.each(['a', 'alice', 'Ünal Ö', 'a'.repeat(128), '王'])('accepts %j', (name) =>
    expect(checkUsername(name)).toBeUndefined(),
  )

  it.each([
    '',
    ' ',
    'a'.repeat(129),
    'a\u0000b',
    'a\nb',
    'a\u200bb',
    'a\u202eb',
    '\ud800',
    'bob@example.test',
    'a＠b',
  ])('refuses %j', (name) => expect(checkUsername(name, 'alice@example.test')).toEqual(expect.any(String)))

  it('an @ is for the own address only, whatever its spelling', () => {
    expect(checkUsername('alice@example.test', 'Alice@Example.test')).toBeUndefined()
    expect(checkUsername('alice@example.test')).toEqual(expect.any(String))
  })
})

describe('checkEmail', () => {
  it.each(['a@b', 'alice+x@example.test'])('accepts %s', (email) => expect(checkEmail(email)).toBeUndefined())
  it.each(['', 'a', 'a@', '@b', 'a@b@c', 'a b@c', 'a@b\n', `${'a'.repeat(250)}@b.test`, 'a\u200b@b'])(
    'refuses %j',
    (email) => expect(checkEmail(email)).toEqual(expect.any(String)),
  )
})

describe('standardClaims', () => {
  it('OIDC Core 5.1: takes its claims and no others', () => {
    expect(standardClaims.parse({ name: 'A', address: { country: 'DE' } })).toBeDefined()
    for (const bad of [
      { sub: 'x' },
      { email: 'x' },
      { picture: 'javascript:alert(1)' },
      { birthdate: 'May' },
    ]) {
      expect(standardClaims.safeParse(bad).success).toBe(false)
    }
  })
})
