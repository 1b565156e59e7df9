// Sessions as people meet them: several accounts, being kept signed in, seeing and ending them (issue of sessions).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { authorizeUrl, claimsOf, codeFlow, redeem, refresh, tokensOf, walk } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const cookie = '__Host-grantor_session'

let server: TestServer
let app: Registered
let alice: Person
let bob: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { skip_consent: true })
  alice = await server.addUser()
  bob = await server.addUser({ username: 'bob' })
})
afterEach(() => server.close())

async function signedIn(who: Person, more: Record<string, string> = {}, browser = createBrowser(server)) {
  await browser.open('/login')
  await browser.submit({ username: who.user.username, password: who.password, ...more })
  return browser
}

/** Alice, and then Bob beside her. */
async function both(): Promise<Browser> {
  const browser = await signedIn(alice)
  await browser.open('/select-account')
  await browser.submit({}, 'Use another account')
  await browser.signIn(bob)
  return browser
}

async function subOf(browser: Browser, params: Record<string, string> = {}): Promise<unknown> {
  const started = authorizeUrl(server, app, params)
  await browser.open(started.url)
  const answer = await walk(browser)
  if (!answer.has('code')) return answer.get('error')
  const { id_token = '' } = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
  return claimsOf(id_token).sub
}

describe('several accounts in one browser', () => {
  it('stay side by side, and a choice changes between them', async () => {
    const browser = await both()
    expect(browser.view.text).toContain('bob')
    expect(await subOf(browser)).toBe(bob.user.sub)
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    expect(browser.view.text).toMatch(/bob.*Alice/s)
    const started = authorizeUrl(server, app, { prompt: 'select_account' })
    await browser.open(started.url)
    const { left } = await browser.submit({ account: alice.user.sub }, 'Continue')
    const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '').sub).toBe(alice.user.sub)
    expect(await subOf(browser)).toBe(alice.user.sub)
  })

  it('are asked about when the present one signs out: nobody takes their place unasked', async () => {
    const browser = await both()
    await browser.submit({}, 'Sign out')
    expect(browser.view.heading).toBe('You are signed out')
    expect(await subOf(browser.newTab(), { prompt: 'none' })).toBe('login_required')
    await browser.open('/account')
    expect(browser.view.heading).toBe('Choose an account')
    expect(browser.view.text).toContain('Alice')
    expect(browser.view.text).not.toContain('bob')
    await browser.submit({ account: alice.user.sub }, 'Continue')
    expect(browser.view.heading).toBe('Your account')
  })

  it('cannot be chosen by who is not signed in here', async () => {
    const browser = await signedIn(alice)
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await browser.submit({ account: bob.user.sub }, 'Continue')
    expect(browser.view.heading).toBe('Choose an account')
  })

  it('are five at most: the one that was not used for longest is signed out', async () => {
    const browser = await signedIn(alice)
    for (let i = 0; i < 5; i++) {
      const person = await server.addUser({ username: `extra-${i}` })
      await browser.open('/select-account')
      await browser.submit({}, 'Use another account')
      await browser.signIn(person)
    }
    expect(browser.cookies[cookie]?.split('~')).toHaveLength(5)
    const alive = await server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })
    expect(alive).toHaveLength(5)
    expect(alive.map(({ sub }) => sub)).not.toContain(alice.user.sub)
  })

  it('with garbage between their handles are those that are genuine', async () => {
    const browser = await both()
    const [mine, theirs] = browser.cookies[cookie]?.split('~') ?? []
    for (const value of [`~${theirs}`, `x~${theirs}`, `~~~~~~~~${mine}`, `${mine}~x~`, '~'.repeat(4000)]) {
      const other = createBrowser(server)
      other.setCookie(cookie, value)
      const { status } = await other.open('/account')
      expect(status, value.slice(0, 20)).toBe(200)
    }
  })
})

describe('being kept signed in', () => {
  it('is a choice: the cookie outlives the browser, and the session has its own times', async () => {
    const kept = await signedIn(alice, { keep: '1' })
    const plain = await signedIn(bob)
    server.clock.advance(3601)
    expect((await plain.open('/account')).heading).toBe('Sign in')
    expect((await kept.open('/account')).heading).toBe('Your account')
    server.clock.advance(29 * 86_400)
    expect((await kept.open('/account')).heading).toBe('Your account')
    for (let month = 0; month < 3; month++) {
      server.clock.advance(29 * 86_400)
      await kept.open('/account')
    }
    expect(kept.view.heading).toBe('Sign in')
  })
})

