// Holds the pages on the way in to what browsers, password managers and our script rely on.
import { describe, expect, it } from 'vitest'
import { forgotPasswordPage, signUpPage } from '../../src/pages/ask-for-mail.js'
import { enrolmentPage, recoveryCodesPage } from '../../src/pages/enrolment.js'
import { loginPage } from '../../src/pages/login.js'
import { logoutPage } from '../../src/pages/logout.js'
import { resetPasswordPage } from '../../src/pages/new-password.js'
import { noticePage } from '../../src/pages/notice.js'
import { passkeyOfferPage } from '../../src/pages/passkey-offer.js'
import { secondFactorPage } from '../../src/pages/second-factor.js'
import { ada, form, frame, login } from './fixtures.js'
import { element, elements, textOf } from './markup.js'
import { enrolment, reset, secondFactor } from './sign-in-states.js'

const field = (html: string, name: string) =>
  elements(html, 'input').find(({ attributes }) => attributes.get('name') === name)?.attributes

const hidden = (html: string, marker: string) =>
  elements(html, '*')
    .filter(({ attributes }) => attributes.has(marker))
    .map(({ attributes }) => attributes.has('hidden'))

const options = '{"challenge":"c2hhbGw"}'

describe('sign-in with a passkey', () => {
  it('gives the script what it needs, and shows nothing that needs it', () => {
    const { html } = loginPage({ ...login, passkey: { options } })
    const asked = element(html, 'form').attributes
    expect(asked.get('data-passkey')).toBe('get')
    expect(asked.get('data-options')).toBe(options)
    expect(asked.has('data-conditional')).toBe(true)
    expect(field(html, 'username')?.get('autocomplete')).toBe('username webauthn')
    expect(field(html, 'passkey')?.get('type')).toBe('hidden')
    expect(field(html, 'passkey_capable')?.get('type')).toBe('hidden')
    for (const marker of ['data-passkey-start', 'data-passkey-message', 'data-show-password']) {
      expect(hidden(html, marker)).toEqual([true])
    }
  })

  it('is not there where it is not offered', () => {
    const { html } = loginPage(login)
    expect(html).not.toMatch(/data-passkey|webauthn|name="passkey/)
  })

  it('waits to be asked for where the name is fixed', () => {
    const { html } = loginPage({ ...login, passkey: { options }, fixedAccount: ada })
    expect(element(html, 'form').attributes.has('data-conditional')).toBe(false)
  })

  it('is offered once, with a way on for browsers that have none', () => {
    const { html } = passkeyOfferPage({ ...form, action: '/o', account: ada, options, skip: '/on' })
    expect(element(html, 'form').attributes.get('data-passkey')).toBe('create')
    expect(hidden(html, 'data-passkey-start')).toEqual([true])
    expect(element(html, 'a').attributes.get('href')).toBe('/on')
    expect(hidden(html, 'data-passkey-only')).toEqual([true])
    expect(hidden(html, 'data-no-passkey')).toEqual([false])
  })
})

describe('keep me signed in', () => {
  it.each([
    [undefined, false],
    [true, true],
  ])('chosen before: %s', (keep, checked) => {
    const box = field(loginPage({ ...login, keep }).html, 'keep')
    expect(box?.get('value')).toBe('1')
    expect(box?.has('checked')).toBe(checked)
  })
})

describe('the second step', () => {
  it('asks for a code that phones fill in, and puts the focus there', () => {
    const code = field(secondFactorPage(secondFactor('totp')).html, 'code')
    expect(code?.get('autocomplete')).toBe('one-time-code')
    expect(code?.get('inputmode')).toBe('numeric')
    expect(code?.has('autofocus')).toBe(true)
  })

  it('takes a recovery code as plain text', () => {
    const code = field(secondFactorPage(secondFactor('recovery')).html, 'code')
    expect(code?.get('autocomplete')).toBe('off')
    expect(code?.has('inputmode')).toBe(false)
  })

  it('leaves the focus to what went wrong', () => {
    const { html } = secondFactorPage({ ...secondFactor('totp'), error: { kind: 'wrong' } })
    const focused = elements(html, '*').filter(({ attributes }) => attributes.has('autofocus'))
    expect(focused.map(({ attributes }) => attributes.get('role'))).toEqual(['alert'])
    expect(field(html, 'code')?.get('aria-invalid')).toBe('true')
    expect(field(html, 'code')?.has('value')).toBe(false)
  })

  it('leads from each way to the others', () => {
    const { html } = secondFactorPage(secondFactor('totp'))
    const links = elements(html, 'a').map(({ attributes }) => attributes.get('href'))
    expect(links).toEqual([
      '/second-factor/i1?method=passkey',
      '/second-factor/i1?method=recovery',
      '/lost-factor/i1',
    ])
  })

  it('says so where a passkey cannot be asked for', () => {
    const { html } = secondFactorPage(secondFactor('passkey'))
    expect(hidden(html, 'data-no-passkey')).toEqual([false])
    expect(html).not.toContain('type="submit" class="primary"')
  })
})

describe('setting up codes', () => {
  it('shows the key as a picture with words, and as text', () => {
    const { html } = enrolmentPage(enrolment)
    expect(html).toMatch(/role="img" aria-label="[^"]+"><svg/)
    expect(textOf(html)).toContain(enrolment.secretText)
    expect(field(html, 'setup')?.get('value')).toBe(enrolment.setup)
  })

  it('lists the recovery codes one per line, to be copied and printed', () => {
    const { html } = recoveryCodesPage({ ...frame, codes: ['AAAA-1', 'BBBB-2'], continueTo: { href: '/on' } })
    expect(elements(html, 'li').map(({ text }) => text)).toEqual(['AAAA-1', 'BBBB-2'])
    expect(hidden(html, 'data-copy')).toEqual([true])
  })
})

describe('choosing a password', () => {
  it('has the name for password managers, and never the password that was typed', () => {
    const { html } = resetPasswordPage({ ...reset, error: { kind: 'common' } })
    expect(field(html, 'username')?.get('value')).toBe('ada')
    expect(field(html, 'password')?.get('autocomplete')).toBe('new-password')
    expect(field(html, 'password')?.has('value')).toBe(false)
    expect(field(html, 'password')?.get('aria-describedby')).toBe('problem password-hint')
  })
})

describe('asking for a mail', () => {
  it('says the same for every address', () => {
    const sent = { ...form, action: '/f', loginHref: '/login', sent: true }
    const answers = ['ada', 'nobody', undefined].map((typed) => forgotPasswordPage({ ...sent, typed }).html)
    expect(new Set(answers).size).toBe(1)
  })

  it('keeps what was typed, at the field to correct', () => {
    const { html } = signUpPage({
      ...form,
      action: '/s',
      loginHref: '/login',
      typed: 'ada',
      error: { kind: 'email' },
    })
    expect(field(html, 'email')?.get('value')).toBe('ada')
    expect(field(html, 'email')?.get('aria-invalid')).toBe('true')
  })
})

describe('signing out', () => {
  const asked = { ...form, action: '/end-session/confirm', fields: {}, account: ada }

  it('says whom it signs out, and that others stay', () => {
    const text = textOf(logoutPage({ ...asked, others: true }).html)
    expect(text).toContain('ada@example.test')
    expect(text).toContain('Other accounts in this browser stay signed in.')
    expect(textOf(logoutPage(asked).html)).not.toContain('Other accounts')
  })

  it('disconnects apps only where that is offered and chosen', () => {
    const box = field(logoutPage({ ...asked, disconnect: true }).html, 'disconnect_apps')
    expect(box?.get('type')).toBe('checkbox')
    expect(box?.has('checked')).toBe(false)
    expect(field(logoutPage(asked).html, 'disconnect_apps')).toBeUndefined()
  })
})

it('a notice without a way on offers to sign in', () => {
  const { html } = noticePage({ ...frame, base: '/idp', kind: 'account_deleted', actions: [] })
  expect(element(html, 'a').attributes.get('href')).toBe('/idp/login')
})
