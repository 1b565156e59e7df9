// Managing a registration (RFC 7592): reading, replacing and ending it with its own token.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeInvitation } from '../../src/crypto/client-registration.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { authorizeUrl, codeFlow, getCode, refresh, tokenRequest } from '../support/flow.js'
import { appOf, type Information, manage, minimal, registerApp } from '../support/registration.js'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
afterEach(() => server.close())

const confidential = { redirect_uris: ['https://app.test/cb'], client_name: 'Orchard' }

/** Each kind of registration: sealed in the id, with a row since a person let it in, with a row from the start. */
const kinds: [string, (body: object) => Promise<Information>][] = [
  ['sealed', (body) => registerApp(server, body)],
  [
    'sealed, let in by a person',
    async (body) => {
      const made = await registerApp(server, body)
      await getCode(server, createBrowser(server), appOf(made), { person: await server.addUser() })
      return made
    },
  ],
  [
    'by an initial access token',
    (body) => {
      const { secrets, random, now } = server.deps
      const token = makeInvitation(secrets, { id: 'x', uses: 9, exp: now() + 60 }, random)
      return registerApp(server, body, { Authorization: `Bearer ${token}` })
    },
  ],
]

describe.each(kinds)('%s', (_kind, register) => {
  it('AD05: GET tells all but the secret', async () => {
    const { client_secret, client_secret_expires_at, ...made } = await register(confidential)
    const response = await manage(server, made, 'GET')
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual(made)
  })

  it('PUT replaces all of it', async () => {
    const made = await register({ ...confidential, client_uri: 'https://app.test', contacts: ['a@app.test'] })
    const redirect_uris = ['https://app.test/new']
    const body = { client_id: made.client_id, redirect_uris, client_name: 'Orchard 2' }
    const response = await manage(server, made, 'PUT', body)
    expect(response.status).toBe(200)
    const after = (await response.json()) as Information
    expect(after).toMatchObject({ client_id: made.client_id, redirect_uris, client_name: 'Orchard 2' })
    for (const member of ['client_uri', 'contacts', 'client_secret']) expect(after).not.toHaveProperty(member)
    expect(await (await manage(server, made, 'GET')).json()).toEqual(after)
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, appOf(made)).url)
    expect(browser.view.heading).toBe('This app sent a wrong return address')
    await browser.open(authorizeUrl(server, appOf(after)).url)
    expect(browser.view.url.pathname).toMatch(/^\/(login|consent)\//)
  })

  it('PUT keeps the secret that there is, and takes it along', async () => {
    const made = await register(confidential)
    const body = { ...confidential, client_id: made.client_id, client_secret: made.client_secret }
    expect((await manage(server, made, 'PUT', body)).status).toBe(200)
    const asked = { grant_type: 'refresh_token', refresh_token: 'x' }
    expect(await outcome(await tokenRequest(server, appOf(made), asked))).toBe('400 invalid_grant')
  })

  it('PUT to a public client takes the secret away, and back to another gives a new one', async () => {
    const made = await register(confidential)
    const publicly = { ...confidential, client_id: made.client_id, token_endpoint_auth_method: 'none' }
    const after = (await (await manage(server, made, 'PUT', publicly)).json()) as Information
    expect(after).not.toHaveProperty('client_secret')
    const asked = { grant_type: 'refresh_token', refresh_token: 'x' }
    expect(await outcome(await tokenRequest(server, appOf(made), asked))).toBe('401 invalid_client')
    const again = { ...confidential, client_id: made.client_id }
    const last = (await (await manage(server, made, 'PUT', again)).json()) as Information
    expect(last.client_secret).not.toBe(made.client_secret)
    expect(await outcome(await tokenRequest(server, appOf(last), asked))).toBe('400 invalid_grant')
    expect(await outcome(await tokenRequest(server, appOf(made), asked))).toBe('401 invalid_client')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['another client_id', { client_id: 'x' }, '400 invalid_request'],
    ['no client_id', { client_id: undefined }, '400 invalid_request'],
    ['a secret of its own choice', { client_secret: 'mine' }, '400 invalid_client_metadata'],
    ['registration_access_token', { registration_access_token: 'x' }, '400 invalid_client_metadata'],
    ['registration_client_uri', { registration_client_uri: 'x' }, '400 invalid_client_metadata'],
    ['client_secret_expires_at', { client_secret_expires_at: 0 }, '400 invalid_client_metadata'],
    ['client_id_issued_at', { client_id_issued_at: 0 }, '400 invalid_client_metadata'],
    ['a bad redirect', { redirect_uris: ['http://app.test/'] }, '400 invalid_redirect_uri'],
    ['no redirects', { redirect_uris: [] }, '400 invalid_client_metadata'],
  ])('PUT with %s is refused and changes nothing', async (_what, change, expected) => {
    const { client_secret, client_secret_expires_at, ...made } = await register(confidential)
    const body = { ...confidential, client_id: made.client_id, ...change }
    expect(await outcome(await manage(server, made, 'PUT', body))).toBe(expected)
    expect(await (await manage(server, made, 'GET')).json()).toEqual(made)
  })

  it('DELETE ends it, with all that it held', async () => {
    const made = await register({ ...minimal })
    const app = appOf(made)
    const person = await server.addUser({ username: 'bob' })
    const params = { scope: 'openid offline_access' }
    const tokens = await codeFlow(server, createBrowser(server), app, { person, params })
    const response = await manage(server, made, 'DELETE')
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
    expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('401 invalid_client')
    const asked = { headers: { Authorization: `Bearer ${tokens.access_token}` } }
    expect((await server.fetch('/userinfo', asked)).status).toBe(401)
    expect((await manage(server, made, 'GET')).status).toBe(401)
  })
})
