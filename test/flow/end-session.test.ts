// RP-Initiated Logout 1.0: the way back, who is asked first, what ends with the session.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import {
  authenticatedPost,
  authorizeUrl,
  type Changes,
  codeFlow,
  refresh,
  tokensOf,
} from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const goodbye = 'https://app.test/goodbye'
let server: TestServer
let app: Registered
let alice: Person
let browser: Browser
let idToken: string

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { post_logout_redirect_uris: [goodbye, 'https://app.test/bye?a=1'] })
  alice = await server.addUser()
  browser = createBrowser(server)
  idToken = (await codeFlow(server, browser, app, { person: alice })).id_token ?? ''
})
afterEach(() => server.close())

function logoutUrl(params: Changes): string {
  const given = Object.entries(params).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return `${server.issuer}/end-session?${new URLSearchParams(given)}`
}

async function isSignedIn(tab = browser): Promise<boolean> {
  const { left } = await tab.newTab().open(authorizeUrl(server, app, { prompt: 'none' }).url)
  const error = left?.params.get('error')
  if (error !== null && error !== undefined && error !== 'login_required') throw new Error(error)
  return left?.params.has('code') ?? false
}

describe('the way back to the app', () => {
  it('has the state as it came', async () => {
    const view = await browser.open(
      logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye, state: 'a b&c' }),
    )
    expect(view.left?.url.href).toBe(`${goodbye}?state=a+b%26c`)
    expect(await isSignedIn()).toBe(false)
  })

  it.each<[string, Changes]>([
    ['another address', { post_logout_redirect_uri: 'https://app.test/other' }],
    ['an added query', { post_logout_redirect_uri: `${goodbye}?x=1` }],
    ['a prefix of a registered one', { post_logout_redirect_uri: 'https://app.test/good' }],
    ['a longer one', { post_logout_redirect_uri: `${goodbye}/x` }],
    ['a script', { post_logout_redirect_uri: 'javascript:alert(1)//https://app.test/goodbye' }],
    [
      'a redirect_uri that is no post_logout_redirect_uri',
      { post_logout_redirect_uri: 'https://app.test/cb' },
    ],
  ])('%s: a page, no redirect, still signed in (LO01)', async (_name, params) => {
    const view = await browser.open(logoutUrl({ id_token_hint: idToken, ...params }))
    expect(view.left).toBeUndefined()
    expect(view).toMatchObject({ status: 400, heading: 'You were not signed out' })
    expect(view.html).not.toContain('href="javascript')
    expect(await isSignedIn()).toBe(true)
    await browser.open('/end-session')
    expect((await browser.allow()).heading).toBe('You are signed out')
  })

  it.each<[string, (token: string) => string | undefined]>([
    ['a hint without a signature', (token) => `${none}.${token.split('.')[1]}.`],
    ['a hint with a wrong signature', (token) => `${token.slice(0, -8)}AAAAAAAA`],
    ['a hint that is no JWT', () => 'x.y.z'],
  ])('%s with an address: asks, and does not redirect even then', async (_name, forge) => {
    const hint = forge(idToken)
    const view = await browser.open(
      logoutUrl({
        id_token_hint: hint,
        post_logout_redirect_uri: goodbye,
        client_id: app.client.id,
        state: 's',
      }),
    )
    expect(view).toMatchObject({ status: 200, heading: 'Sign out of Grantor?' })
    expect(await isSignedIn()).toBe(true)
    expect((await browser.allow()).heading).toBe('You are signed out')
    expect(await isSignedIn()).toBe(false)
  })
})

