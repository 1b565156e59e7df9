// The OpaqueString profile (RFC 8265 4.2) and the FreeformClass it is made of (RFC 8264 4.3), by their examples.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { opaqueString } from '../../src/protocol/opaque-string.js'

describe('EN06: the OpaqueString profile', () => {
  /** The examples of RFC 8265 4.3. */
  it.each([
    ['ASCII spaces', 'correct horse battery staple', 'correct horse battery staple'],
    ['capitals', 'Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    ['letters beyond ASCII', '\u03c0\u00df\u00e5', '\u03c0\u00df\u00e5'],
    ['symbols', 'Jack of \u2666s', 'Jack of \u2666s'],
    ['another space', 'foo\u1680bar', 'foo bar'],
    ['nothing', '', undefined],
    ['a control', 'my cat is a \u0009by', undefined],
  ])('EN06: RFC 8265 4.3: %s', (_, text, prepared) => {
    expect(opaqueString(text)).toBe(prepared)
  })

  it.each([
    ['maps every other space (Zs)', '\u00a0\u1680\u2000\u2003\u200a\u202f\u205f\u3000', '        '],
    ['keeps width', '\uff21\u3042\uff71', '\uff21\u3042\uff71'],
    ['keeps spaces at the edges', '  x ', '  x '],
    ['composes (NFC)', 'a\u030a\u212b', '\u00e5\u00c5'],
    ['keeps ligatures and fractions (HasCompat)', '\ufb03 \u00bd', '\ufb03 \u00bd'],
    ['composes Hangul before it is checked', '\u1112\u1161\u11ab', '\ud55c'],
  ])('EN06: %s', (_, text, prepared) => {
    expect(opaqueString(text)).toBe(prepared)
  })

  it.each([
    ['a conjoining jamo by itself', '\u1112'],
    ['C1 controls', '\u0085'],
    ['line and paragraph separators', '\u2028'],
    ['a soft hyphen', '\u00ad'],
    ['a variation selector', '\u2764\ufe0f'],
    ['a joiner between emoji', '\u{1f469}\u200d\u{1f4bb}'],
    ['direction marks', '\u200e'],
    ['a byte order mark', '\ufeff'],
    ['what is no character', '\ufdd0'],
    ['private use', '\ue000'],
    ['half of a pair', '\ud800'],
    ['what is not assigned', '\u0378'],
    ['exceptions (RFC 5892 2.6)', '\u0640'],
  ])('EN06: refuses %s', (_, code) => {
    expect(opaqueString(`x${code}y`)).toBeUndefined()
    expect(opaqueString(code)).toBeUndefined()
  })

  /** RFC 5892 A.1 to A.9. */
  it.each([
    ['A.1 after a virama', '\u0915\u094d\u200c\u0937', '\u0915\u200c\u0937'],
    ['A.1 between letters that join', '\u0645\u06cc\u200c\u062e\u0648', '\u0627\u200c\u062e'],
    ['A.1 over marks', '\u0628\u064b\u200c\u064b\u0628', 'a\u200cb'],
    ['A.2', '\u0915\u094d\u200d\u0937', '\u0645\u06cc\u200d\u062e'],
    ['A.3', 'col\u00b7legi', 'a\u00b7b'],
    ['A.4', '\u0375\u03b1', '\u0375a'],
    ['A.5', '\u05d0\u05f3', 'a\u05f3'],
    ['A.6', '\u05d0\u05f4', '\u05f4\u05d0'],
    ['A.7', '\u30a2\u30fb\u30a4', 'a\u30fbb'],
    ['A.8', '\u0661\u0662', '\u0661\u06f2'],
    ['A.9', '\u06f1\u06f2', '\u06f1\u0662'],
  ])('EN06: allows by context alone: %s', (_, good, bad) => {
    expect(opaqueString(good)).toBe(good)
    expect(opaqueString(bad)).toBeUndefined()
  })

  it('EN06: changes nothing that it has prepared', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1 }),
      fc.constantFrom(' ', '\u00a0', 'e', '\u0301'),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (letters) => {
        const once = opaqueString(letters.join(''))
        fc.pre(once !== undefined)
        expect(opaqueString(once ?? '')).toBe(once)
      }),
    )
  })

  it('takes no time, whatever it is given', () => {
    const hostile = ['\u200c', '\u00b7', '\u0628\u064b\u200c', '\u064b', '\u0660', '\u30fb'].map((unit) =>
      unit.repeat(512),
    )
    const start = performance.now()
    for (const text of hostile) opaqueString(text)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
