// Holds names and texts by other people harmless: inert, isolated, in one piece (CO06, AZ19).
import { describe, expect, it } from 'vitest'
import { consentPage } from '../../src/pages/consent.js'
import { errorPage } from '../../src/pages/error.js'
import { formPostPage } from '../../src/pages/form-post.js'
import { plainText, safeHref, visibleText } from '../../src/pages/text.js'
import { element, elements } from './markup.js'
import { consent, failure, hostileNames, namedPages } from './states.js'

describe('CO06 a name with markup', () => {
  it.each(Object.entries(namedPages(hostileNames.script)))('is text on the %s page', (page, { html }) => {
    expect(html).not.toMatch(/<script>alert|<img/)
    const inline = elements(html, 'script').filter(({ attributes }) => !attributes.has('src'))
    expect(inline).toHaveLength(page === 'form post' ? 1 : 0)
  })

  it('stays inside its attribute', () => {
    const pages = namedPages('" autofocus onfocus="alert(1)')
    for (const { html } of Object.values(pages)) {
      for (const { attributes } of elements(html, '*')) expect(attributes.has('onfocus')).toBe(false)
    }
  })
})

describe('CO06 a link by an app', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.test', '/\\evil.test', 'https://', 'x'])(
    'is no link: %s',
    (href) => {
      expect(safeHref(href)).toBeUndefined()
      const { html } = consentPage({
        ...consent,
        app: { ...consent.app, uri: href, policyUri: href, tosUri: href },
      })
      expect(elements(html, 'a')).toHaveLength(0)
      const error = errorPage({ ...failure, actions: [{ label: 'Back', href }] })
      expect(elements(error.html, 'a').map(({ attributes }) => attributes.get('href'))).toEqual(['/account'])
    },
  )

  it.each(['https://app.example/a?b=c', 'http://localhost:3000/', '/account'])('is one: %s', (href) => {
    expect(safeHref(href)).toBe(href)
  })
})

describe('text by others', () => {
  it('loses what cannot be seen and what reorders', () => {
    expect(plainText(hostileNames.bidi)).toBe('Photogpj.exe App')
    expect(plainText(hostileNames.zeroWidth)).toBe('Google Drive')
    expect(plainText('a\n\tb\u2028c')).toBe('a b c')
    expect(plainText('\ud800x')).toBe('x')
  })

  it('keeps what other scripts and emoji need', () => {
    for (const text of [
      'می\u200cخواهم',
      '\u{1f469}\u200d\u{1f4bb} Work',
      '\u2764\ufe0f',
      'क्\u200dष',
      'Zoë',
    ]) {
      expect(plainText(text)).toBe(text)
    }
  })

  it('is cut at 80 characters, never inside one', () => {
    expect(plainText('x'.repeat(80))).toBe('x'.repeat(80))
    expect(plainText('\u{1f600}'.repeat(81))).toBe(`${'\u{1f600}'.repeat(79)}\u2026`)
    expect(plainText('x'.repeat(1_000_000))).toHaveLength(80)
  })

  it('piles at most three marks on a letter', () => {
    expect(plainText(hostileNames.piled)).toBe('Z\u0335\u0321\u034ealgo'.replace('\u034e', '\u034e'))
  })

  it('is written out where nothing else would be left', () => {
    expect(plainText(hostileNames.unseen)).toBe('\\u{200b}\\u{202e}\\u{2060}')
    expect(visibleText('a\u202eb\r\n')).toBe('a\\u{202e}b\\u{d}\\u{a}')
  })

  it('is isolated in sentences', () => {
    const { html } = consentPage({ ...consent, app: { ...consent.app, name: hostileNames.rtl } })
    expect(html).toContain(`<h1>Allow <bdi>${hostileNames.rtl}</bdi> to access your account?</h1>`)
  })

  it('is shown to developers whole up to a length, with its true length', () => {
    const value = `https://app.example/${'x'.repeat(2000)}`
    const { html } = errorPage({ ...failure, details: [{ label: 'Value received', value }] })
    expect(html).toContain(`${value.slice(0, 400)}</bdi>`)
    expect(html).toContain('(2020 characters)')
  })
})

describe('AZ19 the form_post page', () => {
  it('carries any value as it is', () => {
    const state = `"'><script>alert(1)</script>&amp;&lt;\u202e`
    const { html } = formPostPage({
      product: 'Grantor',
      base: '',
      locales: [],
      action: 'https://app.example/cb?a="b"&c',
      fields: { state, code: 'c' },
    })
    expect(element(html, 'form').attributes.get('action')).toBe('https://app.example/cb?a="b"&c')
    const [first] = elements(html, 'input')
    expect(first?.attributes.get('value')).toBe(state)
    expect(html.match(/<script>/g)).toHaveLength(1)
  })
})