describe('without a hint', () => {
  const request = (more: Changes = {}) =>
    logoutUrl({ client_id: app.client.id, post_logout_redirect_uri: goodbye, state: 'a b&c', ...more })

  it('PC07, LO01: the user is asked, and led back with state after the button', async () => {
    const view = await browser.open(request())
    expect(view).toMatchObject({ status: 200, heading: 'Sign out of Grantor?' })
    expect(view.left).toBeUndefined()
    expect(view.text).toMatch(/Afterwards you go back to A web app \( ?app\.test ?\)/)
    expect(view.text).not.toContain('asks to sign you out')
    expect(await isSignedIn()).toBe(true)
    expect((await browser.allow()).left?.url.href).toBe(`${goodbye}?state=a+b%26c`)
    expect(await isSignedIn()).toBe(false)
  })

  it('PC07: a user who stays signed in is not led back', async () => {
    await browser.open(request())
    expect((await browser.deny()).url.pathname).toBe('/account')
    expect(await isSignedIn()).toBe(true)
  })

  it('PC07: where no user is signed in, a button leads back and nothing does by itself', async () => {
    const view = await createBrowser(server).open(request())
    expect(view).toMatchObject({ status: 200, heading: 'You are signed out' })
    expect(view.left).toBeUndefined()
    expect(view.html).toContain(`href="${goodbye}?state=a+b%26c"`)
    expect(view.refresh).toBeUndefined()
  })

  it.each<[string, Changes, RegExp]>([
    [
      'an unregistered address',
      { post_logout_redirect_uri: 'https://app.test/other' },
      /A web app wants you/,
    ],
    ['a longer address', { post_logout_redirect_uri: `${goodbye}?x=1` }, /not registered for it/],
    ['an unknown client', { client_id: 'nobody' }, /client_id names no active client/],
  ])('PC07, LO01: %s is named, in German too, and the user stays signed in', async (_name, more, named) => {
    const view = await browser.open(request(more))
    expect(view).toMatchObject({ status: 400, heading: 'You were not signed out' })
    expect(view.left).toBeUndefined()
    expect(view.text).toMatch(named)
    const german = await browser.open(request({ ...more, ui_locales: 'de' }))
    expect(german.heading).toBe('Sie wurden nicht abgemeldet')
    expect(await isSignedIn()).toBe(true)
  })

  it('PC07, LO01: a self-registered client is led back to after the button, and not linked to', async () => {
    const bye = 'https://tool.test/bye'
    const metadata = { post_logout_redirect_uris: [bye], client_uri: 'https://tool.test' }
    const tool = await server.addClient('web', metadata, { verified: false })
    const url = request({ client_id: tool.client.id, post_logout_redirect_uri: bye })
    expect((await createBrowser(server).open(url)).html).not.toContain('tool.test')
    await browser.open(url)
    expect((await browser.allow()).left?.url.href).toBe(`${bye}?state=a+b%26c`)
  })

  it('PC07, LO01: a form without the token of this browser and account leads nowhere', async () => {
    const fields = { client_id: app.client.id, post_logout_redirect_uri: goodbye, decision: 'allow' }
    expect((await browser.post('/end-session/confirm', { ...fields, csrf: 'x' })).status).toBe(403)
    const view = await createBrowser(server).post('/end-session/confirm', { ...fields, csrf: 'x' })
    expect(view.left).toBeUndefined()
    expect(view.heading).toBe('You are signed out')
    expect(await isSignedIn()).toBe(true)
  })

  it('BR06: the second press of the button leads where the first one did', async () => {
    await browser.open(request())
    const fields = { ...browser.view.forms[0]?.fields, decision: 'allow' }
    const press = () => browser.post('/end-session/confirm', fields)
    expect((await press()).left?.url.href).toBe(`${goodbye}?state=a+b%26c`)
    expect((await press()).left?.url.href).toBe(`${goodbye}?state=a+b%26c`)
  })
})

const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')

