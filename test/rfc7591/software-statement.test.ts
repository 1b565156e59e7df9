// Software statements (RFC 7591 2.3): what an issuer says of an app counts more than what the app says, and who may say it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrustedIssuer } from '../../src/protocol/trusted-issuer.js'
import { publicJwk } from '../support/assertion.js'
import { outcome } from '../support/connected.js'
import { knownKey } from '../support/keys.js'
import { startTarget } from '../support/logout-target.js'
import { manage, minimal, postRegistration, registerApp } from '../support/registration.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { type Bending, signedByIdp } from '../support/trusted.js'

const board = 'https://board.test'
const redirect = 'https://bank.test/cb'
const stated = { software_id: 'bank-app', client_name: 'Bank', redirect_uris: [redirect] }

let server: TestServer
afterEach(() => server.close())

async function start(
  clientRegistration: 'open' | 'token' | 'off',
  rules: Partial<TrustedIssuer['rules']> = {},
  facts: Partial<TrustedIssuer> = {},
): Promise<void> {
  const issuer = 'http://localhost:9000'
  server = await createTestServer({ cheapPasswords: true, issuer, config: { clientRegistration } })
  const jwks = { keys: [publicJwk(knownKey('ES256'), { kid: 'idp' })] } as NonNullable<typeof rules.jwks>
  const usual = { jwks, accepts: ['software-statement' as const], scope: [] }
  const createdAt = server.clock.now
  await server.deps.store.trustedIssuers.create({
    issuer: board,
    rules: { ...usual, ...rules },
    disabled: false,
    createdAt,
    ...facts,
  })
}

const statement = (bending: Bending = {}) =>
  signedByIdp({ iss: board, iat: server.clock.now, ...stated, ...bending.claims }, bending)
const rows = () => server.deps.store.clients.list({ limit: 2000 })
const bare = { token_endpoint_auth_method: 'none' }

