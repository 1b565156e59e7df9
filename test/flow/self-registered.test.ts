// Responses to apps that registered themselves, before and after a user has allowed them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { elements } from '../pages/markup.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { authorizeUrl, type Changes, claimsOf, getCode, redeem } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { appOf, manage, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { ask } from '../support/verdict.js'

let server: TestServer
let person: Person
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  person = await server.addUser()
  browser = createBrowser(server)
})
afterEach(() => server.close())

const registered = async (metadata: Record<string, unknown> = {}) =>
  registerApp(server, {
    client_name: 'Orchard Tools',
    redirect_uris: ['https://orchard.test/cb'],
    token_endpoint_auth_method: 'none',
    ...metadata,
  })

const allow = (app: Registered, params: Changes = {}, user = person) =>
  getCode(server, browser, app, { person: user, params })

/** Requests that are wrong, or that no page may be shown for, and the error for each. */
const wrong: [Changes, string][] = [
  [{ scope: 'openid "' }, 'invalid_scope'],
  [{ code_challenge: undefined }, 'invalid_request'],
  [{ response_type: 'token' }, 'unsupported_response_type'],
  [{ id_token_hint: 'x' }, 'invalid_request'],
  [{ resource: 'https://nowhere.test' }, 'invalid_target'],
  [{ request: 'x' }, 'invalid_request_object'],
  [{ response_mode: 'form_post', claims: '[' }, 'invalid_request'],
  [{ prompt: 'none', max_age: '0' }, 'login_required'],
  [{ prompt: 'none', scope: 'openid email' }, 'consent_required'],
]

describe('CF07: errors of an app that registered itself', () => {
  it('are pages, until this user has allowed this app; from then on the app gets them', async () => {
    const app = appOf(await registered())
    const other = appOf(await registered({ client_name: 'Orchard' }))
    await allow(other)
    for (const method of ['GET', 'POST'] as const)
      for (const [changes] of wrong) expect(await ask(server, app, changes, { browser, method })).toBe('PAGE')
    await allow(app)
    for (const method of ['GET', 'POST'] as const)
      for (const [changes, code] of wrong)
        expect(await ask(server, app, changes, { browser, method }), JSON.stringify(changes)).toBe(
          `RD:${code}`,
        )
  })

  it('reach the app also when its own site posted the request, which comes without cookies', async () => {
    const app = appOf(await registered())
    await allow(app)
    const fields = Object.fromEntries(new URL(authorizeUrl(server, app, { scope: '"' }).url).searchParams)
    const { left } = await browser.post('/authorize', fields, { from: 'https://orchard.test' })
    expect(left?.params.get('error')).toBe('invalid_scope')
  })

  it('stay pages for other users, in other browsers, and after the app is disconnected', async () => {
    const app = appOf(await registered())
    await allow(app)
    const silent = { prompt: 'none' }
    expect(await ask(server, app, silent, { browser })).toBe('code')
    expect(await ask(server, app, silent)).toBe('PAGE')
    const bob = createBrowser(server)
    await getCode(server, bob, await server.addClient('web'), {
      person: await server.addUser({ username: 'bob' }),
    })
    expect(await ask(server, app, silent, { browser: bob })).toBe('PAGE')
    await server.deps.store.consents.remove(person.user.sub, app.client.id)
    expect(await ask(server, app, silent, { browser })).toBe('PAGE')
    expect(await ask(server, app, { scope: '"' }, { browser })).toBe('PAGE')
  })

  it('are pages for a user who has said no', async () => {
    const app = appOf(await registered())
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(person)
    expect((await browser.deny()).left?.params.get('error')).toBe('access_denied')
    expect(await ask(server, app, { prompt: 'none' }, { browser })).toBe('PAGE')
  })

  it('are pages for an app that has changed since: nobody has allowed where it leads now (RG11)', async () => {
    const information = await registered()
    const app = appOf(information)
    await allow(app)
    // In the second of the consent: an app changes as soon as it has its code.
    const redirect_uris = ['https://elsewhere.test/cb']
    const body = { client_id: app.client.id, client_name: 'Orchard Tools', redirect_uris }
    const changed = await manage(server, information, 'PUT', { ...body, token_endpoint_auth_method: 'none' })
    expect(changed.status).toBe(200)
    const moved = appOf({ ...information, redirect_uris })
    for (const changes of [{ prompt: 'none' }, { scope: '"' }])
      expect(await ask(server, moved, changes, { browser })).toBe('PAGE')
    server.clock.advance(1)
    await allow(moved)
    expect(await ask(server, moved, { prompt: 'none' }, { browser })).toBe('code')
  })

  it('are the one response to a pushed request', async () => {
    const app = appOf(await registered())
    await allow(app)
    const { url } = await pushedUrl(server, app, { prompt: 'none', max_age: '0' })
    expect((await browser.open(url)).left?.params.get('error')).toBe('login_required')
    expect((await browser.open(url)).left).toBeUndefined()
  })
})

