// Holds what the pages say in each state: errors at their fields, what consent means, times and languages.
import { describe, expect, it } from 'vitest'
import { connectionsPage } from '../../src/pages/connections.js'
import { consentPage } from '../../src/pages/consent.js'
import { loginPage } from '../../src/pages/login.js'
import { de } from '../../src/pages/messages/de.js'
import { en } from '../../src/pages/messages/en.js'
import { pickMessages, pickRegion } from '../../src/pages/messages/pick.js'
import { element, elements, textOf } from './markup.js'
import { connections, consent, login } from './states.js'

const invalid = (html: string) =>
  elements(html, 'input')
    .filter(({ attributes }) => attributes.get('aria-invalid') === 'true')
    .map(({ attributes }) => attributes.get('name'))

describe('sign-in', () => {
  it('has the fields that password managers know', () => {
    const { html } = loginPage({ ...login, username: 'ada' })
    const field = (name: string) =>
      Object.fromEntries(
        elements(html, 'input').find(({ attributes }) => attributes.get('name') === name)?.attributes ?? [],
      )
    expect(field('username')).toMatchObject({
      autocomplete: 'username',
      autocapitalize: 'none',
      value: 'ada',
    })
    expect(field('password')).toMatchObject({ type: 'password', autocomplete: 'current-password' })
    expect(field('password')).not.toHaveProperty('value')
  })

  it.each([
    ['wrong', 'ada', ['username', 'password']],
    ['missing', undefined, ['username', 'password']],
    ['missing', 'ada', ['password']],
    ['disabled', 'ada', []],
    ['busy', 'ada', []],
  ] as const)('%s, username %s: points at %j', (kind, username, fields) => {
    const { html } = loginPage({ ...login, username, error: { kind } })
    expect(invalid(html)).toEqual(fields)
    const alert = html.slice(html.indexOf('role="alert"'))
    const links = elements(alert.slice(0, alert.indexOf('</div>')), 'a')
    expect(links.map(({ attributes }) => attributes.get('href'))).toEqual(fields[0] ? [`#${fields[0]}`] : [])
  })

  it.each([
    [1, '1 second'],
    [59, '59 seconds'],
    [60, '1 minute'],
    [95, '2 minutes'],
  ])('says how long to wait: %i s is %s', (retryAfter, said) => {
    const { html } = loginPage({ ...login, error: { kind: 'throttled', retryAfter } })
    expect(textOf(html)).toContain(`Too many attempts. Try again in ${said}.`)
  })

  it('fixes the name when someone known is asked again', () => {
    const { html } = loginPage({
      ...login,
      fixedAccount: { username: 'ada' },
      reason: 'prompt',
      error: { kind: 'wrong' },
    })
    const name = elements(html, 'input').find(({ attributes }) => attributes.get('name') === 'username')
    expect(name?.attributes.has('hidden') && name.attributes.has('readonly')).toBe(true)
    expect(textOf(html)).toContain('The password is wrong.')
    expect(invalid(html)).toEqual(['password'])
  })
})

describe('CO07 consent', () => {
  it('shows app, host, account, scopes, destination and duration', () => {
    const text = textOf(consentPage(consent).html)
    for (const shown of [
      'Allow Orchard Planner to access your account?',
      'planner.example',
      'Verified by the administrator of Grantor.',
      'Ada Lovelace',
      'ada@example.test',
      'See your email address',
      'In Orchard API',
      'See your trees and when they bloom',
      'Your answer is sent to planner.example.',
      'until you remove it',
      'You will not be asked again',
    ]) {
      expect(text).toContain(shown)
    }
  })

  it('warns of an app that nobody checked, and of one on this computer', () => {
    const text = textOf(
      consentPage({
        ...consent,
        app: { ...consent.app, verified: false },
        destination: { kind: 'loopback', text: '127.0.0.1:4312' },
        offline: false,
        remembered: 'notRemembered',
      }).html,
    )
    expect(text).toContain('Nobody has checked who is behind this app.')
    expect(text).not.toContain('Verified by')
    expect(text).toContain('an app on this computer (127.0.0.1:4312)')
    expect(text).toContain('The connection ends when you sign out.')
    expect(text).toContain('You will be asked every time.')
  })

  it('offers deny first', () => {
    const decisions = elements(consentPage(consent).html, 'button').filter(
      ({ attributes }) => attributes.get('name') === 'decision',
    )
    expect(decisions.map(({ attributes }) => attributes.get('value'))).toEqual(['deny', 'allow'])
  })

  it('marks what is new only where something is not', () => {
    const scope = (name: string, isNew: boolean) => ({ name, title: name, isNew })
    const marks = (...scopes: ReturnType<typeof scope>[]) =>
      consentPage({ ...consent, groups: [{ api: 'API', scopes }] }).html.match(/class="badge"/g)?.length ?? 0
    expect(marks(scope('a', true), scope('b', true))).toBe(0)
    expect(marks(scope('a', false), scope('b', true))).toBe(1)
  })

  it('shows a scope without words raw, with a warning, and lends an API none of our own words', () => {
    for (const name of ['email', 'constructor', '__proto__']) {
      const { html } = consentPage({ ...consent, groups: [{ api: 'API', scopes: [{ name, isNew: true }] }] })
      expect(html).toContain(`<code><bdi>${name}</bdi></code>`)
      expect(textOf(html)).toContain(en.consent.noDescription)
    }
    const own = consentPage({ ...consent, groups: [{ scopes: [{ name: 'constructor', isNew: true }] }] })
    expect(own.html).toContain('<code><bdi>constructor</bdi></code>')
  })
})

