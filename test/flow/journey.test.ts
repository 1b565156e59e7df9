// The journey of a person from an app's request to its answer: pages in order, tabs, back, reload, expiry.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, claimsOf, getCode, redeem } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { client_name: 'Calendar', client_uri: 'https://app.test/home' })
  alice = await server.addUser()
})
afterEach(() => server.close())

/** A browser in which alice is signed in and Calendar has its consent. */
async function settled() {
  const browser = createBrowser(server)
  await getCode(server, browser, app, { person: alice })
  return browser
}

const idOf = (url: URL) => url.pathname.split('/').at(-1) as string

describe('the way through', () => {
  it('is sign-in, consent, code; with state and iss, once each', async () => {
    const browser = createBrowser(server)
    const started = authorizeUrl(server, app, { scope: 'openid profile' })
    const login = await browser.open(started.url)
    expect(login).toMatchObject({ status: 200, heading: 'Sign in' })
    expect(login.url.pathname).toMatch(/^\/login\/[0-9A-Za-z]{16}$/)
    expect(login.text).toContain('Calendar')

    const consent = await browser.signIn(alice)
    expect(consent).toMatchObject({ status: 200, heading: 'Allow Calendar to access your account?' })
    const { left } = await browser.allow()
    expect(left?.url.origin + (left?.url.pathname ?? '')).toBe('https://app.test/cb')
    expect(Object.fromEntries(left?.params ?? [])).toEqual({
      code: expect.stringMatching(/^[0-9A-Za-z]{16}\.[\w-]{43}$/),
      state: started.state,
      iss: server.issuer,
    })
    const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ sub: alice.user.sub, nonce: started.nonce })
  })

  it('is no way at all for who is signed in and has allowed it: one redirect, no interaction', async () => {
    const browser = await settled()
    const response = await browser.request(authorizeUrl(server, app).url)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toMatch(/^https:\/\/app\.test\/cb\?code=/)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('leads back with access_denied when the person cancels or denies', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app, { state: 's1' }).url)
    const cancelled = await browser.submit({}, 'decision=deny')
    expect(cancelled.left?.params.get('error')).toBe('access_denied')
    expect(cancelled.left?.params.get('state')).toBe('s1')
    expect(cancelled.left?.params.get('iss')).toBe(server.issuer)

    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    expect((await browser.deny()).left?.params.get('error')).toBe('access_denied')
    expect(await server.deps.store.consents.find(alice.user.sub, app.client.id)).toBeUndefined()
  })

  it("works by POST, also from the app's own site where our cookies stay away", async () => {
    const browser = await settled()
    const { url } = authorizeUrl(server, app)
    const fields = Object.fromEntries(new URL(url).searchParams)
    const view = await browser.post(`${server.issuer}/authorize`, fields, { from: 'https://app.test' })
    expect(view.left?.params.get('code')).toBeTruthy()
  })

  it('by POST is judged before it is moved: faults are answered at once', async () => {
    const { url } = authorizeUrl(server, app)
    const send = (changes: Record<string, string>) => {
      const body = new URLSearchParams({ ...Object.fromEntries(new URL(url).searchParams), ...changes })
      return server.fetch('/authorize', { method: 'POST', body })
    }
    const page = await send({ redirect_uri: 'https://evil.test/cb' })
    expect([page.status, page.headers.get('location')]).toEqual([400, null])
    const refused = await send({ response_type: 'token' })
    expect(refused.headers.get('location')).toMatch(
      /^https:\/\/app\.test\/cb\?error=unsupported_response_type&/,
    )
    expect((await send({})).headers.get('location')).toMatch(/^\/authorize\?/)
    // Too long for an address: answered as it came.
    const long = await send({ claims: JSON.stringify({ userinfo: { name: { value: 'x'.repeat(7500) } } }) })
    expect(long.headers.get('location')).toMatch(/^\/authorize\/\w{16}$/)
  })

  it('by POST keeps what a browser began elsewhere: its name is not replaced', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const before = browser.cookies
    const tab = browser.newTab()
    const fields = Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams)
    await tab.post(`${server.issuer}/authorize`, fields, { from: 'https://app.test' })
    expect(tab.view.heading).toBe('Sign in')
    expect(browser.cookies).toEqual(before)
  })

  it('answers by a form for response_mode=form_post, errors too, with state as it came', async () => {
    const browser = createBrowser(server)
    const state = `"><script>alert(1)</script>&'\u00fc`
    const { url } = authorizeUrl(server, app, { response_mode: 'form_post', state })
    await browser.open(url)
    await browser.signIn(alice)
    const page = await browser.allow()
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('<script>alert')
    expect(page.headers.get('content-security-policy')).toContain('form-action https://app.test')
    const { left } = await browser.submit()
    expect(left?.method).toBe('POST')
    expect(left?.params.get('state')).toBe(state)
    expect(left?.params.get('iss')).toBe(server.issuer)
    expect(left?.params.get('code')).toBeTruthy()

    await browser.open(
      authorizeUrl(server, app, { response_mode: 'form_post', prompt: 'none', max_age: '0' }).url,
    )
    expect((await browser.submit()).left?.params.get('error')).toBe('login_required')
  })
})