describe('a request to sign out', () => {
  it('takes an ID token that expired long ago', async () => {
    server.clock.advance(3000)
    const view = await browser.open(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }))
    expect(view.left?.url.href).toBe(goodbye)
  })

  it("works by POST from the app's site, where our cookies stay away", async () => {
    const fields = { id_token_hint: idToken, post_logout_redirect_uri: goodbye, state: 's' }
    const view = await browser.post('/end-session', fields, { from: 'https://app.test' })
    expect(view.left?.url.href).toBe(`${goodbye}?state=s`)
    expect(await isSignedIn()).toBe(false)
  })

  it('keeps the query of a registered address', async () => {
    const uri = 'https://app.test/bye?a=1'
    const view = await browser.open(
      logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: uri, state: 's' }),
    )
    expect(view.left?.url.href).toBe(`${uri}&state=s`)
  })

  it('with a hint of another person asks who is signed in here (LO02)', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const other = createBrowser(server)
    await codeFlow(server, other, app, { person: bob })
    const view = await other.open(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }))
    expect(view.heading).toBe('Sign out of Grantor?')
    expect(view.text).toContain('bob')
    expect(await isSignedIn(other)).toBe(true)
    expect((await other.allow()).left?.url.href).toBe(goodbye)
    expect(await isSignedIn(other)).toBe(false)
  })

  it('can be declined, and is not answered by a form of another site or session (LO02)', async () => {
    await browser.open('/end-session')
    const { forms } = browser.view
    const fields: Record<string, string> = { ...forms[0]?.fields, decision: 'allow' }
    expect((await browser.post('/end-session/confirm', fields, { from: 'https://evil.test' })).status).toBe(
      403,
    )
    expect((await browser.post('/end-session/confirm', { ...fields, csrf: 'x' })).status).toBe(403)
    expect((await browser.post('/end-session/confirm', { csrf: fields.csrf ?? '' })).heading).toBe(
      'Sign out of Grantor?',
    )
    expect(await isSignedIn()).toBe(true)
    await browser.open('/end-session')
    expect((await browser.deny()).url.pathname).toBe('/account')
    expect(await isSignedIn()).toBe(true)
  })

  it('is refused when client and hint disagree, or a parameter comes twice', async () => {
    const view = await browser.open(
      logoutUrl({ id_token_hint: idToken, client_id: 'other', post_logout_redirect_uri: goodbye }),
    )
    expect(view).toMatchObject({ status: 400, heading: 'You were not signed out' })
    expect((await browser.open(`${logoutUrl({ state: 'a' })}&state=b`)).status).toBe(400)
    expect(await isSignedIn()).toBe(true)
  })

  it('LO01: by the hint of one app does not go to the address of another', async () => {
    const bye = 'https://other.test/bye'
    const other = await server.addClient('web', { post_logout_redirect_uris: [bye] })
    const request = { id_token_hint: idToken, client_id: other.client.id, post_logout_redirect_uri: bye }
    const refused = [undefined, 400, 'You were not signed out']
    const seen = ({ left, status, heading }: Browser['view']) => [left, status, heading]
    expect(seen(await browser.open(logoutUrl(request)))).toEqual(refused)
    expect(await isSignedIn()).toBe(true)
    // Nor by the form that asks first.
    await browser.open('/end-session')
    const fields = { ...browser.view.forms[0]?.fields, ...request, decision: 'allow' }
    expect(seen(await browser.post('/end-session/confirm', fields))).toEqual(refused)
    expect(await isSignedIn()).toBe(true)
  })

  it('without a session says that nobody is signed in, and clears the cookie', async () => {
    const stranger = createBrowser(server)
    stranger.setCookie('__Host-grantor_session', 'over')
    const response = await stranger.request('/end-session')
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-grantor_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
    ])
  })

  it('does not redirect for a client that is disabled', async () => {
    await server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now)
    const view = await browser.open(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }))
    expect(view.left).toBeUndefined()
  })
})

