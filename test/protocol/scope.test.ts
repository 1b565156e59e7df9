// RFC 6749 3.3: scope strings.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatScope, isScopeToken, parseScope } from '../../src/protocol/scope.js'
import { refusal } from '../support/values.js'

describe('parseScope', () => {
  it('RFC 6749 3.3: tokens in their order, each once', () => {
    expect(parseScope('openid  api:read openid https://x.test/a ')).toEqual([
      'openid',
      'api:read',
      'https://x.test/a',
    ])
  })

  it.each(['a"b', 'a\\b', 'a\tb', 'ä', 'a\nb', '\u0000'])('AZ08: refuses the characters of %j', (text) =>
    expect(refusal(() => parseScope(text))).toEqual({ code: 'invalid_scope', parameter: 'scope' }),
  )

  it('AZ08: 100 tokens pass, 101 do not, nor 2 KiB and one', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`).join(' ')
    expect(parseScope(many(100))).toHaveLength(100)
    expect(refusal(() => parseScope(many(101))).code).toBe('invalid_scope')
    expect(parseScope('a'.repeat(2048))).toHaveLength(1)
    expect(refusal(() => parseScope('a'.repeat(2049))).code).toBe('invalid_scope')
  })

  it('is undone by formatScope', () => {
    const token = fc.string({ minLength: 1, maxLength: 20 }).filter(isScopeToken)
    fc.assert(
      fc.property(fc.uniqueArray(token, { maxLength: 50 }), (tokens) => {
        expect(parseScope(formatScope(tokens))).toEqual(tokens)
      }),
    )
  })
})