describe('tabs', () => {
  it('converge: who has signed in in one goes on in the other by a reload', async () => {
    const one = createBrowser(server)
    await one.open(authorizeUrl(server, app).url)
    const two = one.newTab()
    await two.open(authorizeUrl(server, app).url)
    await two.signIn(alice)
    await two.allow()
    const view = await one.reload()
    expect(view.left?.params.get('code')).toBeTruthy()
  })

  it('never answer for somebody else: a page that showed alice is shown anew when bob is signed in', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const one = createBrowser(server)
    await one.open(authorizeUrl(server, app).url)
    await one.signIn(alice)
    expect(one.view.text).toContain('alice')
    const two = one.newTab()
    await two.open(`${server.issuer}/login`)
    // alice is signed in: the account opens at once, so bob signs in through another app's request.
    await two.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await two.submit({}, 'Use another account')
    await two.signIn(bob)
    const view = await one.allow()
    expect(view.left).toBeUndefined()
    expect(view.heading).toContain('Allow Calendar')
    expect(view.text).toContain('bob')
    expect(await server.deps.store.consents.find(bob.user.sub, app.client.id)).toBeUndefined()
    const { left } = await one.allow()
    expect(left?.params.get('code')).toBeTruthy()
    expect(await server.deps.store.consents.find(bob.user.sub, app.client.id)).toBeDefined()
  })
})

describe('back and reload', () => {
  it('reloading any page shows it again and changes nothing', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const before = browser.view.url.href
    expect((await browser.reload()).heading).toBe('Sign in')
    expect(browser.view.url.href).toBe(before)
    await browser.signIn(alice)
    expect((await browser.reload()).heading).toContain('Allow Calendar')
    expect((await browser.allow()).left?.params.get('code')).toBeTruthy()
  })

  it('going back to the sign-in page leads on to where the person is', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const login = browser.view.url
    await browser.signIn(alice)
    expect((await browser.open(login)).heading).toContain('Allow Calendar')
  })

  it('sending the sign-in form again from the back cache signs in again and goes on', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const { url, forms } = browser.view
    const fields = { ...forms[0]?.fields, username: 'alice', password: alice.password }
    await browser.signIn(alice)
    expect((await browser.post(url, fields)).heading).toContain('Allow Calendar')
  })

  it('a finished interaction explains itself, gives no second code, and starts the same request again', async () => {
    const browser = createBrowser(server)
    const started = authorizeUrl(server, app)
    await browser.open(started.url)
    const id = idOf(browser.view.url)
    await browser.signIn(alice)
    await browser.allow()
    for (const page of ['authorize', 'login', 'consent', 'select-account']) {
      const view = await browser.open(`${server.issuer}/${page}/${id}`)
      expect(view).toMatchObject({ status: 400, heading: 'This page was already used' })
      expect(view.left).toBeUndefined()
    }
    const again = await browser.submit({}, 'Start again')
    expect(again.left?.params.get('state')).toBe(started.state)
    const tokens = await redeem(server, app, { ...started, code: again.left?.params.get('code') ?? '' })
    expect(tokens.id_token).toBeTruthy()
  })
})

describe('expiry', () => {
  it('says so on GET and POST, loses no request, and starts again by one button', async () => {
    const browser = createBrowser(server)
    const started = authorizeUrl(server, app)
    await browser.open(started.url)
    const { forms } = browser.view
    const id = idOf(browser.view.url)
    server.clock.advance(601)
    const typed = await browser.signIn(alice)
    expect(typed).toMatchObject({ status: 400, heading: 'This page has expired' })
    expect(await browser.open(`${server.issuer}/login/${id}`)).toMatchObject({
      heading: 'This page has expired',
    })
    expect(forms[0]?.fields.csrf).toBeTruthy()
    const again = await browser.submit({}, 'Start again')
    expect(again.heading).toBe('Sign in')
    expect(idOf(again.url)).not.toBe(id)
    await browser.signIn(alice)
    expect((await browser.allow()).left?.params.get('state')).toBe(started.state)
  })

  it('offers the app instead when the row is gone', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const id = idOf(browser.view.url)
    server.clock.advance(86_400 + 61)
    await server.deps.store.sweep(server.clock.now, 1000)
    const view = await browser.open(`${server.issuer}/login/${id}`)
    expect(view).toMatchObject({ status: 400, heading: 'This page has expired' })
    expect(view.forms).toEqual([])
  })

  it('of the session on the consent page asks for a new sign-in, then goes on', async () => {
    const short = await createTestServer({ cheapPasswords: true, config: { sessionIdleTtl: 60 } })
    const client = await short.addClient('web')
    const person = await short.addUser()
    const browser = createBrowser(short)
    await browser.open(authorizeUrl(short, client).url)
    await browser.signIn(person)
    short.clock.advance(61)
    expect((await browser.allow()).heading).toBe('Sign in')
    expect((await browser.signIn(person)).heading).toContain('Allow')
    expect((await browser.allow()).left?.params.get('code')).toBeTruthy()
    await short.close()
  })
})

describe('a browser', () => {
  it('that keeps no cookies is told so, and is not sent round in circles', async () => {
    const browser = createBrowser(server)
    const first = await browser.request(authorizeUrl(server, app).url)
    browser.forgetCookies()
    const view = await browser.open(first.headers.get('location') ?? '')
    expect(view).toMatchObject({ status: 400, heading: 'Your browser did not keep a cookie' })
    expect(view.text).toContain(server.issuer)
  })

  it('that was given the link of another one is told so, not that it keeps no cookies', async () => {
    const { url } = await createBrowser(server).open(authorizeUrl(server, app).url)
    const view = await createBrowser(server).open(url)
    expect(view).toMatchObject({ status: 400, heading: 'This page belongs to another browser' })
  })
})