describe('where several people are signed in in one browser', () => {
  /** Alice, and Bob beside her, who is the one at the moment. */
  async function both(): Promise<{ bob: Person; his: string }> {
    const bob = await server.addUser({ username: 'bob' })
    await browser.open('/select-account')
    await browser.submit({}, 'Use another account')
    await browser.signIn(bob)
    return { bob, his: (await codeFlow(server, browser, app, { person: bob })).id_token ?? '' }
  }
  const present = async () => (await browser.newTab().open('/select-account')).text

  it('an app signs out the person of its ID token, and the other one stays as they are', async () => {
    await both()
    const view = await browser.open(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }))
    expect(view.left?.url.href).toBe(goodbye)
    expect(await present()).toContain('bob')
    expect(await present()).not.toContain('alice')
    expect(await isSignedIn()).toBe(true)
  })

  it('nobody takes the place of who was there at the moment', async () => {
    const { his } = await both()
    const view = await browser.open(logoutUrl({ id_token_hint: his, post_logout_redirect_uri: goodbye }))
    expect(view.left?.url.href).toBe(goodbye)
    expect(await isSignedIn()).toBe(false)
    expect(await present()).toContain('alice')
    const again = await browser.open(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }))
    expect(again.left?.url.href).toBe(goodbye)
    expect((await browser.open('/account')).heading).toBe('Sign in')
  })

  it.each(['alice', 'ALICE', 'alice@example.test'])(
    'logout_hint %s says who is asked, and proves nothing',
    async (hint) => {
      await both()
      const view = await browser.open(logoutUrl({ logout_hint: hint, client_id: app.client.id }))
      expect(view).toMatchObject({ status: 200, heading: 'Sign out of Grantor?' })
      expect(view.text).toContain('alice')
      expect(view.text).not.toContain('bob')
      expect((await browser.allow()).heading).toBe('You are signed out')
      expect(await present()).toContain('bob')
      expect(await present()).not.toContain('alice')
    },
  )

  it('logout_hint that names nobody here, and one beside an ID token, change nothing', async () => {
    await both()
    for (const hint of ['mallory', '', 'x'.repeat(10_000)]) {
      const view = await browser.post('/end-session', { logout_hint: hint }, { from: server.issuer })
      expect(view.text).toContain('bob')
    }
    await browser.open(logoutUrl({ id_token_hint: idToken, logout_hint: 'bob' }))
    expect(await present()).toContain('bob')
    expect(await present()).not.toContain('alice')
  })

  it('a form that was shown for one of them is not answered for the other (LO02)', async () => {
    await both()
    await browser.open(logoutUrl({ logout_hint: 'alice' }))
    const { csrf = '' } = browser.view.forms[0]?.fields ?? {}
    const view = await browser.post('/end-session/confirm', { csrf, decision: 'allow' })
    expect(view.status).toBe(403)
    expect(await present()).toMatch(/bob.*alice/s)
  })
})

describe('what ends with the session (LO03)', () => {
  it('its cookie, the refresh and access tokens bound to it; not what was granted for good', async () => {
    const bound = await codeFlow(server, browser, app)
    const durable = await codeFlow(server, browser, app, {
      params: { scope: 'openid offline_access' },
      person: alice,
    })
    const cookies = browser.cookies
    await browser.open(logoutUrl({ id_token_hint: idToken }))

    const old = createBrowser(server)
    for (const [name, value] of Object.entries(cookies)) old.setCookie(name, value)
    expect(await isSignedIn(old)).toBe(false)
    expect(await (await refresh(server, app, bound.refresh_token ?? '')).json()).toMatchObject({
      error: 'invalid_grant',
    })
    const seen = await authenticatedPost(server, '/introspect', app, { token: bound.access_token })
    expect(await seen.json()).toEqual({ active: false })
    await tokensOf(await refresh(server, app, durable.refresh_token ?? ''))
  })

  it('also when the session had idled out, or its cookie is lost: the ID token names it', async () => {
    const idle = await codeFlow(server, browser, app)
    server.clock.advance(server.config.sessionIdleTtl)
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    expect((await refresh(server, app, idle.refresh_token ?? '')).status).toBe(400)

    const other = createBrowser(server)
    const lost = await codeFlow(server, other, app, { person: alice })
    const cookies = other.cookies
    other.forgetCookies()
    const view = await other.open(
      logoutUrl({ id_token_hint: lost.id_token, post_logout_redirect_uri: goodbye }),
    )
    expect(view.left?.url.href).toBe(goodbye)
    expect((await refresh(server, app, lost.refresh_token ?? '')).status).toBe(400)
    for (const [name, value] of Object.entries(cookies)) other.setCookie(name, value)
    expect(await isSignedIn(other)).toBe(false)
  })

  it('only there: the same person elsewhere stays signed in', async () => {
    const elsewhere = createBrowser(server)
    await codeFlow(server, elsewhere, app, { person: alice })
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    expect(await isSignedIn(elsewhere)).toBe(true)
  })

  it('is on the trail', async () => {
    await browser.open(logoutUrl({ id_token_hint: idToken }))
    const [entry] = await server.deps.store.audit.list({ limit: 1, type: 'user.signed_out' })
    expect(entry).toMatchObject({ sub: alice.user.sub, clientId: app.client.id })
  })
})
