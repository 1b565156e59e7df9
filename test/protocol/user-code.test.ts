// RFC 8628 6.1: user codes, and all the ways in which they are typed.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newUserCode } from '../../src/crypto/user-code.js'
import { formatUserCode, readUserCode, userCodeLetters } from '../../src/protocol/user-code.js'

describe('a user code', () => {
  it('is eight of twenty consonants, each as likely as any other', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 20_000; i++) {
      const code = newUserCode(randomBytes)
      expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
      for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    // 8000 of each are expected; without throwing bytes away some letters would have 8125 and others 7500.
    expect(counts.size).toBe(20)
    for (const count of counts.values()) expect(Math.abs(count - 8000)).toBeLessThan(480)
  })

  it('throws away the bytes that would favour some letters', () => {
    const sources = [
      Buffer.alloc(8, 240),
      Buffer.from([255, 0, 255, 1, 255, 2, 255, 3]),
      Buffer.alloc(8, 239),
    ]
    expect(newUserCode(() => sources.shift() ?? Buffer.alloc(8))).toBe('BCDFZZZZ')
  })

  it('is read back from what is shown, in either case and with anything between', () => {
    const code = fc
      .array(fc.constantFrom(...userCodeLetters), { minLength: 8, maxLength: 8 })
      .map((letters) => letters.join(''))
    const between = fc.array(fc.constantFrom('', ' ', '-', '\u2013', '.', '\t', '\u00a0'), {
      minLength: 9,
      maxLength: 9,
    })
    fc.assert(
      fc.property(code, between, fc.boolean(), (code, gaps, small) => {
        const typed = gaps.map((gap, index) => gap + (code[index] ?? '')).join('')
        expect(readUserCode(small ? typed.toLowerCase() : typed)).toBe(code)
        expect(readUserCode(formatUserCode(code))).toBe(code)
      }),
    )
  })

  it.each([
    '',
    'WDJBMJH',
    'WDJBMJHTT',
    'WDJBMJHA',
    'WDJBMJHY',
    'WDJBMJH5',
    'WDJB MJHÖ',
    `WDJBMJHT${' '.repeat(57)}`,
  ])('is not in %j', (typed) => expect(readUserCode(typed)).toBeUndefined())

  it('is found in wide letters too', () => {
    expect(readUserCode('\uff37\uff24\uff2a\uff22\uff0d\uff2d\uff2a\uff28\uff34')).toBe('WDJBMJHT')
  })
})
