// Names and descriptions for pages: what stands in them, and what only hides or reorders.
import { describe, expect, it } from 'vitest'
import { passkeyName } from '../../src/endpoints/new-passkey.js'
import { plainText } from '../../src/pages/text.js'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { isDisplayText, toDisplayText } from '../../src/protocol/display-text.js'
import { resourceFaults } from '../../src/protocol/resource.js'
import { aResource, issuer } from '../support/values.js'

const needed = [
  ['a profession', '\u{1F469}\u200D\u{1F4BB} Work'],
  ['a family', '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'],
  ['a skin tone', '\u{1F469}\u{1F3FD}\u200D\u{1F692}'],
  ['a selector', '\u{1F3F3}\uFE0F\u200D\u{1F308}'],
  ['Persian', '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645'],
  ['Devanagari, joined', '\u0915\u094D\u200D\u0937'],
  ['Devanagari, not joined', '\u0915\u094D\u200C\u0937'],
] as const

const refused = [
  ['an override', 'a\u202Eb'],
  ['an isolate', 'a\u2066b\u2069'],
  ['a mark of direction', 'a\u200Fb'],
  ['a zero-width space', 'a\u200Bb'],
  ['a soft hyphen', 'a\u00ADb'],
  ['a byte order mark', '\uFEFFa'],
  ['a line break', 'a\nb'],
  ['a joiner between letters', 'Goo\u200Dgle'],
  ['a non-joiner between letters', 'Goo\u200Cgle'],
  ['a joiner before an emoji alone', 'a\u200D\u{1F4BB}'],
  ['a joiner at the end', '\u{1F469}\u200D'],
  ['two joiners', '\u{1F469}\u200D\u200D\u{1F4BB}'],
  ['a non-joiner in an emoji', '\u{1F469}\u200C\u{1F4BB}'],
  ['a non-joiner after a letter that does not join', '\u0627\u200C\u0645'],
] as const

const client = (client_name: string) =>
  parseClientMetadata('web', { client_name, redirect_uris: ['https://app.test/cb'] })
const faults = (more: object) =>
  resourceFaults({ ...aResource('https://api.test', ['read']), ...more }, issuer)

describe('PC10: a joiner stays where writing needs it', () => {
  it.each(needed)('%s', (_what, name) => {
    expect(isDisplayText(name)).toBe(true)
    expect(client(name).client_name).toBe(name.normalize('NFC'))
    expect(faults({ name, scopes: [{ name: 'read', description: name }] })).toEqual([])
    expect(passkeyName(name)).toBe(name)
    expect(plainText(name)).toBe(name)
  })
})

describe('PC10, RG06: what hides or reorders stays out', () => {
  it.each(refused)('%s', (_what, name) => {
    expect(isDisplayText(name)).toBe(false)
    expect(() => client(name)).toThrow('has control or invisible characters')
    expect(faults({ name })).toEqual(['name: has control or invisible characters'])
    expect(faults({ scopes: [{ name: 'read', description: name }] })).toEqual([
      'scopes: the description of read has control or invisible characters',
    ])
    expect(isDisplayText(passkeyName(name) ?? '')).toBe(true)
  })

  it('and a long text of joiners takes no time', () => {
    const started = performance.now()
    expect(isDisplayText('\u{1F469}\u200D'.repeat(20_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(500)
    expect(toDisplayText(' a\u200B\n b ')).toBe('a b')
  })
})
