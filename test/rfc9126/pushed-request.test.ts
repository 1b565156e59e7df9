// Pushed authorization requests (RFC 9126): what is pushed, what comes back, and the way on from there.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signing } from '../support/assertion.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { codeParams, createProver } from '../support/dpop.js'
import { authenticatedPost, type Changes, claimsOf, exchange, redeem, walk } from '../support/flow.js'
import { prefix, push, pushedUrl } from '../support/par.js'
import { signedRequest } from '../support/request-object.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

let server: TestServer
let person: Person
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  person = await server.addUser()
})
afterEach(() => server.close())

const kinds = [
  ['web', {}],
  ['web', { token_endpoint_auth_method: 'client_secret_post' }],
  ['web', { token_endpoint_auth_method: 'client_secret_jwt' }],
  ['web', signing()],
  ['spa', {}],
  ['native', {}],
] as const

describe.each(kinds)('a %s client (%o)', (kind, metadata) => {
  it('pushes, sends the person, gets a code and redeems it', async () => {
    const app = await server.addClient(kind, metadata)
    const pushed = await pushedUrl(server, app, { scope: 'openid email' })
    expect(pushed).toMatchObject({ expiresIn: 60 })
    expect(pushed.requestUri).toMatch(
      /^urn:ietf:params:oauth:request_uri:[0-9A-Za-z]{16}\.[A-Za-z0-9_-]{43}$/,
    )
    const browser = createBrowser(server)
    await browser.open(pushed.url)
    const answer = await walk(browser, person)
    expect(answer.get('state')).toBe(pushed.state)
    expect(answer.get('iss')).toBe(server.issuer)
    const tokens = await redeem(server, app, { ...pushed, code: answer.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ nonce: pushed.nonce })
    expect(tokens.scope).toBe('openid email')
  })
})

it('2.2 answers 201, as JSON that no cache keeps and every origin may read', async () => {
  const { response } = await push(server, await server.addClient('web'))
  expect(response.status).toBe(201)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('cache-control')).toContain('no-store')
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  const preflight = await server.fetch('/par', { method: 'OPTIONS' })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
})

it('2.2 lives as long as configured', async () => {
  const other = await createTestServer({ config: { pushedRequestTtl: 5 } })
  const { expiresIn } = await pushedUrl(other, await other.addClient('web'))
  expect(expiresIn).toBe(5)
  await other.close()
})

it.each([
  [{ response_type: undefined }, 'invalid_request'],
  [{ response_type: 'token' }, 'unsupported_response_type'],
  [{ redirect_uri: 'https://evil.test/cb' }, 'invalid_request'],
  [{ redirect_uri: undefined }, 'invalid_request'],
  [{ code_challenge: undefined }, 'invalid_request'],
  [{ code_challenge_method: 'plain' }, 'invalid_request'],
  [{ scope: 'openid x"' }, 'invalid_scope'],
  [{ resource: 'https://unknown.test' }, 'invalid_target'],
  [{ prompt: 'none login' }, 'invalid_request'],
  [{ max_age: 'soon' }, 'invalid_request'],
  [{ claims: '{' }, 'invalid_request'],
  [{ state: 'x'.repeat(4097) }, 'invalid_request'],
  [{ request: 'x.y.z' }, 'invalid_request_object'],
  [{ registration: '{}' }, 'registration_not_supported'],
])('2.3 refuses %o with %s, as JSON', async (changes, code) => {
  const { response } = await push(server, await server.addClient('web'), changes)
  expect(await outcome(response)).toBe(`400 ${code}`)
})

it('2.3 refuses a client without the code flow, and parameters that come twice', async () => {
  const service = await server.addClient('service')
  expect(
    await outcome((await push(server, service, { redirect_uri: undefined, scope: undefined })).response),
  ).toBe('400 unauthorized_client')
  const app = await server.addClient('spa')
  const twice = await server.fetch('/par', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `client_id=${app.client.id}&scope=openid&scope=email`,
  })
  expect(await outcome(twice)).toBe('400 invalid_request')
})

