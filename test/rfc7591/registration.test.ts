// Dynamic registration (RFC 7591): what the answer says, what the app can do with it, and on which node.
import { beforeEach, describe, expect, it } from 'vitest'
import { makeInvitation } from '../../src/crypto/client-registration.js'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, claimsOf, codeFlow, getCode, redeem, refresh } from '../support/flow.js'
import { closedAfterEach } from '../support/opened.js'
import { appOf, minimal, postRegistration, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type ServerOptions, type TestServer } from '../support/server.js'

const keep = closedAfterEach()
const start = async (options: ServerOptions = {}): Promise<TestServer> =>
  keep(await createTestServer({ cheapPasswords: true, ...options }))
let server: TestServer
let person: Person
beforeEach(async () => {
  server = await start()
  person = await server.addUser()
})
const rows = () => server.deps.store.clients.list({ limit: 100 })

describe('the answer (3.2.1)', () => {
  it('is 201, JSON, kept by no cache, readable from every origin', async () => {
    const response = await postRegistration(server, minimal, { Origin: 'http://localhost:6274' })
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('can be asked for by a page of another origin first', async () => {
    const asked = { 'Access-Control-Request-Method': 'POST', Origin: 'http://localhost:6274' }
    const response = await server.fetch('/register', { method: 'OPTIONS', headers: asked })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toContain('POST')
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
      'mcp-protocol-version',
    )
  })

  it('has everything that is registered, and nothing that is null', async () => {
    const made = await registerApp(server, {
      ...minimal,
      client_name: 'Orchard',
      logo_uri: null,
      contacts: [],
    })
    expect(made).toEqual({
      client_id: expect.stringMatching(/^dcr_/),
      client_id_issued_at: server.clock.now,
      registration_access_token: expect.any(String),
      registration_client_uri: `${server.issuer}/register/${made.client_id}`,
      client_name: 'Orchard',
      redirect_uris: minimal.redirect_uris,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      id_token_claims: 'minimal',
      id_token_signed_response_alg: 'RS256',
      scope: 'openid profile email address phone offline_access',
    })
  })

  it('has a secret where one is needed, which does not expire', async () => {
    const { token_endpoint_auth_method, client_secret, client_secret_expires_at } = await registerApp(
      server,
      {
        redirect_uris: ['https://app.test/cb'],
      },
    )
    expect(token_endpoint_auth_method).toBe('client_secret_basic')
    expect(client_secret).toMatch(/^[\w-]{43}$/)
    expect(client_secret_expires_at).toBe(0)
  })

  it('tells a name where none was given: the place of the redirect', async () => {
    const names = async (redirect: string) =>
      (await registerApp(server, { ...minimal, redirect_uris: [redirect] })).client_name
    expect(await names('https://app.test/cb')).toBe('app.test')
    expect(await names('http://127.0.0.1:7777/cb')).toBe('127.0.0.1:7777')
    expect(await names('com.example.app:/cb')).toBe('com.example.app')
  })

  it('leaves out what is not done here, and says what was registered in its place', async () => {
    const made = await registerApp(server, {
      ...minimal,
      grant_types: ['authorization_code', 'refresh_token', 'implicit', 'urn:example:grant'],
      response_types: ['code', 'token', 'code id_token'],
      application_type: 'web',
      request_uris: ['https://app.test/request'],
      software_id: 'x',
      'client_name#de': 'Obstgarten',
    })
    expect(made).toMatchObject({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
    })
    for (const member of ['request_uris', 'software_id', 'client_name#de'])
      expect(made).not.toHaveProperty(member)
  })

  it.each(['tls_client_auth', 'self_signed_tls_client_auth', 'x', 7])(
    'is an error for the authentication method %s, which the app would fail with later',
    async (token_endpoint_auth_method) => {
      const response = await postRegistration(server, { ...minimal, token_endpoint_auth_method })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' })
    },
  )

  it('keeps an id short', async () => {
    const { client_id } = await registerApp(server, {
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    })
    expect(client_id.length).toBeLessThan(400)
  })
})

it('is announced in the metadata (RFC 8414 2)', async () => {
  const metadata = await (await server.fetch('/.well-known/oauth-authorization-server')).json()
  expect(metadata).toMatchObject({ registration_endpoint: `${server.issuer}/register` })
})

it('answers where clients guess, below an issuer with a path', async () => {
  const below = await start({ issuer: 'https://as.test/tenant' })
  const response = await below.fetch(
    new Request('https://as.test/register', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(minimal),
    }),
  )
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({
    registration_client_uri: expect.stringMatching(/^https:\/\/as\.test\/tenant\/register\/dcr_/),
  })
})

describe('an app that has registered itself freely', () => {
  it.each<[string, Record<string, unknown>]>([
    ['public', minimal],
    ['client_secret_basic', { redirect_uris: ['https://app.test/cb'] }],
    [
      'client_secret_post',
      { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'client_secret_post' },
    ],
  ])('%s: signs a person in and refreshes', async (_kind, asked) => {
    const app = appOf(await registerApp(server, asked))
    expect(await rows()).toEqual([])
    const params = { scope: 'openid offline_access' }
    const tokens = await codeFlow(server, createBrowser(server), app, { person, params })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ aud: app.client.id, sub: person.user.sub })
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(200)
    expect(await rows()).toMatchObject([{ id: app.client.id, verified: false, disabled: false }])
  })

  it('is known on every node, with a row or without', async () => {
    const other = await start({ store: server.deps.store })
    const app = appOf(await registerApp(server, { redirect_uris: ['https://app.test/cb'] }))
    const got = await getCode(other, createBrowser(other), app, { person })
    expect(claimsOf((await redeem(server, app, got)).access_token)).toMatchObject({
      client_id: app.client.id,
    })
  })

  it('is on no list of the person who said no', async () => {
    const app = appOf(await registerApp(server))
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(person)
    await browser.deny()
    expect(browser.view.left?.params.get('error')).toBe('access_denied')
    expect(await rows()).toEqual([])
  })

  it('stays as it is where its row is rotated or disabled by an administrator', async () => {
    const { store } = server.deps
    const made = await registerApp(server, { redirect_uris: ['https://app.test/cb'] })
    const app = appOf(made)
    await codeFlow(server, createBrowser(server), app, { person })
    const [derived] = await store.clients.secrets(made.client_id, server.clock.now)
    expect(derived).toBeDefined()
    await store.clients.setDisabled(made.client_id, true, server.clock.now)
    server.clock.advance(500 * 86_400)
    await store.sweep(server.clock.now, 100)
    expect(await server.deps.clients.find(made.client_id, () => '')).toMatchObject({ disabled: true })
  })
})

it('with an initial access token an app has a row and a short id at once', async () => {
  const invited = await start({ config: { clientRegistration: 'token' } })
  const { secrets, random, now, store } = invited.deps
  const Authorization = `Bearer ${makeInvitation(secrets, { id: 'x', uses: 1, exp: now() + 60 }, random)}`
  const made = await registerApp(invited, { redirect_uris: ['https://app.test/cb'] }, { Authorization })
  expect(made.client_id).toMatch(/^[0-9A-Za-z]{16}$/)
  expect(await store.clients.find(made.client_id)).toMatchObject({ verified: false })
  const someone = await invited.addUser()
  await codeFlow(invited, createBrowser(invited), appOf(made), { person: someone })
  const trail = await store.audit.list({ limit: 100, type: 'client.registered' })
  expect(trail).toMatchObject([{ clientId: made.client_id }])
})
