// The account page: which apps are connected, disconnecting one, signing out.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { authenticatedPost, authorizeUrl, codeFlow, refresh } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let calendar: Registered
let alice: Person
let browser: Browser
const scope = 'openid email offline_access read'

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read', 'write'], {
    name: 'Events',
    scopes: [{ name: 'read', description: 'See your events' }],
  })
  calendar = await server.addClient('web', { client_name: 'Calendar', client_uri: 'https://calendar.test/' })
  alice = await server.addUser()
  browser = createBrowser(server)
})
afterEach(() => server.close())

const open = () => browser.open(`${server.issuer}/account/connections`)
const disconnectPath = () => `/account/connections/${calendar.client.id}/disconnect`

describe('connected apps', () => {
  it('are shown to who signs in, in words, with since, last use and devices', async () => {
    await open()
    expect(browser.view.heading).toBe('Sign in')
    expect((await browser.signIn(alice)).text).toContain('No app is connected')

    server.clock.advance(86_400 / 4)
    const phone = createBrowser(server)
    await codeFlow(server, phone, calendar, { person: alice, params: { scope } })
    const tokens = await codeFlow(server, browser, calendar, { person: alice, params: { scope } })
    server.clock.advance(600)
    await refresh(server, calendar, tokens.refresh_token ?? '')
    const { text } = await open()
    for (const words of [
      'Calendar',
      'calendar.test',
      'See your events',
      'See your email address',
      'Stay connected',
    ]) {
      expect(text).toContain(words)
    }
    expect(text).toMatch(/Devices 2/)
    expect(text).toMatch(/Connected [A-Z][a-z]{2} \d/)
    expect(text).not.toContain('Not yet')
  })

  it('are cut off at once: grants, tokens and remembered consent, on every device (AC07)', async () => {
    const phone = createBrowser(server)
    const first = await codeFlow(server, phone, calendar, { person: alice, params: { scope } })
    const second = await codeFlow(server, browser, calendar, { person: alice, params: { scope } })
    await open()
    const view = await browser.submit({}, 'Disconnect')
    expect(view.text).toContain('Calendar is disconnected')
    expect(view.text).toContain('No app is connected')
    for (const tokens of [first, second]) {
      expect((await refresh(server, calendar, tokens.refresh_token ?? '')).status).toBe(400)
      const seen = await authenticatedPost(server, '/introspect', calendar, { token: tokens.access_token })
      expect(await seen.json()).toEqual({ active: false })
    }
    expect((await browser.open(authorizeUrl(server, calendar).url)).heading).toContain('Allow Calendar')
    const [entry] = await server.deps.store.audit.list({ limit: 1, type: 'connection.ended' })
    expect(entry).toMatchObject({ sub: alice.user.sub, clientId: calendar.client.id, detail: { grants: 2 } })
  })

  it('are listed while an app would get access without asking, though it holds none now', async () => {
    await codeFlow(server, browser, calendar, { person: alice })
    await open()
    await browser.submit({}, 'Sign out')
    expect(browser.view.heading).toBe('You are signed out')
    await open()
    const view = await browser.signIn(alice)
    expect(view.text).toContain('Calendar')
    expect(view.text).toMatch(/Devices None at the moment/)
    expect(view.text).not.toContain('Last used')
    expect((await browser.submit({}, 'Disconnect')).text).toContain('Calendar is disconnected')
  })

  it('of other people cannot be touched, nor seen (AC04)', async () => {
    const tokens = await codeFlow(server, browser, calendar, { person: alice, params: { scope } })
    const mallory = await server.addUser({ username: 'mallory' })
    const other = createBrowser(server)
    await other.open(`${server.issuer}/account`)
    const page = await other.signIn(mallory)
    expect(page.text).not.toContain('Calendar')
    const csrf = page.forms[0]?.fields.csrf ?? ''
    expect((await other.post(disconnectPath(), { csrf })).status).toBe(404)
    expect((await refresh(server, calendar, tokens.refresh_token ?? '')).status).toBe(200)
  })

  it('say that one is disconnected only while it is true', async () => {
    await codeFlow(server, browser, calendar, { person: alice })
    for (const id of [calendar.client.id, 'nothing', '<script>']) {
      const view = await browser.open(`/account/connections?disconnected=${encodeURIComponent(id)}`)
      expect(view.text).not.toContain('is disconnected')
      expect(view.html).not.toContain('<script>')
    }
  })
})

describe('forms of the account', () => {
  it('are only ours, and of this session (SE03)', async () => {
    await codeFlow(server, browser, calendar, { person: alice })
    const page = await open()
    const csrf = page.forms[0]?.fields.csrf ?? ''
    for (const path of [disconnectPath(), '/account/sign-out']) {
      expect((await browser.post(path, { csrf }, { from: 'https://evil.test' })).status).toBe(403)
      expect((await browser.post(path, { csrf: 'x' })).status).toBe(403)
      expect((await browser.post(path, {})).status).toBe(403)
    }
    // Signing in again makes a new session, whose pages have new tokens.
    await browser.open(authorizeUrl(server, calendar, { prompt: 'login' }).url)
    await browser.submit({ password: alice.password })
    expect((await browser.post('/account/sign-out', { csrf })).status).toBe(403)
    expect((await open()).text).toContain('Calendar')
  })

  it('sign out: the session is over, and the page says so after a reload too', async () => {
    await open()
    await browser.signIn(alice)
    const cookies = browser.cookies
    const view = await browser.submit({}, 'Sign out')
    expect(view.heading).toBe('You are signed out')
    expect((await browser.reload()).heading).toBe('You are signed out')
    expect(browser.cookies['__Host-grantor_session']).toBeUndefined()
    const old = createBrowser(server)
    for (const [name, value] of Object.entries(cookies)) old.setCookie(name, value)
    expect((await old.open(`${server.issuer}/account`)).heading).toBe('Sign in')
  })

  it('sent after the session is over lead to the sign-in page', async () => {
    await open()
    const page = await browser.signIn(alice)
    server.clock.advance(server.config.sessionIdleTtl)
    const view = await browser.post('/account/sign-out', { csrf: page.forms[0]?.fields.csrf ?? '' })
    expect(view.heading).toBe('Sign in')
  })
})
