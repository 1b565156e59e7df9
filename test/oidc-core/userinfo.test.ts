// UserInfo (OIDC Core 5.3) and the challenges of RFC 6750 3: every way to ask, and every way to be refused.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { type Changes, claimsOf, codeFlow, refresh, type Tokens, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let person: Person
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  person = await server.addUser({
    emailVerified: true,
    claims: { name: 'Alice', phone_number: '+49 30 1', address: { locality: 'Berlin' } },
  })
  browser = createBrowser(server)
})
afterEach(() => server.close())

const connect = (params: Changes = {}): Promise<Tokens> => codeFlow(server, browser, app, { person, params })
const ask = (token: string, init: RequestInit = {}) =>
  server.fetch('/userinfo', { ...init, headers: { Authorization: `Bearer ${token}` } })
const claims = async (params: Changes) => (await ask((await connect(params)).access_token)).json()

async function refusal(response: Response): Promise<[number, string | null]> {
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  return [response.status, response.headers.get('www-authenticate')]
}

describe('the claims', () => {
  it('are those of the granted scopes', async () => {
    const { sub, updatedAt } = person.user
    expect(await claims({ scope: 'openid' })).toEqual({ sub })
    expect(await claims({ scope: 'openid email' })).toEqual({
      sub,
      email: 'alice@example.test',
      email_verified: true,
    })
    expect(await claims({ scope: 'openid profile' })).toEqual({
      sub,
      name: 'Alice',
      preferred_username: 'alice',
      updated_at: updatedAt,
    })
    expect(await claims({ scope: 'openid address phone' })).toEqual({
      sub,
      address: { locality: 'Berlin' },
      phone_number: '+49 30 1',
      phone_number_verified: false,
    })
  })

  it('can be asked for by name (5.5)', async () => {
    const request = JSON.stringify({ userinfo: { name: { essential: true }, nickname: null } })
    expect(await claims({ claims: request })).toEqual({ sub: person.user.sub, name: 'Alice' })
  })

  it('are those of now', async () => {
    const { access_token } = await connect({ scope: 'openid profile' })
    const edit = { ...person.user, claims: { name: 'Alicia' }, updatedAt: server.clock.now }
    await server.deps.store.users.update(edit)
    expect(await (await ask(access_token)).json()).toMatchObject({ name: 'Alicia' })
  })
})

