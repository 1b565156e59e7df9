// Request objects (RFC 9101): a request in a JWT that the client has signed, at /authorize and pushed.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { publicJwk, signing } from '../support/assertion.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { authenticatedPost, authorizeUrl, claimsOf, redeem, walk } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { startTarget } from '../support/logout-target.js'
import { registerApp } from '../support/registration.js'
import { signedRequest } from '../support/request-object.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let person: Person
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true, issuer: 'http://localhost:9000' })
  app = await server.addClient('web', signing('ES256'))
  person = await server.addUser()
  browser = createBrowser(server)
})
afterEach(() => server.close())

it('is a request like any other: sign-in, consent, code, tokens', async () => {
  await server.addResource('https://api.test', ['read'])
  const started = await signedRequest(server, app, {
    claims: { scope: 'openid email read', resource: ['https://api.test'], max_age: 600, prompt: null },
  })
  await browser.open(started.url)
  const answer = await walk(browser, person)
  expect(answer.get('state')).toBe(started.state)
  const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
  expect(claimsOf(tokens.access_token)).toMatchObject({ aud: 'https://api.test' })
  expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ nonce: started.nonce, auth_time: server.clock.now })
})

it('counts alone: nothing beside it is looked at (6.3)', async () => {
  const beside = {
    scope: 'openid email phone',
    state: 'another',
    redirect_uri: 'https://elsewhere.test/cb',
    max_age: 'x',
  }
  const started = await signedRequest(server, app, {}, beside)
  await browser.open(started.url)
  const answer = await walk(browser, person)
  expect(browser.view.left?.url.href).toContain(app.client.metadata.redirect_uris[0])
  expect(answer.get('state')).toBe(started.state)
  const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
  expect(tokens.scope ?? 'openid').toBe('openid')
})

it('says members that are objects as they are (OIDC Core 6.1)', async () => {
  const claims = { userinfo: { email: { essential: true } } }
  const started = await signedRequest(server, app, { claims: { claims } })
  await browser.open(started.url)
  const answer = await walk(browser, person)
  const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
  const headers = { Authorization: `Bearer ${tokens.access_token}` }
  expect(await (await server.fetch('/userinfo', { headers })).json()).toMatchObject({
    email: person.user.email,
  })
})

it('is verified with keys that the client publishes', async () => {
  const keys = [publicJwk(knownKey('RS256'), { kid: 'one' })]
  const target = await startTarget((response) => void response.writeHead(200).end(JSON.stringify({ keys })))
  const publishing = await server.addClient('web', { jwks_uri: target.url })
  const started = await signedRequest(server, publishing, { header: { alg: 'RS256', kid: 'one' } })
  await browser.open(started.url)
  expect((await walk(browser, person)).has('code')).toBe(true)
  await target.close()
  const away = await server.addClient('web', { jwks_uri: target.url.replace(/:\d+/, ':1') })
  const { url, redirectUri } = await signedRequest(
    server,
    away,
    {},
    { redirect_uri: authorizeUrl(server, away).redirectUri },
  )
  const { left } = await browser.open(url)
  expect(left?.url.href).toContain(redirectUri)
  expect(left?.params.get('error')).toBe('temporarily_unavailable')
})

it('may be pushed (RFC 9126 3), and is what was pushed', async () => {
  const { request, state } = await signedRequest(server, app)
  const pushed = await authenticatedPost(server, '/par', app, { request, scope: 'openid email' })
  const { request_uri } = (await pushed.json()) as { request_uri: string }
  const query = new URLSearchParams({ client_id: app.client.id, request_uri })
  await browser.open(`/authorize?${query}`)
  const answer = await walk(browser, person)
  expect(answer.get('state')).toBe(state)
  const bad = await signedRequest(server, app, { key: knownKey('RS256'), header: { alg: 'RS256' } })
  expect(await outcome(await authenticatedPost(server, '/par', app, { request: bad.request }))).toBe(
    '400 invalid_request_object',
  )
})

