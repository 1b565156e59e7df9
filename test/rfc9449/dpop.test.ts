// DPoP (RFC 9449) as a client meets it: what it is given, what it may do with it, and what others can tell of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createShell } from '../cli/support.js'
import { createBrowser } from '../support/browser.js'
import { introspect } from '../support/connected.js'
import { codeParams, createProver, hashOf, type Prover, refreshParams } from '../support/dpop.js'
import { claimsOf, codeFlow, exchange, getCode, refresh, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { watch } from '../support/watch.js'

const api = 'https://api.test'
const opaque = 'https://opaque.test'
const machine = { grant_type: 'client_credentials' }
let server: TestServer
let reader: Registered
let prover: Prover
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read'])
  await server.addResource(opaque, ['list'], { tokenFormat: 'opaque' })
  reader = await server.addClient('service', { resources: [api, opaque] })
  prover = createProver(server)
})
afterAll(() => server.close())

let people = 0
const connect = async (kind: 'web' | 'spa', scope = 'openid offline_access', metadata = {}) => {
  const app = await server.addClient(kind, metadata)
  const person = await server.addUser({ username: `key${people++}` })
  const browser = createBrowser(server)
  const got = await getCode(server, browser, app, { person, params: { scope } })
  return { app, browser, person, tokens: await tokensOf(await prover.token(app, codeParams(got))) }
}

it('5.1 the metadata name the algorithms of proofs', async () => {
  const metadata = await (await server.fetch('/.well-known/openid-configuration')).json()
  expect(metadata).toMatchObject({
    dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'Ed25519', 'EdDSA'],
  })
})

describe('5 a token request with a proof', () => {
  it('gets a token of the type DPoP, bound to the key (6.1)', async () => {
    const tokens = await tokensOf(await prover.token(reader, { ...machine, scope: 'read' }))
    expect(tokens.token_type).toBe('DPoP')
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: api, cnf: { jkt: prover.jkt } })
  })

  it('without one gets what it always got', async () => {
    const tokens = await tokensOf(await tokenRequest(server, reader, { ...machine, scope: 'read' }))
    expect(tokens.token_type).toBe('Bearer')
    expect(claimsOf(tokens.access_token)).not.toHaveProperty('cnf')
  })

  it.each(['web', 'spa'] as const)('signs a person in, who is then asked for: %s', async (kind) => {
    const { tokens, person } = await connect(kind)
    expect(tokens.token_type).toBe('DPoP')
    const answer = await prover.userinfo(tokens.access_token)
    expect(await answer.json()).toMatchObject({ sub: person.user.sub })
    const DPoP = await prover.proof('/userinfo', { ath: hashOf(tokens.access_token) })
    const headers = { Authorization: `dpop ${tokens.access_token}`, DPoP }
    expect((await server.fetch('/userinfo', { method: 'POST', headers })).status).toBe(200)
  })
})

describe('6.2 introspection', () => {
  it.each([
    ['a JWT', 'read'],
    ['an opaque token', 'list'],
  ])('tells the key and the type of %s', async (_, scope) => {
    const { access_token } = await tokensOf(await prover.token(reader, { ...machine, scope }))
    expect(await introspect(server, reader, access_token)).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: prover.jkt },
    })
    const free = await tokensOf(await tokenRequest(server, reader, { ...machine, scope }))
    const told = await introspect(server, reader, free.access_token)
    expect(told).toMatchObject({ active: true, token_type: 'Bearer' })
    expect(told).not.toHaveProperty('cnf')
  })
})

describe('5 a refresh token', () => {
  it('of a public client is bound to its key, and so need not rotate (OAuth 2.1 4.3.1)', async () => {
    const { app, tokens } = await connect('spa')
    const next = await tokensOf(await prover.token(app, refreshParams(tokens)))
    expect(next).toMatchObject({ token_type: 'DPoP', refresh_token: tokens.refresh_token })
    expect(claimsOf(next.access_token)).toMatchObject({ cnf: { jkt: prover.jkt } })
  })

  it('of a confidential client is not: each access token is bound to the key of its request', async () => {
    const { app, tokens } = await connect('web')
    const other = createProver(server)
    const next = await tokensOf(await other.token(app, refreshParams(tokens)))
    expect(claimsOf(next.access_token)).toMatchObject({ cnf: { jkt: other.jkt } })
    expect((await other.userinfo(next.access_token)).status).toBe(200)
    const free = await tokensOf(await refresh(server, app, next.refresh_token ?? ''))
    expect(free.token_type).toBe('Bearer')
  })

  it('that was given without a proof stays unbound and rotates, whatever comes later', async () => {
    const app = await server.addClient('spa')
    const person = await server.addUser({ username: 'later' })
    const params = { scope: 'openid offline_access' }
    const first = await codeFlow(server, createBrowser(server), app, { person, params })
    const second = await tokensOf(await prover.token(app, refreshParams(first)))
    expect(second).toMatchObject({ token_type: 'DPoP', refresh_token: expect.any(String) })
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const third = await tokensOf(await refresh(server, app, second.refresh_token ?? ''))
    expect(third.token_type).toBe('Bearer')
  })
})

it('10 dpop_jkt goes with the request through sign-in and consent', async () => {
  const app = await server.addClient('web')
  const person = await server.addUser({ username: 'bound' })
  const params = { dpop_jkt: prover.jkt }
  const got = await getCode(server, createBrowser(server), app, { person, params })
  expect((await exchange(server, app, got)).status).toBe(400)
  expect((await prover.token(app, codeParams(got))).status).toBe(200)
})

it('costs nothing that is not used: the same steps as ever without a proof', async () => {
  const app = await server.addClient('spa')
  const person = await server.addUser({ username: 'plain' })
  const got = await getCode(server, createBrowser(server), app, { person })
  const done = watch(server)
  const { access_token } = await tokensOf(await exchange(server, app, got))
  expect(done.filter((step) => /^(grants|replay|clients)\./.test(step))).toEqual([
    'clients.find',
    'grants.findForCode',
    'grants.redeem',
  ])
  done.length = 0
  const answer = await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${access_token}` } })
  expect(answer.status).toBe(200)
  expect(done).not.toContain('replay.once')
})

it('is asked of a client by its metadata, from the command line', async () => {
  const shell = createShell()
  const create = 'client create --kind service --name Bound --set dpop_bound_access_tokens=true'
  expect(await shell.json(create)).toMatchObject({ dpop_bound_access_tokens: true })
})
