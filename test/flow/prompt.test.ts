// prompt, max_age, hints and acr (OIDC Core 3.1.2.1): what is asked, what is answered, when it counts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { authorizeUrl, type Changes, claimsOf, codeFlow, redeem, walk } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  alice = await server.addUser()
})
afterEach(() => server.close())

async function signedIn(): Promise<{ browser: Browser; idToken: string }> {
  const browser = createBrowser(server)
  const tokens = await codeFlow(server, browser, app, { person: alice })
  return { browser, idToken: tokens.id_token ?? '' }
}

/** What one request comes to: an error, a page, or `code`. */
async function outcome(browser: Browser, params: Changes, client = app): Promise<string> {
  const view = await browser.open(authorizeUrl(server, client, params).url)
  if (!view.left) return view.url.pathname.split('/')[1] ?? ''
  expect(view.left.params.get('iss')).toBe(server.issuer)
  return view.left.params.get('error') ?? (view.left.params.has('code') ? 'code' : 'nothing')
}

describe('without a session', () => {
  it.each<[Changes, string]>([
    [{}, 'login'],
    [{ prompt: 'none' }, 'login_required'],
    [{ prompt: 'login' }, 'login'],
    [{ prompt: 'consent' }, 'login'],
    [{ prompt: 'select_account' }, 'login'],
    [{ display: 'popup', ui_locales: 'xx de', claims_locales: 'de', login_hint: '<b>' }, 'login'],
  ])('%o comes to %s', async (params, expected) => {
    expect(await outcome(createBrowser(server), params)).toBe(expected)
  })
})

describe('with a session and remembered consent', () => {
  it.each<[Changes, string]>([
    [{}, 'code'],
    [{ prompt: 'none' }, 'code'],
    [{ prompt: 'none', max_age: '10000' }, 'code'],
    [{ prompt: 'none', max_age: '50' }, 'login_required'],
    [{ prompt: 'none', scope: 'openid email' }, 'consent_required'],
    [{ prompt: 'login' }, 'login'],
    [{ prompt: 'consent' }, 'consent'],
    [{ prompt: 'select_account' }, 'select-account'],
    [{ prompt: 'select_account login consent' }, 'select-account'],
    [{ max_age: '10000' }, 'code'],
    [{ max_age: '100' }, 'login'],
    [{ max_age: '0' }, 'login'],
    [{ scope: 'openid email' }, 'consent'],
    [{ acr_values: 'urn:nobody:knows' }, 'code'],
    [
      { claims: '{"id_token":{"acr":{"essential":true,"values":["phr"]}}}' },
      'unmet_authentication_requirements',
    ],
    [{ claims: '{"id_token":{"sub":{"value":"u_somebody_else"}}}', prompt: 'none' }, 'login_required'],
  ])('%o comes to %s', async (params, expected) => {
    const { browser } = await signedIn()
    server.clock.advance(100)
    expect(await outcome(browser, params)).toBe(expected)
  })
})

describe('re-authentication', () => {
  it('cannot be turned into a sign-in as somebody else by changing the hidden name', async () => {
    await server.addUser({ username: 'mallory', password: 'the password of mallory' })
    const { browser } = await signedIn()
    await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    const view = await browser.submit({ username: 'mallory', password: 'the password of mallory' })
    expect(view).toMatchObject({ status: 422, heading: 'Confirm that it is you' })
  })

  it('expires with its interaction, not with the session', async () => {
    const { browser } = await signedIn()
    expect(await outcome(browser, { prompt: 'login', scope: 'openid email' })).toBe('login')
    await browser.submit({ password: alice.password })
    expect(browser.view.heading).toContain('Allow')
    server.clock.advance(601)
    expect((await browser.allow()).heading).toBe('This page has expired')
    expect((await browser.submit({}, 'Start again')).heading).toBe('Confirm that it is you')
  })
})

describe('choosing an account', () => {
  it('goes on as who is signed in', async () => {
    const { browser } = await signedIn()
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    expect(browser.view.text).toContain('alice')
    expect((await browser.submit({}, 'Continue')).left?.params.has('code')).toBe(true)
  })

  it('or as another, who signs in beside the first one', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const { browser } = await signedIn()
    const started = authorizeUrl(server, app, { prompt: 'select_account' })
    await browser.open(started.url)
    expect((await browser.submit({}, 'Use another account')).heading).toBe('Sign in')
    expect((await browser.submit({ username: 'bob', password: 'wrong' })).heading).toBe('Sign in')
    await browser.signIn(bob)
    const answer = await walk(browser)
    const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '').sub).toBe(bob.user.sub)
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    expect(browser.view.text).toMatch(/bob.*Alice/s)
  })

  it('"Not you?" on the consent page signs in as somebody else for the same request', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const { browser } = await signedIn()
    const started = authorizeUrl(server, app, { scope: 'openid email' })
    await browser.open(started.url)
    expect((await browser.submit({}, 'Not you?')).heading).toBe('Sign in')
    await browser.signIn(bob)
    expect(browser.view.text).toContain('bob')
    const { left } = await browser.allow()
    const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '').sub).toBe(bob.user.sub)
  })
})

describe('hints', () => {
  it('id_token_hint of the person signed in succeeds in silence, also when it has expired', async () => {
    const { browser, idToken } = await signedIn()
    server.clock.advance(1000)
    expect(await outcome(browser, { prompt: 'none', id_token_hint: idToken })).toBe('code')
  })

  it('login_hint is filled in, as text', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app, { login_hint: '"><script>x' }).url)
    expect(browser.view.forms[0]?.fields.username).toBe('"><script>x')
    expect(browser.view.html).not.toContain('<script>')
  })
})
