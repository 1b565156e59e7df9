// The security catalogue, group CO: what a person is asked, by whom, and that nobody else can answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elements } from '../pages/markup.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce } from '../support/connected.js'
import { authorizeUrl, type Changes, claimsOf, codeFlow, getCode } from '../support/flow.js'
import type { Form } from '../support/html.js'
import {
  createTestServer,
  type Person,
  type Registered,
  type ServerOptions,
  type TestServer,
} from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'
import { ask, foreignMarkup, verdict } from '../support/verdict.js'

let server: TestServer
let alice: Person

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', [], {
    name: 'Events',
    scopes: [
      { name: 'read', description: 'See your events' },
      { name: 'write', description: 'Change your events' },
    ],
  })
  await server.addResource('https://other.test', ['read'])
  alice = await server.addUser({ claims: { name: 'Alice Liddell' } })
})
afterAll(() => server.close())

/** A browser that shows the consent page for this app. */
async function asked(app: Registered, params: Changes = {}, at = server, person = alice) {
  const browser = createBrowser(at)
  const started = authorizeUrl(at, app, params)
  await browser.open(started.url)
  await browser.signIn(person)
  expect(browser.view.heading).toMatch(/^Allow /)
  return { browser, started, form: consentForm(browser) }
}

function consentForm({ view }: Browser): Form {
  const form = view.forms.find(({ action }) => new URL(action).pathname.startsWith('/consent/'))
  if (!form) throw new Error(`no question on "${view.heading}"`)
  return form
}

const judge = (answer: Response, at = server) => verdict(at, answer, { redirectUri: 'nowhere:', state: null })

/** Whether this app asks again in this browser, and not for a sign-in. */
async function asksAgain(browser: Browser, app: Registered, params: Changes = {}): Promise<boolean> {
  const { left, heading } = await browser.open(authorizeUrl(server, app, params).url)
  if (!left) expect(heading).toMatch(/^Allow /)
  return left === undefined
}

const allowed = async (app: Registered, params: Changes = {}) => {
  const browser = createBrowser(server)
  await getCode(server, browser, app, { person: alice, params })
  return browser
}

