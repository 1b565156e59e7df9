// RFC 6749 3.1, 3.2 and appendix B: reading parameters.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/protocol/error.js'
import { readParams, requireSingle } from '../../src/protocol/params.js'
import { anyText } from '../support/arbitrary.js'
import { refusal } from '../support/values.js'

describe('readParams', () => {
  it('RFC 6749 appendix B: decodes plus, percent and UTF-8', () => {
    const params = readParams('a=1+2%2B3&b=%C3%BC%E2%82%AC&c=x=y')
    expect(params.get('a')).toBe('1 2+3')
    expect(params.get('b')).toBe('ü€')
    expect(params.get('c')).toBe('x=y')
  })

  it('AZ04: an empty value counts as absent, and not as a repetition', () => {
    const params = readParams('scope=&scope=openid&state&=x&&')
    expect(params.get('scope')).toBe('openid')
    expect(params.get('state')).toBeUndefined()
    expect(params.repeated).toEqual([])
  })

  it('AZ03: names what came twice, save resource and audience', () => {
    const params = readParams('a=1&a=2&resource=x&resource=y&audience=p&audience=q&b=1')
    expect(params.repeated).toEqual(['a'])
    expect(params.all('resource')).toEqual(['x', 'y'])
    expect(refusal(() => requireSingle(params))).toEqual({ code: 'invalid_request', parameter: 'a' })
    expect(() => requireSingle(readParams('a=1&a=2', { repeatable: ['a'] }))).not.toThrow()
  })

  it.each(['a=%', 'a=%zz', '%=1', 'a=%ff', 'a=%c0%80', 'a=%ed%a0%80', 'a=%00', '%00=a', 'a=\ud800'])(
    'HT02: refuses %j',
    (raw) => expect(refusal(() => readParams(raw)).code).toBe('invalid_request'),
  )

  it('HT02: takes 64 parameters and refuses 65', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&')
    expect(readParams(many(64)).get('p63')).toBe('1')
    expect(refusal(() => readParams(many(65))).code).toBe('invalid_request')
  })

  it('HT06: __proto__ and constructor are names like any other', () => {
    const params = readParams('__proto__=a&constructor=b&__proto__=c')
    expect(params.get('__proto__')).toBe('a')
    expect(params.get('toString')).toBeUndefined()
    expect(params.repeated).toEqual(['__proto__'])
    const record = params.toRecord()
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
    expect(Object.hasOwn(record, '__proto__')).toBe(true)
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  })

  it('reads back whatever URLSearchParams writes', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !s.includes('\0'))
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { maxLength: 64, selector: ([k]) => k }), (pairs) => {
        const params = readParams(new URLSearchParams(pairs).toString())
        for (const [name, value] of pairs) expect(params.get(name)).toBe(value)
        expect(params.repeated).toEqual([])
      }),
    )
  })

  it('throws nothing but invalid_request', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 300 }), (raw) => {
        try {
          readParams(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError)
          expect((error as OAuthError).code).toBe('invalid_request')
        }
      }),
    )
  })
})
