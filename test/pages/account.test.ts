// Holds the account pages to what they show of a person's account, and to what their forms post.
import { describe, expect, it } from 'vitest'
import { activityPage } from '../../src/pages/activity.js'
import { changeEmailPage } from '../../src/pages/change-email.js'
import { checkPage } from '../../src/pages/check.js'
import { dataPage, deletePage } from '../../src/pages/data.js'
import { overviewPage } from '../../src/pages/overview.js'
import { passkeysPage } from '../../src/pages/passkeys.js'
import { passwordPage } from '../../src/pages/password.js'
import { profilePage } from '../../src/pages/profile.js'
import { sessionsPage } from '../../src/pages/sessions.js'
import { twoStepPage } from '../../src/pages/two-step.js'
import {
  changeEmail,
  check,
  deletion,
  overview,
  passkeys,
  password,
  profile,
  sessions,
  twoStep,
} from './account-states.js'
import { inAccount } from './fixtures.js'
import { elements, textOf } from './markup.js'

/** The forms of the page that post to where this matches: their fields by name, and their buttons. */
const formsTo = (html: string, action: RegExp) =>
  html
    .split('<form')
    .slice(1)
    .map((part) => `<form${part.split('</form>')[0]}`)
    .filter((part) => action.test(elements(part, 'form')[0]?.attributes.get('action') ?? ''))
    .map((part) => ({
      fields: new Map(elements(part, 'input').map(({ attributes }) => [attributes.get('name'), attributes])),
      html: part,
    }))

const warnings = (html: string) => html.match(/class="notice warn"/g)?.length ?? 0

describe('the menu', () => {
  it('marks the page that is open, and that one alone', () => {
    const { html } = sessionsPage(sessions)
    const nav = html.slice(html.indexOf('<nav'), html.indexOf('</nav>'))
    const links = elements(nav, 'a')
    expect(links).toHaveLength(9)
    const open = links.filter(({ attributes }) => attributes.has('aria-current'))
    expect(open.map(({ attributes }) => attributes.get('href'))).toEqual(['/account/sessions'])
  })

  it('stays under the path of the issuer', () => {
    const { html } = overviewPage({ ...overview, base: '/idp' })
    expect(html).toContain('href="/idp/account/second-factor"')
  })
})

describe('overview', () => {
  it('warns of nothing where all is well', () => {
    expect(warnings(overviewPage(overview).html)).toBe(0)
  })

  it.each([
    ['an address that is not confirmed', { email: { address: 'a@b.test', verified: false } }],
    ['no address', { email: undefined }],
    ['a single passkey', { passkeys: 1 }],
    ['few recovery codes', { recoveryCodes: 2 }],
  ])('warns of %s', (_what, change) => {
    expect(warnings(overviewPage({ ...overview, ...change }).html)).toBe(1)
  })

  it('counts in words', () => {
    const text = textOf(overviewPage(overview).html)
    for (const said of ['2 passkeys', '10 recovery codes left', '3 places', '2 apps', '12 Mar 2026']) {
      expect(text).toContain(said)
    }
  })
})

describe('profile', () => {
  it('posts names and language to one place, the address to another', () => {
    const { html } = profilePage(profile)
    const [names] = formsTo(html, /profile$/)
    expect([...(names?.fields.keys() ?? [])]).toEqual(['csrf', 'name', 'given_name', 'family_name'])
    expect(names?.html).toContain('<select id="locale" name="locale">')
    expect(names?.html).toContain('<option value="de" lang="de">Deutsch</option>')
    expect(html).toContain('href="/account/profile/email"')
    const [address] = formsTo(changeEmailPage(changeEmail).html, /email$/)
    expect([...(address?.fields.keys() ?? [])]).toEqual(['csrf', 'email'])
  })

  it('keeps an address that was refused', () => {
    const { html } = changeEmailPage({ ...changeEmail, typedEmail: 'ada@', error: { kind: 'email' } })
    const email = formsTo(html, /email$/)[0]?.fields.get('email')
    expect(email?.get('value')).toBe('ada@')
    expect(email?.get('aria-invalid')).toBe('true')
  })
})

describe('access check', () => {
  it('has a button as long as there is something to remove', () => {
    const buttons = (changes: Partial<typeof check>) =>
      elements(formsTo(checkPage({ ...check, ...changes }).html, /check$/)[0]?.html ?? '', 'button').length
    const none = { passkeys: [], apps: [] }
    expect(buttons({ ...none, passkeys: check.passkeys.slice(0, 1), twoStep: undefined })).toBe(1)
    expect(buttons({ ...none, twoStep: { since: 1, required: false } })).toBe(1)
    expect(buttons({ ...none, twoStep: { since: 1, required: true } })).toBe(0)
    expect(buttons({ ...none, twoStep: undefined })).toBe(0)
  })
})