describe('the answer', () => {
  it('CO01 without the token of this very page, or from elsewhere, is 403 and changes nothing', async () => {
    const app = await server.addClient('web', { client_name: 'Calendar' })
    const stranger = await asked(app)
    const { browser, form, started } = await asked(app)
    const tab = browser.newTab()
    await tab.open(authorizeUrl(server, app).url)
    await browser.newTab().open('/account/connections')
    const { csrf = '' } = form.fields
    const account = browser.newTab()
    await account.open('/account/connections')
    const login = createBrowser(server)
    await login.open(authorizeUrl(server, app).url)
    const tokens = [
      undefined,
      '',
      'x',
      csrf.slice(0, -1),
      `${csrf}A`,
      ` ${csrf}`,
      csrf.toLowerCase(),
      stranger.form.fields.csrf,
      consentForm(tab).fields.csrf,
      browser.view.forms.find(({ action }) => action.includes('/select-account/'))?.fields.csrf,
      login.view.forms[0]?.fields.csrf,
      account.view.forms[0]?.fields.csrf,
    ]
    expect(new Set(tokens)).toHaveProperty('size', tokens.length)
    const decision = 'allow'
    const own = { method: 'POST', from: server.issuer } as const
    for (const token of tokens) {
      const fields = { decision, ...(token !== undefined && { csrf: token }) }
      expect(await judge(await browser.request(form.action, { ...own, fields })), token).toBe('PAGE 403')
    }
    const fields = { ...form.fields, decision }
    const cookie = Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`)
    const Cookie = cookie.join('; ')
    const body = new URLSearchParams(fields).toString()
    const ordinary = { Cookie, 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.issuer }
    for (const headers of [
      { Origin: 'https://evil.test' },
      { Origin: 'null' },
      { Origin: `${server.issuer}.evil.test` },
      { Origin: 'http://as.test' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'multipart/form-data; boundary=x' },
      { 'Content-Type': 'application/json' },
    ]) {
      const sent = { method: 'POST', headers: { ...ordinary, ...headers } as Record<string, string>, body }
      expect(await judge(await server.fetch(form.action, sent)), JSON.stringify(headers)).toBe('PAGE 403')
    }
    expect(await server.deps.store.consents.find(alice.user.sub, app.client.id)).toBeUndefined()
    const { left } = await browser.allow()
    expect(left?.params.get('state')).toBe(started.state)
    expect(left?.params.has('code')).toBe(true)
  })

  it.each(['in memory', 'in a file'])('CO01 by a double click is one code (%s)', async (where) => {
    const { folder, remove } = temporaryFolder()
    const file: ServerOptions = where === 'in a file' ? { databaseUrl: `file:${folder}/grantor.db` } : {}
    const own = await createTestServer({ cheapPasswords: true, ...file })
    const app = await own.addClient('web')
    const person = await own.addUser()
    const { browser, form, started } = await asked(app, {}, own, person)
    const fields = { ...form.fields, decision: 'allow' }
    const locations = await atOnce(async () => {
      const answer = await browser.request(form.action, { method: 'POST', fields, from: own.issuer })
      const location = answer.headers.get('location')
      expect(await verdict(own, answer, started)).toBe('code')
      return location
    })
    // Each click is led on, with the one code (BR06).
    expect(new Set(locations).size).toBe(1)
    const grants = await own.deps.store.grants.list({ sub: person.user.sub, limit: 99, now: own.clock.now })
    expect(grants).toHaveLength(1)
    // Yes and no at once: one of them, and nothing of the other.
    await own.deps.store.consents.remove(person.user.sub, app.client.id)
    await browser.open(authorizeUrl(own, app).url)
    const again = consentForm(browser)
    const both = await atOnce(async (i) => {
      const decided = { ...again.fields, decision: i % 2 ? 'allow' : 'deny' }
      const answer = await browser.request(again.action, {
        method: 'POST',
        fields: decided,
        from: own.issuer,
      })
      return answer.headers.get('location') ?? ''
    })
    const [told = '', second] = new Set(
      both.filter((location) => location.startsWith('https://app.test/cb?')),
    )
    expect(second).toBeUndefined()
    const yes = new URL(told).searchParams.has('code')
    const remembered = await own.deps.store.consents.find(person.user.sub, app.client.id)
    expect(remembered !== undefined).toBe(yes)
    const audit = await own.deps.store.audit.list({ limit: 99, sub: person.user.sub })
    const answered = audit.map(({ type }) => type).filter((type) => type.startsWith('consent.'))
    expect(answered.sort()).toEqual(['consent.allowed', yes ? 'consent.allowed' : 'consent.denied'])
    await own.close()
    remove()
  })
})

describe('every page', () => {
  it('CO02 refuses to be framed, and runs nothing', async () => {
    const app = await server.addClient('web')
    const browser = createBrowser(server)
    const open = (params: Changes) => browser.open(authorizeUrl(server, app, params).url)
    const pages = [
      await open({}),
      await browser.submit({ username: 'alice', password: 'wrong' }),
      await browser.signIn(alice),
      await open({ prompt: 'select_account' }),
      await open({ prompt: 'login' }),
      await open({ redirect_uri: 'https://evil.test' }),
      await open({ client_id: 'nobody' }),
      await browser.open('/account/connections'),
      await browser.open('/end-session'),
      await browser.submit({}, 'decision=allow'),
      await browser.open('/nowhere'),
      await browser.open('/consent/0000000000000000'),
      await browser.post('/login/0000000000000000', {}, { from: 'https://evil.test' }),
    ]
    expect(pages.map(({ heading }) => heading)).toEqual([
      'Sign in',
      'Sign in',
      'Allow A web app to access your account?',
      'Choose an account',
      'Confirm that it is you',
      'This app sent a wrong return address',
      'This app is not known here',
      'Connected apps',
      'Sign out of Grantor?',
      'You are signed out',
      'Page not found',
      'This page has expired',
      'This form could not be accepted',
    ])
    await open({ response_mode: 'form_post', prompt: 'none' })
    for (const { headers, heading, html } of [...pages, browser.view]) {
      expect(headers.get('x-frame-options'), heading).toBe('DENY')
      const policy = headers.get('content-security-policy')?.split('; ') ?? []
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("default-src 'none'")
      const source = policy.find((part) => part.startsWith('script-src '))
      if (html.includes('<script>')) expect(source).toMatch(/^script-src 'sha256-/)
      else expect(source).toBe(html.includes('<script ') ? "script-src 'self'" : undefined)
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('CO06 shows what others have written as text: names, scopes, hints, languages, descriptions', async () => {
    const evil = `<img src=x onerror=alert(1)>"'><script>alert(1)</script><b>&lt;`
    const bidi = '\u202eevil\u2066'
    const api = 'https://hostile.test'
    await server.addResource(api, [], {
      name: evil,
      clients: 'all',
      scopes: [
        { name: '<script>alert(1)</script>', description: '' },
        { name: 'described', description: evil + bidi },
      ],
    })
    const person = await server.addUser({ username: `mallory${evil}`, claims: { name: evil + bidi } })
    const metadata = { client_name: evil, client_uri: `https://app.test/"><script>alert(1)</script>` }
    const params = {
      scope: 'openid <script>alert(1)</script> described',
      resource: api,
      login_hint: evil,
      ui_locales: `${evil} en`,
      claims_locales: evil,
      state: evil,
      nonce: evil,
      prompt: 'select_account consent',
      acr_values: evil,
      display: evil,
    }
    for (const verified of [true, false]) {
      const app = await server.addClient('web', metadata, { verified })
      const browser = createBrowser(server)
      const seen = [
        await browser.open(authorizeUrl(server, app, params).url),
        await browser.submit({ username: evil, password: evil }),
        await browser.signIn(person),
        await browser.open(authorizeUrl(server, app, params).url),
      ]
      expect(seen.map(({ heading }) => heading.slice(0, 10))).toEqual([
        'Sign in',
        'Sign in',
        `Allow ${evil}`.slice(0, 10),
        'Choose an account'.slice(0, 10),
      ])
      seen.push(await browser.open(authorizeUrl(server, app, { ...params, redirect_uri: evil }).url))
      seen.push(await browser.open(authorizeUrl(server, app, { ...params, client_id: evil }).url))
      seen.push(await browser.open(`/consent/${encodeURIComponent(evil)}`))
      const faults: Changes[] = [{ scope: evil }, { resource: evil }, { claims: evil }, { prompt: evil }]
      for (const fault of faults) {
        const { left } = await browser.open(authorizeUrl(server, app, { ...params, ...fault }).url)
        if (!left) seen.push(browser.view)
        else expect(left.params.get('error_description')).not.toMatch(/[<>"]/)
      }
      for (const { html, headers } of seen) {
        expect(html.replace(/<script type="module" src="\/assets\/[\w.]+"><\/script>/, '')).not.toMatch(
          foreignMarkup,
        )
        const attributes = elements(html, '*').flatMap((element) => [...element.attributes.keys()])
        expect(attributes.filter((name) => /^on|^style$/.test(name))).toEqual([])
        expect(html).not.toContain('\u202e')
        expect(headers.get('content-security-policy')).not.toMatch(/script-src(?! 'self')|unsafe/)
      }
    }
  })
})

describe('the question', () => {
  it('CO03 is put each time by who is not verified, whatever the name and whatever was allowed', async () => {
    const known = await server.addClient('web', { client_name: 'Calendar' })
    const browser = await allowed(known)
    const twin = { client_name: 'Calendar', client_uri: 'https://app.test/', skip_consent: true }
    const redirect_uris = ['https://twin.test/cb']
    const app = await server.addClient('web', { ...twin, redirect_uris }, { verified: false })
    for (let visit = 0; visit < 3; visit++) {
      expect(await asksAgain(browser, app)).toBe(true)
      expect(browser.view.text).toContain('Nobody has checked who is behind this app')
      expect(browser.view.text).toContain('You will be asked each time')
      // The host beside the name is where the answer goes, not what the app says about itself.
      expect(browser.view.text).toContain('twin.test Nobody')
      await browser.allow()
    }
    // What was said to it counts for no other app of its name, and without a page only for this one (CF07).
    const other = await server.addClient('web', { ...twin, redirect_uris }, { verified: false })
    expect(await ask(server, other, { prompt: 'none' }, { browser })).toBe('PAGE')
    expect(await ask(server, app, { prompt: 'none' }, { browser })).toBe('code')
  })

  it('CO04 is put for what is new, a scope or an API, and marks it', async () => {
    const app = await server.addClient('web')
    const resource = 'https://api.test'
    const browser = await allowed(app, { scope: 'openid read', resource })
    for (const scope of ['openid read', 'read openid', 'openid', 'read']) {
      expect(await asksAgain(browser, app, { scope, resource }), scope).toBe(false)
    }
    expect(await asksAgain(browser, app, { scope: 'openid read write', resource })).toBe(true)
    expect(browser.view.text).toMatch(/It asks for more than before/)
    expect(browser.view.text).toMatch(/Change your events New/)
    expect(browser.view.text).not.toMatch(/See your events New/)
    await browser.deny()
    expect(await asksAgain(browser, app, { scope: 'openid write', resource })).toBe(true)
    await browser.allow()
    expect(await asksAgain(browser, app, { scope: 'openid write', resource })).toBe(false)
    expect(await asksAgain(browser, app, { scope: 'openid read', resource: 'https://other.test' })).toBe(true)
    const both = { scope: 'openid read', resource: [resource, 'https://other.test'] }
    expect(await asksAgain(browser, app, both)).toBe(true)
    expect(await asksAgain(browser, app, { scope: 'openid read offline_access', resource })).toBe(true)
  })

  it('CO04 is put in the words of a scope for what the claims parameter names', async () => {
    const app = await server.addClient('web')
    const browser = await allowed(app)
    for (const target of ['userinfo', 'id_token']) {
      const claims = JSON.stringify({ [target]: { email: null, phone_number: { essential: true } } })
      const { left } = await browser.open(authorizeUrl(server, app, { claims, prompt: 'none' }).url)
      expect(left?.params.get('error')).toBe('consent_required')
      expect(await asksAgain(browser, app, { claims })).toBe(true)
      expect(browser.view.text).toMatch(/See your email address New.*See your phone number New/)
    }
    await browser.allow()
    expect(await asksAgain(browser, app, { claims: '{"userinfo":{"email_verified":null}}' })).toBe(false)
    expect(await asksAgain(browser, app, { claims: '{"userinfo":{"name":null}}' })).toBe(true)
  })

  it('CO04 is not put for a claim that the client may not have, which it does not get either', async () => {
    const app = await server.addClient('web', { scope: 'openid profile' })
    const claims = '{"userinfo":{"email":null,"name":null},"id_token":{"email":{"essential":true}}}'
    const { browser } = await asked(app, { claims })
    expect(browser.view.text).not.toContain('See your email address')
    await browser.allow()
    const tokens = await codeFlow(server, browser, app, { params: { claims } })
    expect(claimsOf(tokens.id_token ?? '')).not.toHaveProperty('email')
    const headers = { Authorization: `Bearer ${tokens.access_token}` }
    const told = await (await server.fetch('/userinfo', { headers })).json()
    expect(told).toEqual({ sub: alice.user.sub, name: 'Alice Liddell' })
  })

  it('CO05 is put each time where any program on the device could catch the answer', async () => {
    for (const redirect of [
      'http://127.0.0.1/cb',
      'http://[::1]/cb',
      'http://localhost/cb',
      'com.example.app:/cb',
    ]) {
      const app = await server.addClient('native', { redirect_uris: [redirect] })
      const browser = await allowed(app)
      for (let visit = 0; visit < 2; visit++) {
        expect(await asksAgain(browser, app), redirect).toBe(true)
        expect(browser.view.text).toContain('You will be asked every time')
        await browser.allow()
      }
      const { left } = await browser.open(authorizeUrl(server, app, { prompt: 'none' }).url)
      expect(left?.params.get('error'), redirect).toBe('consent_required')
    }
    // A link that the system gives to one app alone is no such place (RFC 8252 7.2).
    const claimed = await server.addClient('native', { redirect_uris: ['https://app.test/cb'] })
    expect(await asksAgain(await allowed(claimed), claimed)).toBe(false)
  })

  it('CO07 says who asks, from where, for whom, for what, where the answer goes, and for how long', async () => {
    const app = await server.addClient('web', {
      client_name: 'Calendar',
      client_uri: 'https://calendar.test/',
      redirect_uris: ['https://callback.test/cb'],
    })
    const scope = 'openid email read offline_access'
    const lasting = await asked(app, { scope, resource: 'https://api.test' })
    const said = [
      'Allow Calendar to',
      'calendar.test Verified by the administrator',
      'Alice Liddell',
      'alice@example.test',
    ]
    said.push(
      'See your email address',
      'In Events',
      'See your events',
      'Your answer is sent to callback.test',
      app.client.id,
    )
    for (const words of [...said, 'It stays connected', 'You will not be asked again']) {
      expect(lasting.browser.view.text).toContain(words)
    }
    expect(lasting.browser.view.text).not.toContain('Change your events')
    const passing = await asked(app, { scope: 'openid', prompt: 'consent' })
    expect(passing.browser.view.text).toContain('The connection ends when you sign out')
    const native = await server.addClient('native', {
      redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'],
    })
    const near = await asked(native, { redirect_uri: 'http://127.0.0.1:4312/cb' })
    expect(near.browser.view.text).toContain('an app on this computer ( 127.0.0.1:4312 )')
    const scheme = await asked(native, { redirect_uri: 'com.example.app:/cb' })
    expect(scheme.browser.view.text).toContain('opens com.example.app: links')
  })
})
