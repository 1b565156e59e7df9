// EN07: the one form of a mailbox's domain, and which domains UTS 46 refuses.
import { describe, expect, it } from 'vitest'
import { asciiDomain } from '../../src/protocol/email-domain.js'
import {
  canonicalIdentifier,
  checkEmail,
  deliveryAddress,
  emailError,
  formerIdentifier,
} from '../../src/protocol/user.js'

describe('the domain of a mailbox', () => {
  it.each([
    ['m\u00fcller.example', 'xn--mller-kva.example'],
    ['mu\u0308ller.example', 'xn--mller-kva.example'],
    ['xn--mller-kva.example', 'xn--mller-kva.example'],
    ['fa\u00df.de', 'xn--fa-hia.de'],
    ['xn--fa-hia.de', 'xn--fa-hia.de'],
    ['\u03b2\u03cc\u03bb\u03bf\u03c2.com', 'xn--nxasmm1c.com'],
    ['\u4f8b\u3048\u3002\u30c6\u30b9\u30c8', 'xn--r8jz45g.xn--zckzah'],
    ['\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com', 'xn--mgba3gch31f060k.com'],
    ['example.org', 'example.org'],
    ['a--b.ab--c.de', 'a--b.ab--c.de'],
    ['intranet', 'intranet'],
  ])('EN07: %s is %s', (domain, ascii) => {
    expect(asciiDomain(domain)).toBe(ascii)
  })

  it.each([
    ['nothing', ''],
    ['an empty label', 'a..example'],
    ['a dot at an end', 'example.'],
    ['a hyphen at an end of a label', '-a.example'],
    ['one beyond ASCII', '-\u00fc-.example'],
    ['a long label', `${'a'.repeat(64)}.example`],
    ['a label that gets long', `${'\u00fc'.repeat(60)}.example`],
    ['a long name', `${'a.'.repeat(127)}example`],
    ['broken Punycode', 'xn--zzzzzz999999.example'],
    ['Punycode of ASCII', 'xn--abc-.example'],
    ['Punycode of what has another form', 'xn--wca.example'],
    ['the empty prefix', 'xn--.example'],
    ['what is not assigned', '\u0378.example'],
    ['a joiner without a context (CheckJoiners)', 'a\u200db.example'],
    ['two directions (CheckBidi)', '\u05d0a.example'],
    ['a mark first', '\u0301a.example'],
    ['what becomes a slash', '\u2100.example'],
    ['what decomposes to ASCII (STD3)', '\u2260.example'],
    ['an underscore', 'a_b.example'],
    ['percent encoding', 'ex%41mple.org'],
    ['a port', 'example.org:25'],
    ['an IPv4 address', '192.0.2.1'],
    ['another spelling of one', '0x7f.1'],
    ['an address literal', '[192.0.2.1]'],
    ['a tab, which the URL parser drops', 'exam\tple.org'],
  ])('EN07: with %s is refused', (_, domain) => {
    expect(asciiDomain(domain)).toBeUndefined()
    expect(emailError(`max@${domain}`)).toBeDefined()
  })
})

describe('an email address', () => {
  it('EN07: is one identity in every spelling of its domain', () => {
    const spellings = [
      'max@m\u00fcller.example',
      'MAX@M\u00dcLLER.example',
      'max@mu\u0308ller.example',
      ' max@xn--mller-kva.example ',
      'Max\uff20XN--MLLER-KVA.EXAMPLE',
      'max@m\u00fcller\uff0eexample',
    ]
    expect([...new Set(spellings.map(canonicalIdentifier))]).toEqual(['max@xn--mller-kva.example'])
    expect(formerIdentifier('max@xn--mller-kva.example')).toBe('max@m\u00fcller.example')
    expect(formerIdentifier('max@example.org')).toBe('max@example.org')
  })

  it('EN07: stays as it was where its domain is none', () => {
    expect(canonicalIdentifier('Max@-Bad-.example')).toBe('max@-bad-.example')
    expect(canonicalIdentifier('a@B@m\u00fcller.example')).toBe('a@b@m\u00fcller.example')
  })

  it('EN07: goes to the mail server with A-labels, and its local part as it is', () => {
    expect(deliveryAddress('Max.M\u00fcller@M\u00dcLLER.example')).toBe(
      'Max.M\u00fcller@xn--mller-kva.example',
    )
  })

  it('EN07: is told apart by what is wrong with it', () => {
    expect(emailError('max@m\u00fcller.example')).toBeUndefined()
    expect(emailError('max@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com')).toBeUndefined()
    expect(emailError('max@-bad-.example')).toBe('email_domain')
    expect(emailError('max@exa\u00admple.org')).toBe('email_domain')
    expect(emailError('max')).toBe('email')
    expect(emailError(`${'m'.repeat(200)}@${'\u00fc'.repeat(20)}.${'\u00fc'.repeat(20)}.example`)).toBe(
      'email',
    )
    expect(checkEmail('max@-bad-.example')).toContain('not a valid domain: -bad-.example')
  })
})