it('can be asked of a client (10.5), at both endpoints', async () => {
  const strict = await server.addClient('web', signing('ES256', { require_signed_request_object: true }))
  const plain = authorizeUrl(server, strict)
  const { left } = await browser.open(plain.url)
  expect(left?.params.get('error')).toBe('invalid_request')
  const params = Object.fromEntries(new URL(plain.url).searchParams)
  expect(await outcome(await authenticatedPost(server, '/par', strict, params))).toBe('400 invalid_request')
  const { now } = server.clock
  const { url, request } = await signedRequest(server, strict, { claims: { nbf: now, exp: now + 300 } })
  await browser.open(url)
  expect((await walk(browser, person)).has('code')).toBe(true)
  const pushed = await authenticatedPost(server, '/par', strict, { request })
  const { request_uri } = (await pushed.json()) as { request_uri: string }
  await browser.open(`/authorize?${new URLSearchParams({ client_id: strict.client.id, request_uri })}`)
  expect((await walk(browser, person)).has('code')).toBe(true)
})

it('CF01: of a client that must sign has nbf and exp, both within an hour (FAPI 2.0 Message Signing 5.3.1)', async () => {
  const strict = await server.addClient('web', signing('ES256', { require_signed_request_object: true }))
  const { now } = server.clock
  const usual = { nbf: now, exp: now + 300 }
  const refused = [400, expect.objectContaining({ error: 'invalid_request_object' })]
  const accepted = [201, expect.objectContaining({ expires_in: 60 })]
  const cases: [object, unknown][] = [
    [{}, accepted],
    [{ aud: [server.issuer] }, accepted],
    [{ nbf: now + 8 }, accepted],
    [{ nbf: now - 3599, exp: now + 1 }, accepted],
    [{ nbf: now - 60, exp: now + 3540 }, accepted],
    [{ nbf: now - 3601 }, refused],
    [{ nbf: now - 60, exp: now + 3541 }, refused],
    [{ nbf: now + 61 }, refused],
    [{ nbf: undefined, iat: now }, refused],
    [{ nbf: String(now) }, refused],
    [{ exp: undefined }, refused],
    [{ exp: now }, refused],
    [{ aud: undefined }, refused],
  ]
  for (const [bent, expected] of cases) {
    const { request } = await signedRequest(server, strict, { claims: { ...usual, ...bent } })
    const response = await authenticatedPost(server, '/par', strict, { request })
    expect([response.status, await response.json()], JSON.stringify(bent)).toEqual(expected)
  }
  const old = { claims: { nbf: now - 3601, exp: now + 300 } }
  const { redirectUri } = authorizeUrl(server, strict)
  const { url } = await signedRequest(server, strict, old, { redirect_uri: redirectUri })
  expect((await browser.open(url)).left?.params.get('error')).toBe('invalid_request_object')
  const free = await signedRequest(server, app, old)
  expect(await outcome(await authenticatedPost(server, '/par', app, { request: free.request }))).toBe('201')
})

it('is held to the one algorithm that the client has registered', async () => {
  const keys = [publicJwk(knownKey('ES256')), publicJwk(knownKey('RS256'))]
  const only = await server.addClient('web', { jwks: { keys }, request_object_signing_alg: 'ES256' })
  const redirect_uri = authorizeUrl(server, only).redirectUri
  const other = await signedRequest(server, only, { header: { alg: 'RS256' } }, { redirect_uri })
  expect((await browser.open(other.url)).left?.params.get('error')).toBe('invalid_request_object')
  await browser.open((await signedRequest(server, only)).url)
  expect((await walk(browser, person)).has('code')).toBe(true)
})

it('is for apps that register themselves, too', async () => {
  const made = await registerApp(server, {
    redirect_uris: ['https://app.test/cb'],
    ...signing('ES256', { request_object_signing_alg: 'ES256', require_signed_request_object: true }),
  })
  expect(made).toMatchObject({ request_object_signing_alg: 'ES256', require_signed_request_object: true })
  const self = { ...app, client: { ...app.client, id: made.client_id } }
  const { now } = server.clock
  const claims = { redirect_uri: 'https://app.test/cb', nbf: now, exp: now + 300 }
  await browser.open((await signedRequest(server, self, { claims })).url)
  expect((await walk(browser, person)).has('code')).toBe(true)
})

it('is told of in the metadata, with the algorithms', async () => {
  const metadata = await (await server.fetch('/.well-known/openid-configuration')).json()
  expect(metadata).toMatchObject({
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    request_object_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256', 'RS256', 'EdDSA']),
  })
  expect(metadata.request_object_signing_alg_values_supported).not.toContain('none')
})
