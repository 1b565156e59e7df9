// RFC 7636: proof key for code exchange, S256.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isChallenge, verifyPkce } from '../../src/protocol/pkce.js'
import { challenge, verifier } from '../support/values.js'

const s256 = (text: string) => createHash('sha256').update(text).digest('base64url')

describe('verifyPkce', () => {
  it('RFC 7636 appendix B: the published pair', () => expect(verifyPkce(challenge, verifier)).toBe(true))

  it.each([
    ['another verifier', verifier.replace('d', 'e')],
    ['the challenge itself', challenge],
    ['nothing', ''],
  ])('PK06: refuses %s', (_, text) => expect(verifyPkce(challenge, text)).toBe(false))

  it.each([
    [42, false],
    [43, true],
    [128, true],
    [129, false],
  ])('PK06: a verifier of %i characters', (length, good) => {
    const text = 'a'.repeat(length)
    expect(verifyPkce(s256(text), text)).toBe(good)
  })

  it.each(['ä', ' ', '+', '/', '=', '\n'])('RFC 7636 4.1: a verifier holds no %j', (char) => {
    const text = `${'a'.repeat(43)}${char}`
    expect(verifyPkce(s256(text), text)).toBe(false)
  })

  it('agrees with the definition for every well-formed verifier', () => {
    const char = fc.constantFrom(...'ABCXYZabcxyz0189-._~')
    const text = fc.string({ unit: char, minLength: 43, maxLength: 128 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect([verifyPkce(s256(one), one), verifyPkce(s256(one), other)]).toEqual([true, one === other])
      }),
    )
  })
})

describe('isChallenge', () => {
  it.each([
    challenge.slice(1),
    `${challenge}A`,
    `${challenge.slice(1)}=`,
    `${challenge.slice(1)}+`,
    `${challenge}\n`,
  ])('PK03: %j is none', (text) => expect(isChallenge(text)).toBe(false))
})