describe('the list of sessions', () => {
  async function withTwo() {
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const other = createBrowser(server, { address: '198.51.100.9' })
    await other.open('/login', { headers: { 'User-Agent': agent } })
    const { action = '', fields = {} } = other.view.forms[0] ?? {}
    const password = { username: 'alice', password: alice.password }
    await other.post(action, { ...fields, ...password }, { headers: { 'User-Agent': agent } })
    const tokens = {
      bound: await codeFlow(server, other, app),
      durable: await codeFlow(server, other, app, { params: { scope: 'openid offline_access' } }),
    }
    const browser = await signedIn(alice)
    await browser.open('/account/sessions')
    return { browser, other, tokens }
  }

  it('shows where and since when, in coarse words, this one marked', async () => {
    const { browser } = await withTwo()
    const { text } = browser.view
    expect(text).toMatch(/This one.*Firefox on Linux/s)
    expect(text).toContain('198.51.100.9')
    expect(text).not.toContain('140')
  })

  it('ends one: its next request fails, and what was durable stays', async () => {
    const { browser, other, tokens } = await withTwo()
    const form = browser.view.forms.find(({ action }) => action.endsWith('/end'))
    await browser.post(form?.action ?? '', form?.fields ?? {})
    expect(browser.view.text).toContain('One session has ended.')
    expect((await other.open('/account')).heading).toBe('Sign in')
    expect((await refresh(server, app, tokens.bound.refresh_token ?? '')).status).toBe(400)
    await tokensOf(await refresh(server, app, tokens.durable.refresh_token ?? ''))
  })

  it('ends one with what was connected there, if asked', async () => {
    const { browser, tokens } = await withTwo()
    const form = browser.view.forms.find(({ action }) => action.endsWith('/end'))
    await browser.post(form?.action ?? '', { ...form?.fields, disconnect_apps: '1' })
    expect((await refresh(server, app, tokens.durable.refresh_token ?? '')).status).toBe(400)
  })

  it('ends all others, and never this one', async () => {
    const { browser, other } = await withTwo()
    await signedIn(alice)
    await browser.open('/account/sessions')
    await browser.submit({}, 'Sign out everywhere else')
    expect(browser.view.text).toContain('2 sessions have ended.')
    expect((await other.open('/account')).heading).toBe('Sign in')
    expect((await browser.open('/account')).heading).toBe('Your account')
  })
})

describe('mail about a sign-in', () => {
  it('comes for a browser that the person has not used, once', async () => {
    const browser = await signedIn(alice)
    expect(server.mails.map(({ subject }) => subject)).toEqual(['A new sign-in to your account'])
    await browser.submit({}, 'Sign out')
    await signedIn(alice, {}, browser)
    expect(server.mails).toHaveLength(1)
    await signedIn(alice)
    expect(server.mails).toHaveLength(2)
  })

  it('does not go to an address that is not known to be theirs', async () => {
    await signedIn(await server.addUser({ username: 'eve', emailVerified: false }))
    expect(server.mails).toEqual([])
  })
})

describe('a server that is reached by another name', () => {
  it.each([
    ['another host', { Host: 'other.test' }],
    ['the proxy says http', { 'X-Forwarded-Proto': 'http' }],
    ['the proxy says another host', { 'X-Forwarded-Host': 'other.test' }],
  ])('says so where the cookie is lost: %s', async (_, headers) => {
    const begun = await server.fetch('/login', { redirect: 'manual' })
    const lost = await server.fetch(begun.headers.get('location') ?? '', { headers })
    const html = await lost.text()
    expect(lost.status).toBe(400)
    expect(html).toContain('This server is known by another address')
    expect(html).toContain('https://as.test')
    expect(html).toContain('GRANTOR_ISSUER')
    expect(html).toContain(Object.values(headers)[0])
    expect(html).toContain('X-Forwarded-Proto and X-Forwarded-Host')
  })

  it('and is reached by its own, where the browser keeps no cookies, says that', async () => {
    const begun = await server.fetch('/login', { redirect: 'manual' })
    const lost = await server.fetch(begun.headers.get('location') ?? '')
    expect(await lost.text()).toContain('Your browser did not keep a cookie')
  })
})

describe('the page that asks before signing out', () => {
  it.each([
    [{}, 200],
    [{ disconnect_apps: '1' }, 400],
  ])('ends durable connections only if asked: %j', async (choice, status) => {
    const browser = createBrowser(server)
    const params = { scope: 'openid offline_access' }
    const { refresh_token = '' } = await codeFlow(server, browser, app, { person: alice, params })
    await browser.open('/end-session')
    const form = browser.view.forms.find(({ action }) => action.endsWith('/confirm'))
    await browser.post(form?.action ?? '', { ...form?.fields, decision: 'allow', ...choice })
    expect(browser.view.heading).toBe('You are signed out')
    expect((await refresh(server, app, refresh_token)).status).toBe(status)
  })
})