describe('the token', () => {
  it('may come in the header of GET and POST, or in a form', async () => {
    const { access_token } = await connect()
    const answers = [
      await ask(access_token),
      await ask(access_token, { method: 'POST' }),
      await ask(access_token, { method: 'POST', body: '{}' }),
      await server.fetch('/userinfo', { method: 'POST', body: new URLSearchParams({ access_token }) }),
      await server.fetch('/userinfo', { headers: { Authorization: `bearer   ${access_token}` } }),
    ]
    for (const answer of answers) {
      expect(await answer.json()).toEqual({ sub: person.user.sub })
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('content-type')).toBe('application/json')
    }
  })

  it('for an API is good here too, unless the app named that API', async () => {
    await server.addResource('https://api.test', ['read'])
    const usual = await connect({ scope: 'openid read' })
    expect((await ask(usual.access_token)).status).toBe(200)
    const named = await connect({ scope: 'openid read', resource: 'https://api.test' })
    const [status, challenge] = await refusal(await ask(named.access_token))
    expect([status, challenge]).toEqual([401, expect.stringContaining(`resource=${server.issuer}`)])
  })

  it('PO05: of a self-registered client is good only if it is for the server itself [JW08]', async () => {
    await server.addResource('https://api.test', ['read'], { clients: 'all' })
    for (const metadata of [{}, { userinfo_with_api_token: true }]) {
      app = await server.addClient('web', metadata, { verified: false })
      const scope = 'openid email read'
      const { access_token, refresh_token = '' } = await connect({ scope })
      const [status, challenge] = await refusal(await ask(access_token))
      expect([status, challenge]).toEqual([401, expect.stringContaining('error="invalid_token"')])
      expect(challenge).toContain(`refresh with resource=${server.issuer}`)
      const own = await refresh(server, app, refresh_token, { resource: server.issuer })
      const response = await ask((await tokensOf(own)).access_token)
      expect(await response.json()).toMatchObject({ email: 'alice@example.test' })
      const alone = await connect({ scope: 'openid email' })
      expect((await ask(alone.access_token)).status).toBe(200)
    }
  })

  it('PO05: of a client that an administrator registered is too, once that is switched off', async () => {
    await server.addResource('https://api.test', ['read'])
    const { access_token } = await connect({ scope: 'openid read' })
    expect((await ask(access_token)).status).toBe(200)
    const { id, metadata } = app.client
    const off = { ...metadata, userinfo_with_api_token: false }
    await server.deps.store.clients.update({ id, metadata: off, updatedAt: server.clock.now })
    expect((await refusal(await ask(access_token)))[1]).toContain(`resource=${server.issuer}`)
  })

  it('PO05: for OpenID Connect’s scopes alone is for the server itself, also where the client has one API', async () => {
    await server.addResource('https://api.test', ['read'], { isDefault: true, clients: 'all' })
    const only = { resources: ['https://api.test'], userinfo_with_api_token: false }
    app = await server.addClient('web', only)
    const { access_token } = await connect({ scope: 'openid profile' })
    expect(claimsOf(access_token).aud).toBe(server.issuer)
    expect((await ask(access_token)).status).toBe(200)
  })

  it('dies with its time, its grant, its person', async () => {
    const [late, revoked, left] = [await connect(), await connect(), await connect()]
    const { store } = server.deps
    const [newest] = (await store.grants.list({ limit: 10, now: server.clock.now })).slice(-1)
    await store.users.setDisabled(newest?.sub ?? '', true, server.clock.now)
    for (const { access_token } of [revoked, left])
      expect((await refusal(await ask(access_token)))[0]).toBe(401)
    server.clock.advance(300)
    expect((await refusal(await ask(late.access_token)))[0]).toBe(401)
  })

  it('is refused before anything is read when the body is too large or twisted', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const large = { method: 'POST', headers: form, body: `access_token=${'x'.repeat(70_000)}` }
    expect((await server.fetch('/userinfo', large)).status).toBe(413)
    expect((await server.fetch('/userinfo', { method: 'POST', headers: form, body: '%' })).status).toBe(400)
  })
})

describe('a client that registered userinfo_signed_response_alg (5.3.2)', () => {
  it.each(['RS256', 'ES256', 'PS256', 'EdDSA'])('gets a JWT by %s, for it alone', async (alg) => {
    const signing = await server.addClient('web', { userinfo_signed_response_alg: alg })
    const { access_token } = await codeFlow(server, browser, signing, {
      person,
      params: { scope: 'openid email' },
    })
    const response = await ask(access_token)
    expect(response.headers.get('content-type')).toBe('application/jwt')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const keys = (await (await server.fetch('/jwks')).json()) as JSONWebKeySet
    const { payload, protectedHeader } = await jwtVerify(await response.text(), createLocalJWKSet(keys), {
      issuer: server.issuer,
      audience: signing.client.id,
      currentDate: new Date(server.clock.now * 1000),
    })
    expect(protectedHeader).toMatchObject({ alg, typ: 'userinfo+jwt' })
    expect(payload).toEqual({
      sub: person.user.sub,
      email: 'alice@example.test',
      email_verified: true,
      iss: server.issuer,
      aud: signing.client.id,
      iat: server.clock.now,
    })
  })

  it('gets refusals as everybody does', async () => {
    const response = await ask('x')
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/json'])
  })

  it('cannot have it taken for an ID token or an access token', async () => {
    const signing = await server.addClient('web', { userinfo_signed_response_alg: 'RS256' })
    const { access_token } = await codeFlow(server, browser, signing, { person })
    const jwt = await (await ask(access_token)).text()
    expect((await ask(jwt)).status).toBe(401)
    const view = await browser.open(`/end-session?id_token_hint=${jwt}`)
    expect(view.heading).toBe('Sign out of Grantor?')
  })

  it('may not register none, or an algorithm that we do not have', async () => {
    for (const userinfo_signed_response_alg of ['none', 'HS256', 5]) {
      await expect(server.addClient('web', { userinfo_signed_response_alg })).rejects.toThrow(
        /userinfo_signed_response_alg/,
      )
    }
  })
})