describe('a statement', () => {
  beforeEach(() => start('token'))

  it('is leave to register, counts more than the app, and comes back unchanged', async () => {
    const software_statement = await statement()
    const made = await registerApp(server, {
      ...bare,
      client_name: 'Something else',
      redirect_uris: ['https://elsewhere.test/cb'],
      tos_uri: 'https://bank.test/terms',
      software_statement,
    })
    expect(made).toMatchObject({
      client_name: 'Bank',
      redirect_uris: [redirect],
      tos_uri: 'https://bank.test/terms',
      software_statement,
    })
    expect(await (await manage(server, made, 'GET')).json()).toEqual(made)
    expect((await rows()).map(({ id, verified }) => ({ id, verified }))).toEqual([
      { id: made.client_id, verified: false },
    ])
    expect(await server.deps.store.audit.list({ limit: 1 })).toMatchObject([
      { type: 'client.registered', clientId: made.client_id, detail: { issuer: board } },
    ])
  })

  it('goes on counting when the app changes the rest, until another one comes', async () => {
    const made = await registerApp(server, { ...bare, software_statement: await statement() })
    const change = { ...bare, client_id: made.client_id, redirect_uris: ['https://elsewhere.test/cb'] }
    const changed = await (await manage(server, made, 'PUT', { ...change, tos_uri: redirect })).json()
    expect(changed).toMatchObject({ client_name: 'Bank', redirect_uris: [redirect], tos_uri: redirect })
    expect(changed.software_statement).toBe(made.software_statement)
    const newer = await statement({ claims: { client_name: 'New bank' } })
    const renewed = await (await manage(server, made, 'PUT', { ...change, software_statement: newer })).json()
    expect(renewed).toMatchObject({ client_name: 'New bank', software_statement: newer })
    const forged = await statement({ key: knownKey('RS256'), alg: 'RS256' })
    expect(await outcome(await manage(server, made, 'PUT', { ...change, software_statement: forged }))).toBe(
      '400 invalid_software_statement',
    )
  })

  it("cannot say what is an administrator's to say", async () => {
    const claims = { skip_consent: true, verified: true, resources: ['https://api.test'], scope: 'admin' }
    const grant_types = ['client_credentials', 'authorization_code']
    const made = await registerApp(server, {
      software_statement: await statement({ claims: { ...claims, grant_types } }),
    })
    expect(made.grant_types).toEqual(['authorization_code'])
    const client = await server.deps.store.clients.find(made.client_id)
    expect(client).toMatchObject({ verified: false, metadata: { skip_consent: false } })
    expect(client?.metadata.resources ?? client?.metadata.scope).toBeUndefined()
  })

  it('is judged like anything else in a registration', async () => {
    const of = async (claims: Record<string, unknown>) =>
      outcome(await postRegistration(server, { ...bare, software_statement: await statement({ claims }) }))
    expect(await of({ redirect_uris: ['http://bank.test/cb'] })).toBe('400 invalid_redirect_uri')
    expect(await of({ logo_uri: 'javascript:alert(1)' })).toBe('400 invalid_client_metadata')
    expect(await of({ token_endpoint_auth_method: 'tls_client_auth' })).toBe('400 invalid_client_metadata')
    expect(await rows()).toEqual([])
  })

  it('makes a thousand rows a day, then none until the next', async () => {
    const software_statement = await statement()
    const [first] = [await registerApp(server, { ...bare, software_statement })]
    const { tallies } = server.deps.store
    const day = 86_400
    const left = day - (server.clock.now % day)
    const { createHash } = await import('node:crypto')
    const key = `software statement ${createHash('sha256').update(software_statement).digest('base64url')}`
    expect(await tallies.find(key)).toMatchObject({ count: 1, expiresAt: server.clock.now + left })
    const rule = { now: server.clock.now, until: server.clock.now + left, life: 'x', limit: 1000 }
    for (let used = 1; used < 1000; used++) await tallies.take(key, rule)
    const refused = await postRegistration(server, { ...bare, software_statement })
    expect(refused.headers.get('retry-after')).toBe(String(left))
    expect(await outcome(refused)).toBe('429 temporarily_unavailable')
    server.clock.advance(left)
    const next = await registerApp(server, { ...bare, software_statement })
    expect(next.client_id).not.toBe(first?.client_id)
  })

  it('does not need to name us, nor to end', async () => {
    for (const bending of [
      { claims: { iat: undefined } },
      { claims: { aud: server.issuer } },
      { claims: { aud: ['https://other.test', `${server.issuer}/register`] } },
      { claims: { exp: server.clock.now + 10 * 365 * 86_400 } },
      { header: { typ: 'JWT' } },
    ]) {
      const software_statement = await statement(bending)
      expect(await registerApp(server, { ...bare, software_statement })).toMatchObject({ software_statement })
    }
  })

  it.each<[string, (now: number) => Bending]>([
    ['by another key', () => ({ alg: 'RS256' })],
    ['that is over', (now) => ({ claims: { exp: now } })],
    ['of tomorrow', (now) => ({ claims: { iat: now + 86_400 } })],
    ['not valid yet', (now) => ({ claims: { nbf: now + 3600 } })],
    ['with a time that is none', () => ({ claims: { exp: 'never' } })],
    ['for another server', () => ({ claims: { aud: 'https://other.test' } })],
    ['for nobody', () => ({ claims: { aud: null } })],
    ['with crit', () => ({ header: { crit: ['b64'], b64: true } })],
    ['that is an access token', () => ({ header: { typ: 'at+jwt' } })],
    ['that is an assertion about a person', () => ({ header: { typ: 'oauth-id-jag+jwt' } })],
    [
      'that says nothing of any software',
      () => ({
        claims: { software_id: undefined, client_name: undefined, redirect_uris: undefined, sub: 'x' },
      }),
    ],
  ])('%s is invalid', async (_what, bend) => {
    const software_statement = await statement(bend(server.clock.now))
    const answer = await postRegistration(server, { ...minimal, software_statement })
    expect(await outcome(answer)).toBe('400 invalid_software_statement')
    expect(await rows()).toEqual([])
  })

  it.each([
    ['no JWT', 'x.y.z'],
    ['a list', ['x']],
    ['a number', 7],
    ['empty', ''],
    ['too long', `e30.${'A'.repeat(9000)}.AA`],
    ['unsigned', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
  ])('%s is invalid', async (_what, software_statement) => {
    const answer = await postRegistration(server, { ...minimal, software_statement })
    expect(await outcome(answer)).toBe('400 invalid_software_statement')
  })

  it('is still no leave when it is null', async () => {
    const answer = await postRegistration(server, { ...minimal, software_statement: null })
    expect(await outcome(answer)).toBe('401 invalid_token')
  })

  it('of an issuer that nobody has approved is unapproved', async () => {
    const unapproved = '400 unapproved_software_statement'
    const of = async (bending?: Bending) =>
      outcome(await postRegistration(server, { ...minimal, software_statement: await statement(bending) }))
    expect(await of({ claims: { iss: 'https://other.test' } })).toBe(unapproved)
    const { trustedIssuers } = server.deps.store
    const row = (await trustedIssuers.find(board)) as TrustedIssuer
    await trustedIssuers.update({ ...row, disabled: true })
    expect(await of()).toBe(unapproved)
    await trustedIssuers.update({ ...row, rules: { ...row.rules, accepts: ['jwt', 'id-jag'] } })
    expect(await of()).toBe(unapproved)
  })

  it('is no assertion about a person', async () => {
    const service = await server.addClient('service', {
      grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
    })
    const claims = { aud: server.issuer, sub: 'x', jti: 'x', exp: server.clock.now + 60 }
    const body = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await statement({ claims }),
    }
    const answer = await server.fetch('/token', {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${service.client.id}:${service.secret}`)}` },
      body: new URLSearchParams(body),
    })
    expect(await outcome(answer)).toBe('400 invalid_grant')
  })
})

it('where everybody may register, gives a row of its own too, and no sealed id', async () => {
  await start('open')
  const made = await registerApp(server, { ...bare, software_statement: await statement() })
  expect(made.client_id).not.toMatch(/^dcr_/)
  expect(await rows()).toHaveLength(1)
})

it('where nobody may register, is not looked at', async () => {
  await start('off')
  const answer = await postRegistration(server, { ...bare, software_statement: await statement() })
  expect(answer.status).toBe(404)
})

it('is verified with the keys that its issuer publishes; while they cannot be had, says so', async () => {
  const keys = [publicJwk(knownKey('ES256'), { kid: 'idp' })]
  const target = await startTarget((response) => void response.writeHead(200).end(JSON.stringify({ keys })))
  await start('token', { jwks: undefined, jwks_uri: target.url })
  await registerApp(server, { ...bare, software_statement: await statement() })
  await target.close()
  const { trustedIssuers } = server.deps.store
  const row = (await trustedIssuers.find(board)) as TrustedIssuer
  const away = { ...row.rules, jwks_uri: target.url.replace(/:\d+/, ':1') }
  await trustedIssuers.update({ ...row, rules: away })
  const answer = await postRegistration(server, { ...bare, software_statement: await statement() })
  expect(answer.headers.get('retry-after')).toBe('10')
  expect(await outcome(answer)).toBe('503 temporarily_unavailable')
})