describe('password', () => {
  it('signs out elsewhere unless that is taken back, and leaves apps alone unless asked', () => {
    const [form] = formsTo(passwordPage(password).html, /password$/)
    expect(form?.fields.get('end_sessions')?.has('checked')).toBe(true)
    expect(form?.fields.get('disconnect_apps')?.has('checked')).toBe(false)
  })

  it('points at what is wrong', () => {
    const { html } = passwordPage({ ...password, error: { kind: 'too_short' } })
    const [form] = formsTo(html, /password$/)
    expect(form?.fields.get('password')?.get('aria-invalid')).toBe('true')
  })
})

describe('passkeys', () => {
  it('warns of a single one', () => {
    expect(warnings(passkeysPage(passkeys).html)).toBe(0)
    expect(warnings(passkeysPage({ ...passkeys, passkeys: passkeys.passkeys.slice(0, 1) }).html)).toBe(1)
  })

  it('names the passkey on each button', () => {
    const labels = elements(passkeysPage(passkeys).html, '*').flatMap(
      ({ attributes }) => attributes.get('aria-label') ?? [],
    )
    expect(labels).toEqual([
      'Account',
      'Remove Laptop',
      'New name for Laptop',
      'Remove Security key',
      'New name for Security key',
    ])
  })

  it('adds one by script, and says so where there is none', () => {
    const { html } = passkeysPage(passkeys)
    const [add] = formsTo(html, /passkeys$/)
    expect([...(add?.fields.keys() ?? [])]).toEqual(['csrf', 'name', 'passkey'])
    expect(add?.html).toContain('data-passkey="create"')
    expect(add?.html).toMatch(/<p class="muted" data-no-passkey="true">/)
  })
})

describe('two-step sign-in', () => {
  it('can be turned off, but not against the administrator', () => {
    expect(formsTo(twoStepPage(twoStep).html, /turn-off$/)).toHaveLength(1)
    expect(formsTo(twoStepPage({ ...twoStep, required: true }).html, /turn-off$/)).toHaveLength(0)
  })
})

describe('sessions', () => {
  it('ends each of the others with a form of its own, and this one by signing out', () => {
    const ends = formsTo(sessionsPage(sessions).html, /sessions\/[^/]+\/end$/)
    expect(ends).toHaveLength(2)
    for (const { fields } of ends) expect(fields.get('disconnect_apps')?.has('checked')).toBe(false)
  })

  it('says where and how, and what is not known', () => {
    const text = textOf(sessionsPage(sessions).html)
    for (const said of ['Firefox on Linux', 'password and code', '203.0.113.7', 'Unknown browser']) {
      expect(text).toContain(said)
    }
  })

  it('offers nothing to end where there is nothing else', () => {
    const { html } = sessionsPage({ ...sessions, sessions: sessions.sessions.slice(0, 1) })
    expect(formsTo(html, /end/)).toHaveLength(0)
    expect(textOf(html)).toContain('You are signed in here, and nowhere else.')
  })
})

describe('activity', () => {
  const shown = (event: object) =>
    activityPage({
      ...inAccount('activity'),
      events: [{ type: 'user.signed_in', at: 1_773_324_180, ...event }],
    }).html

  it.each(['user.something_new', 'constructor', '__proto__'])(
    'shows what it has no words for: %s',
    (type) => {
      expect(shown({ type })).toContain(`<code>${type}</code>`)
    },
  )

  it('says who did what without an address', () => {
    expect(textOf(shown({}))).toContain('An administrator')
    expect(textOf(shown({ address: '203.0.113.7' }))).not.toContain('An administrator')
  })
})

describe('your data', () => {
  it('is one download', () => {
    const { html } = dataPage({ ...inAccount('data'), exportHref: '/e', deleteHref: '/d' })
    const [link] = elements(html, 'a').filter(({ attributes }) => attributes.has('download'))
    expect(link?.attributes.get('href')).toBe('/e')
  })

  it('is deleted only by typing the name', () => {
    const { html } = deletePage({ ...deletion, error: { kind: 'mismatch' } })
    const [form] = formsTo(html, /delete$/)
    expect(form?.fields.get('confirm')?.get('aria-invalid')).toBe('true')
    expect(form?.fields.get('confirm')?.has('value')).toBe(false)
    expect(textOf(html)).toContain('Type ada to confirm')
  })
})