describe('CF07: silent renewal', () => {
  it('gives codes for what the user has allowed, while users with a page are asked each time (CO03)', async () => {
    const app = appOf(await registered())
    const { code, ...started } = await allow(app)
    const { id_token } = await redeem(server, app, { ...started, code })
    const renewed = authorizeUrl(server, app, { prompt: 'none', id_token_hint: id_token })
    const { left } = await browser.open(renewed.url)
    const tokens = await redeem(server, app, { ...renewed, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ sub: person.user.sub, nonce: renewed.nonce })
    const { heading, html } = await browser.open(authorizeUrl(server, app).url)
    expect(heading).toBe('Allow Orchard Tools to access your account?')
    expect(html).toContain('it can renew its access without asking')
  })

  it('lasts: the row of the app outlives what it is given in silence', async () => {
    const app = appOf(await registered())
    await allow(app, { scope: 'openid offline_access' })
    const month = 30 * 86_400
    for (let index = 0; index < 4; index++) {
      server.clock.advance(month)
      await getCode(server, browser, await server.addClient('web'), { person })
      const started = authorizeUrl(server, app, { prompt: 'none', scope: 'openid offline_access' })
      const { left } = await browser.open(started.url)
      await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
      await server.deps.store.sweep(server.clock.now, 100)
    }
    expect(await server.deps.store.clients.find(app.client.id)).toBeDefined()
  })

  it.each([
    ['another program could get the code (CO05)', 'http://127.0.0.1/cb', 'native'],
    ['nor an app of the web on this computer', 'http://localhost:3000/cb', 'web'],
    ['nor for a scheme', 'com.example.app:/cb', 'native'],
  ])('is not for an app on the device: %s', async (_why, redirectUri, application_type) => {
    const app = appOf(await registered({ redirect_uris: [redirectUri], application_type }))
    await allow(app)
    expect(await ask(server, app, { prompt: 'none' }, { browser })).toBe('RD:consent_required')
  })
})

describe('PC06: an app on the device whose request is wrong', () => {
  const native = { application_type: 'native' }

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb'],
    ['http://[::1]/cb?from=us', 'http://[::1]:9/cb?from=us'],
    ['com.example.app:/cb', 'com.example.app:/cb'],
  ])('gets its error when the user goes back to the app: %s', async (uri, redirect_uri) => {
    const app = appOf(await registered({ redirect_uris: [uri], ...native }))
    for (const [changes, code] of wrong.filter(([{ response_mode }]) => !response_mode)) {
      const silent = changes.prompt === 'none' ? 'login_required' : code
      const { url, state } = authorizeUrl(server, app, { ...changes, redirect_uri })
      const page = await browser.open(url)
      expect([page.left, page.status, page.heading]).toEqual([undefined, 400, 'This link does not work'])
      const [link = ''] = elements(page.html, 'a').flatMap(({ attributes, text }) =>
        text === 'Back to the app' ? (attributes.get('href') ?? []) : [],
      )
      expect(link.slice(0, redirect_uri.length)).toBe(redirect_uri)
      const params = new URL(link).searchParams
      expect(Object.fromEntries(params)).toMatchObject({ error: silent, state, iss: server.issuer })
      expect(params.has('error_description')).toBe(true)
      expect(params.has('code')).toBe(false)
    }
  })

  it('gets it by form_post too, and by the button of a pushed request', async () => {
    const uri = 'http://127.0.0.1:8080/cb'
    const app = appOf(await registered({ redirect_uris: [uri], ...native }))
    const changes = { response_mode: 'form_post', prompt: 'none' }
    const direct = authorizeUrl(server, app, changes)
    const pushed = await pushedUrl(server, app, changes)
    for (const { url, state } of [direct, pushed]) {
      const page = await browser.open(url)
      expect([page.left, page.status]).toEqual([undefined, 400])
      expect(page.headers.get('content-security-policy')).not.toContain('form-action')
      const { left } = await browser.submit()
      expect([left?.method, left?.url.href]).toEqual(['POST', uri])
      expect(Object.fromEntries(left?.params ?? [])).toMatchObject({ error: 'login_required', state })
    }
  })

  it('has no button for an app of the web, nor for an address that is not registered', async () => {
    const web = appOf(await registered())
    const local = appOf(await registered({ redirect_uris: ['http://127.0.0.1/cb'], ...native }))
    const urls = [
      authorizeUrl(server, web, { scope: '"' }),
      authorizeUrl(server, local, { scope: '"', redirect_uri: 'http://127.0.0.1/other' }),
      authorizeUrl(server, local, { scope: '"', redirect_uri: 'https://evil.test/cb' }),
    ]
    for (const { url } of urls) {
      const { html, status } = await browser.open(url)
      expect(status).toBe(400)
      expect(html).not.toContain('Back to the app')
      expect(elements(html, 'a').map(({ attributes }) => attributes.get('href'))).not.toContainEqual(
        expect.stringMatching(/^(?!\/)/),
      )
    }
  })
})