it('keeps every value of a parameter that may come more than once', async () => {
  const apis = ['https://a.test', 'https://b.test']
  for (const api of apis) await server.addResource(api, ['read'])
  const app = await server.addClient('spa')
  const { started } = await push(server, app)
  const body = new URLSearchParams(new URL(started.url).search)
  for (const api of apis) body.append('resource', api)
  const { request_uri } = (await (await server.fetch('/par', { method: 'POST', body })).json()) as {
    request_uri: string
  }
  const { id } = /:(?<id>\w{16})\./.exec(request_uri)?.groups ?? {}
  const row = await server.deps.store.pushedRequests.find(id ?? '')
  expect(new URLSearchParams(row?.params).getAll('resource')).toEqual(apis)
})

it('4 is checked again: what the client has lost since then it does not get', async () => {
  const app = await server.addClient('web')
  const { url } = await pushedUrl(server, app)
  const { id, metadata } = app.client
  const redirect_uris = ['https://app.test/other']
  const updatedAt = server.clock.now
  await server.deps.store.clients.update({ id, metadata: { ...metadata, redirect_uris }, updatedAt })
  const browser = createBrowser(server)
  await browser.open(url)
  expect(browser.view.heading).toBe('This app sent a wrong return address')
})

it('5 is in the metadata, and required of nobody but of clients that are registered so', async () => {
  const response = await server.fetch('/.well-known/oauth-authorization-server')
  expect(await response.json()).toMatchObject({
    pushed_authorization_request_endpoint: `${server.issuer}/par`,
    require_pushed_authorization_requests: false,
    request_uri_parameter_supported: false,
  })
})

it('RFC 9449 10.1 binds the code to the key of a proof beside it', async () => {
  const app = await server.addClient('spa')
  const prover = createProver(server)
  await prover.learnNonce(await server.addClient('service'))
  const { started } = await push(server, app)
  const params = Object.fromEntries(new URL(started.url).searchParams)
  const proven = async (changes: Changes, claims = {}) =>
    authenticatedPost(
      server,
      '/par',
      app,
      { ...params, ...changes },
      { DPoP: await prover.proof('/par', claims) },
    )
  expect(await outcome(await proven({ dpop_jkt: 'x'.repeat(43) }))).toBe('400 invalid_dpop_proof')
  expect(await outcome(await proven({}, { htu: `${server.issuer}/token` }))).toBe('400 invalid_dpop_proof')
  expect(await outcome(await proven({}, { nonce: undefined }))).toBe('400 use_dpop_nonce')
  expect((await proven({ dpop_jkt: prover.jkt })).status).toBe(201)
  const response = await proven({})
  expect(response.status).toBe(201)
  const { request_uri } = (await response.json()) as { request_uri: string }
  const browser = createBrowser(server)
  const query = new URLSearchParams({ client_id: app.client.id, request_uri })
  await browser.open(`${server.issuer}/authorize?${query}`)
  const got = { ...started, code: (await walk(browser, person)).get('code') ?? '' }
  expect(await outcome(await exchange(server, app, got))).toBe('400 invalid_dpop_proof')
  expect((await prover.token(app, codeParams(got))).status).toBe(200)
})

it('tells a prefix of ours from the addresses that are not supported', async () => {
  const app = await server.addClient('web')
  const browser = createBrowser(server)
  await browser.open(`${server.issuer}/authorize?client_id=${app.client.id}&request_uri=${prefix}x`)
  expect(browser.view).toMatchObject({ status: 400, heading: 'This sign-in is no longer valid' })
})

it('CF02: has a redirect_uri, also where the client has registered only one (FAPI 2.0 Security Profile 5.3.2.2)', async () => {
  await server.addResource('https://api.test', ['read'])
  const app = await server.addClient('web', signing('ES256'))
  const scope = { scope: 'read', resource: 'https://api.test', redirect_uri: undefined }
  const { response } = await push(server, app, scope)
  expect([response.status, await response.json()]).toEqual([
    400,
    expect.objectContaining({
      error: 'invalid_request',
      error_description: 'redirect_uri is missing; a pushed request must name it',
    }),
  ])
  const { request } = await signedRequest(server, app, { claims: scope })
  const signed = await authenticatedPost(server, '/par', app, {
    request,
    redirect_uri: 'https://app.test/cb',
  })
  expect(await outcome(signed)).toBe('400 invalid_request')
})