describe('connected apps', () => {
  it('says when, for machines and in the region of the person', () => {
    const { html } = connectionsPage(connections)
    expect(element(html, 'time').attributes.get('datetime')).toBe('2026-03-12T14:03:00.000Z')
    expect(element(html, 'time').text).toBe('12 Mar 2026, 14:03 UTC')
    const american = connectionsPage({ ...connections, locales: ['fr-FR', 'en-US'] })
    expect(element(american.html, 'time').text).toMatch(/^Mar 12, 2026, 2:03\sPM UTC$/)
  })

  it('names the app on each button', () => {
    const labels = elements(connectionsPage(connections).html, 'button').map(({ attributes }) =>
      attributes.get('aria-label'),
    )
    expect(labels).toEqual([undefined, 'Disconnect Orchard Planner', 'Disconnect garden-cli'])
  })

  it('says once that an app was disconnected', () => {
    const { html } = connectionsPage({
      ...connections,
      notice: { kind: 'disconnected', app: 'Orchard Planner' },
    })
    expect(html).toMatch(/role="status"><bdi>Orchard Planner<\/bdi> is disconnected\./)
  })
})

describe('languages', () => {
  it.each([[], ['fr'], ['x'], ['en-u-ca-islamic'], ['"><script>'], ['\u0000', 'en'], ['__proto__']])(
    'any tag gives words: %j',
    (...locales) => {
      expect(pickMessages(locales)).toBe(en)
      expect(() => pickRegion(en, locales)).not.toThrow()
      expect(loginPage({ ...login, locales }).html).toContain('<html lang="en">')
    },
  )

  it('is German for who prefers it', () => {
    for (const locales of [['de'], ['de-CH', 'en'], ['fr', 'de-AT']]) {
      expect(pickMessages(locales)).toBe(de)
      expect(loginPage({ ...login, locales }).html).toContain('<html lang="de">')
    }
  })

  /** Every text, by the way to it; functions are asked with what makes no sense in a sentence. */
  function texts(value: unknown, way = ''): [string, string][] {
    if (typeof value === 'string') return [[way, value]]
    if (typeof value === 'function') return texts(value(7, 7), way)
    return Object.entries(value ?? {}).flatMap(([name, one]) => texts(one, `${way}/${name}`))
  }

  it('say all there is to say: no text is missing, empty, or the same by oversight', () => {
    const [english, german] = [new Map(texts(en)), new Map(texts(de))]
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
    const same = [...german].filter(([way, text]) => text === english.get(way) && /[a-z]{3}/.test(text))
    const shared = ['Code', 'Name', 'Website', 'Passkeys', 'Passkey', '7 Passkeys', '7 Apps', 'Parameter']
    expect(same.map(([, text]) => text).filter((text) => !shared.includes(text))).toEqual([])
    for (const [way, text] of [...english, ...german]) {
      const name = way.split('/').at(-2)
      if (!/^\d+$/.test(way.split('/').at(-1) ?? '')) expect(text.trim(), `${way} ${name}`).not.toBe('')
    }
  })

  it('takes the region from the tag of the same language', () => {
    expect(pickRegion(en, ['de-DE', 'en-Latn-GB-u-ca-islamic', 'en-US'])).toBe('en-GB')
    expect(pickRegion(en, ['de-DE'])).toBe('en')
  })
})
