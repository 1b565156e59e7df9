// Clients that authenticate by a signed assertion (docs/threats.md TK09 to TK12, JW01 to JW06 and JW11 for these JWTs).
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useOf } from '../../src/crypto/foreign-jwt.js'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { StoreUnavailable } from '../../src/store/fault.js'
import {
  assertedPost,
  assertionOf,
  assertionType,
  type Bent,
  publicJwk,
  signedText,
  signing,
} from '../support/assertion.js'
import { atOnce, letIn, outcome, tally } from '../support/connected.js'
import { encryptedTokens } from '../support/encrypted.js'
import { authorizeUrl } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'], { isDefault: true })
  service = await server.addClient('service', signing())
})
afterEach(() => server.close())

const grant_type = 'client_credentials'
/** Each from an address of its own, so that no brake answers instead. */
let senders = 0
const fromAnywhere = () => `198.51.${Math.floor(++senders / 250)}.${senders % 250}`
const ask = async (assertion: string, more: Record<string, string> = {}, from = fromAnywhere()) =>
  outcome(await assertedPost(server, '/token', assertion, { grant_type, ...more }, from))
const bent = async (how: Bent, who = service) => ask(await assertionOf(server, who, how))
const refused = '401 invalid_client'

const methods = {
  private_key_jwt: signing(),
  client_secret_jwt: { token_endpoint_auth_method: 'client_secret_jwt' },
}

describe.each(Object.entries(methods))('%s', (_method, metadata) => {
  beforeEach(async () => {
    service = await server.addClient('service', metadata)
  })

  it('lets a client in', async () => {
    expect(await bent({})).toBe('200')
    expect(await ask(await assertionOf(server, service), { client_id: service.client.id })).toBe('200')
  })

  it('TK09 an audience that is not this issuer alone', async () => {
    const audiences: unknown[] = [
      `${server.issuer}/token`,
      `${server.issuer}/par`,
      `${server.issuer}/`,
      server.issuer.toUpperCase(),
      'https://other.test',
      [server.issuer, 'https://other.test'],
      [server.issuer, undefined],
      [[server.issuer]],
      [server.issuer, `${server.issuer}/token`],
      [],
      {},
      '',
      null,
      undefined,
      service.client.id,
    ]
    for (const aud of audiences) expect(await bent({ claims: { aud } }), String(aud)).toBe(refused)
  })

  it('TK09 the token endpoint as audience, only for a client that was registered for it', async () => {
    const legacy = await server.addClient('service', { ...metadata, accept_token_endpoint_audience: true })
    const token = `${server.issuer}/token`
    for (const aud of [token, [token], server.issuer, [server.issuer, token]])
      expect(await bent({ claims: { aud } }, legacy), String(aud)).toBe('200')
    for (const aud of [`${server.issuer}/par`, [token, 'https://other.test'], [], undefined])
      expect(await bent({ claims: { aud } }, legacy), String(aud)).toBe(refused)
  })

  it('PC03: the log names the switch for the token endpoint as audience, and for no other audience', async () => {
    const advice = 'accept_token_endpoint_audience=true'
    await bent({ claims: { aud: 'https://other.test/token' } })
    expect(server.log.join()).not.toContain(advice)
    await bent({ claims: { aud: `${server.issuer}/token` } })
    expect(server.log.join()).toContain(advice)
  })

  it('PC03: takes what stock libraries make: an hour, a list of one audience, iat two minutes old', async () => {
    const { now } = server.clock
    const aud = [server.issuer]
    for (const times of [
      { iat: now, exp: now + 3600 },
      { iat: now - 120, exp: now + 3480 },
      { iat: now - 120, exp: now + 3600 },
      { iat: now - 120, nbf: now - 120, exp: now + 3600 },
    ])
      expect(await bent({ claims: { ...times, aud } }), JSON.stringify(times)).toBe('200')
  })

  it('PC03: holds a client to a shorter lifetime that it is registered with', async () => {
    const { now } = server.clock
    const strict = await server.addClient('service', { ...metadata, client_assertion_max_lifetime: 300 })
    expect(await bent({ claims: { exp: now + 300 } }, strict)).toBe('200')
    expect(await bent({ claims: { exp: now + 301 } }, strict)).toBe(refused)
    for (const lifetime of [0, 3601, 1.5, '300'])
      expect(() =>
        parseClientMetadata('service', { client_name: 'A', client_assertion_max_lifetime: lifetime }),
      ).toThrow(OAuthError)
  })

  it('PC03, TK09: a client of FAPI names the issuer as one string (par-test-array-as-audience-fails)', async () => {
    const fapi = { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true }
    const app = await server.addClient('web', { ...metadata, ...fapi })
    const push = async (aud: unknown) => {
      const { url } = authorizeUrl(server, app)
      const params = Object.fromEntries(new URL(url).searchParams)
      const assertion = await assertionOf(server, app, { claims: { aud } })
      return outcome(await assertedPost(server, '/par', assertion, params, fromAnywhere()))
    }
    expect(await push([server.issuer])).toBe(refused)
    expect(await push(`${server.issuer}/token`)).toBe(refused)
    expect(await push(server.issuer)).toBe('201')
    for (const half of [
      { require_pushed_authorization_requests: true },
      { dpop_bound_access_tokens: true },
    ]) {
      const other = await server.addClient('service', { ...metadata, ...half })
      const answer = await bent({ claims: { aud: [server.issuer] } }, other)
      expect(answer, JSON.stringify(half)).not.toBe(refused)
    }
  })

  it('PC03, TK10: an assertion of an hour is remembered for its hour, and no longer', async () => {
    const claims = { exp: server.clock.now + 3600 }
    const assertion = await assertionOf(server, service, { claims })
    expect(await ask(assertion)).toBe('200')
    server.clock.advance(3599)
    await server.deps.store.sweep(server.clock.now, 100)
    expect(await ask(assertion)).toBe(refused)
    // A sweep leaves what another node's clock may still count as alive.
    server.clock.advance(600)
    expect(await server.deps.store.sweep(server.clock.now, 100)).toBeGreaterThan(0)
    const [use] = useOf('client assertion', service.client.id, { claims: decodeJwt(assertion) })
    expect(await server.deps.store.replay.has(use)).toBe(false)
  })

  it('TK10 the same assertion again, one after the other', async () => {
    const assertion = await assertionOf(server, service)
    expect(await ask(assertion)).toBe('200')
    expect(await ask(assertion)).toBe(refused)
    // To its last second, and over a sweep: the marker lives as long as what it marks.
    server.clock.advance(59)
    await server.deps.store.sweep(server.clock.now, 100)
    expect(await ask(assertion)).toBe(refused)
  })

  it('TK10 the same assertion fifty times at once', async () => {
    const assertion = await assertionOf(server, service)
    const answers = tally(await atOnce(() => ask(assertion)))
    expect(answers['200']).toBe(1)
  })

  it('TK10 one jti in two assertions, and the same jti of another client', async () => {
    const claims = { jti: 'once' }
    expect(await bent({ claims })).toBe('200')
    expect(await bent({ claims: { ...claims, exp: server.clock.now + 90 } })).toBe(refused)
    expect(await bent({ claims }, await server.addClient('service', metadata))).toBe('200')
  })

  it('TK10 who guesses spends nothing', async () => {
    const assertion = await assertionOf(server, service)
    const [head, claims, signature = ''] = assertion.split('.')
    const forged = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    expect(await ask(`${head}.${claims}.${forged}`)).toBe(refused)
    expect(await ask(assertion, { client_id: 'other' })).toBe(refused)
    expect(await ask(assertion)).toBe('200')
  })

  it('TK11 times and names', async () => {
    const { now } = server.clock
    const wrong: Record<string, unknown>[] = [
      { exp: undefined },
      { exp: null },
      { exp: String(now + 60) },
      { exp: now },
      { exp: now - 1 },
      { exp: -1 },
      { exp: 1e308 },
      { exp: now + 3601 },
      { exp: now + 3601, iat: undefined },
      { exp: now + 3601, iat: now - 120 },
      { exp: now + 3480, iat: now - 121 },
      { exp: now + 10, iat: now - 3591 },
      { exp: now + 420, iat: now + 61, nbf: now },
      { nbf: now + 61 },
      { nbf: 'now' },
      { iat: now + 61 },
      { iat: {} },
      { jti: undefined },
      { jti: '' },
      { jti: 7 },
      { jti: 'x'.repeat(513) },
      { iss: undefined },
      { iss: 'other' },
      { iss: server.issuer },
      { sub: 'other' },
      { sub: undefined },
      { sub: '\0' },
      { sub: [service.client.id] },
    ]
    for (const claims of wrong) expect(await bent({ claims }), JSON.stringify(claims)).toBe(refused)
  })

  it('TK11 what is in order', async () => {
    const { now } = server.clock
    const right = [
      { nbf: now + 8 },
      { iat: now + 60, exp: now + 3660 },
      { iat: undefined },
      { iat: now - 200, exp: now + 1 },
      { exp: now + 3600 },
      { iat: now - 3590, exp: now + 10 },
      { iat: now - 0.5, exp: now + 60.5 },
      { more: { claims: ['of', 'its', 'own'] } },
    ]
    for (const claims of right) expect(await bent({ claims }), JSON.stringify(claims)).toBe('200')
  })

  it('TK12, I4 no token while what was used cannot be written down', async () => {
    const replay = { once: () => Promise.reject(new StoreUnavailable('test')) }
    const real = server.deps.store.replay
    Object.assign(server.deps.store, { replay })
    expect(await bent({})).toBe('503 temporarily_unavailable')
    Object.assign(server.deps.store, { replay: real })
    const assertion = await assertionOf(server, service)
    const { committed } = server.deps.store
    Object.assign(server.deps.store, { committed: () => Promise.reject(new StoreUnavailable('test')) })
    expect(await ask(assertion)).toBe('503 temporarily_unavailable')
    Object.assign(server.deps.store, { committed })
  })

  it('JW01, JW04, JW07 headers', async () => {
    const typed = (typ: unknown) => bent({ header: { typ } })
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])
      expect(await typed(typ), typ).toBe('200')
    for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-authz-req+jwt', '', 7, null])
      expect(await typed(typ), String(typ)).toBe(refused)
    expect(await bent({ header: { b64: true, crit: ['b64'] } })).toBe(refused)
    const [, claims, signature] = (await assertionOf(server, service)).split('.')
    for (const alg of ['none', 'nOnE', 'ES256K', '', 7, undefined, 'HS512', ['ES256']]) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url')
      for (const end of ['', signature]) expect(await ask(`${header}.${claims}.${end}`)).toBe(refused)
    }
  })

  it('JW09 an encrypted assertion is refused before it is opened', async () => {
    for (const [header, token] of encryptedTokens) {
      expect(await ask(token, { client_id: service.client.id }), header).toBe(refused)
    }
  })

  it('JW05 other spellings', async () => {
    const assertion = await assertionOf(server, service)
    const [header = '', claims, signature] = assertion.split('.')
    const spellings = [
      `${assertion}.`,
      `${assertion}.x`,
      `${assertion}=`,
      ` ${assertion}`,
      `${assertion}\n`,
      `${header}.${claims}`,
      `${header}..${signature}`,
      JSON.stringify({ protected: header, payload: claims, signature }),
      'x'.repeat(20_000),
      '',
    ]
    for (const spelling of spellings) expect(await ask(spelling), spelling).toBe(refused)
    const twice = Buffer.from(Buffer.from(header, 'base64url').toString().replace('{', '{"alg":"none",'))
    expect(await ask(`${twice.toString('base64url')}.${claims}.${signature}`)).toBe(refused)
    expect(await ask(assertion)).toBe('200')
  })

  it('JW05 a member twice in what is signed', async () => {
    const [header = '', claims = ''] = (await assertionOf(server, service))
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString())
    const key = service.secret === '' ? knownKey('ES256') : Buffer.from(service.secret)
    const other = '"aud":"https://other.test"'
    const twice: [string, string][] = [
      [header.replace('{', '{"typ":"at+jwt","typ":"JWT",'), claims],
      [header, claims.replace('{', `{${other},`)],
      [header, claims.replace(/}$/, `,"aud":"${server.issuer}"}`)],
      [header, claims.replace('{', '{"\\u0061ud":"https://other.test",')],
      [header, claims.replace(/}$/, ',"x":{"a":[{"b":1,"c":2,"b":3}]}}')],
    ]
    for (const [head, body] of twice)
      expect(await ask(signedText(head, body, key)), `${head} ${body}`).toBe(refused)
    // The same member of several objects is there once in each.
    const nested = claims.replace(/}$/, ',"x":{"aud":[{"aud":1},{"aud":2}]}}')
    expect(await ask(signedText(header, nested, key))).toBe('200')
  })

  it('refuses another assertion type, and an assertion or a type alone', async () => {
    const assertion = await assertionOf(server, service)
    const fields: Record<string, string>[] = [
      { client_assertion: assertion },
      { client_assertion_type: assertionType },
      { client_assertion_type: `${assertionType} `, client_assertion: assertion },
      { client_assertion_type: assertionType.toUpperCase(), client_assertion: assertion },
      {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
        client_assertion: assertion,
      },
    ]
    for (const authentication of fields) {
      const body = new URLSearchParams({ grant_type, client_id: service.client.id, ...authentication })
      expect(await outcome(await server.fetch('/token', { method: 'POST', body }))).toBe(refused)
    }
    expect(await ask(assertion)).toBe('200')
  })

  it('TK03 refuses a second way to authenticate, and TK07, TK08 any other one', async () => {
    const { id } = service.client
    const secret = service.secret || 'x'
    const both = { client_id: id, client_secret: secret }
    expect(await ask(await assertionOf(server, service), both)).toBe('400 invalid_request')
    const Authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    for (const [headers, fields] of [
      [{ Authorization }, {}],
      [{}, { client_id: id, client_secret: secret }],
      [{}, { client_id: id }],
    ] as const) {
      const body = new URLSearchParams({ grant_type, ...fields })
      expect(await outcome(await server.fetch('/token', { method: 'POST', headers, body }))).toBe(refused)
    }
  })

  it('TK14 refuses a client that is disabled, and spends nothing of it', async () => {
    const assertion = await assertionOf(server, service)
    await server.deps.store.clients.setDisabled(service.client.id, true, server.clock.now)
    expect(await ask(assertion)).toBe(refused)
    await server.deps.store.clients.setDisabled(service.client.id, false, server.clock.now)
    expect(await ask(assertion)).toBe('200')
  })

  it('TK19 counts failures as it does for secrets', async () => {
    const failures: string[] = []
    const claims = { aud: 'x' }
    for (let tries = 0; tries < 12; tries++)
      failures.push(await ask(await assertionOf(server, service, { claims }), {}, '192.0.2.7'))
    expect(failures.slice(0, 10)).toEqual(Array(10).fill(refused))
    expect(failures.at(-1)).toBe('429 temporarily_unavailable')
    expect(await ask(await assertionOf(server, service), {}, '192.0.2.7')).toBe('200')
  })

  it('HT08 logs no assertion', async () => {
    const assertion = await assertionOf(server, service)
    await ask(assertion)
    await ask(assertion)
    expect(server.log.join()).not.toContain(assertion.split('.')[2])
  })
})

it('TK10 the same assertion after a restart', async () => {
  const databaseUrl = `file:${path.join(tmpdir(), `assertion-${process.pid}-${Date.now()}.db`)}`
  const first = await createTestServer({ databaseUrl, cheapPasswords: true })
  const app = await first.addClient('service', signing())
  await first.addResource('https://api.test', ['read'], { isDefault: true })
  const assertion = await assertionOf(first, app)
  const use = async (at: TestServer) => outcome(await assertedPost(at, '/token', assertion, { grant_type }))
  expect(await use(first)).toBe('200')
  await first.close()
  const second = await createTestServer({ databaseUrl, cheapPasswords: true })
  expect(await use(second)).toBe(refused)
  await second.close()
})

it('TK08 the algorithm that is registered, and no other', async () => {
  const both = { keys: [publicJwk(knownKey('ES256')), publicJwk(knownKey('RS256'))] }
  const any = await server.addClient('service', signing('ES256', { jwks: both }))
  const one = await server.addClient(
    'service',
    signing('ES256', { jwks: both, token_endpoint_auth_signing_alg: 'RS256' }),
  )
  for (const alg of ['ES256', 'RS256', 'PS256'])
    expect(
      await bent({ header: { alg }, key: knownKey(alg === 'ES256' ? 'ES256' : 'RS256') }, any),
      alg,
    ).toBe('200')
  expect(await bent({ header: { alg: 'RS256' } }, one)).toBe('200')
  expect(await bent({ header: { alg: 'ES256' } }, one)).toBe(refused)
  expect(await bent({ header: { alg: 'PS256' }, key: knownKey('RS256') }, one)).toBe(refused)
})

it.each(['Ed25519', 'EdDSA'])('takes %s', async (alg) => {
  const app = await server.addClient('service', signing('EdDSA'))
  expect(await bent({ header: { alg }, key: knownKey('EdDSA') }, app)).toBe('200')
})

it('JW02 an HMAC under what everybody knows', async () => {
  const jwk = JSON.stringify(publicJwk(knownKey('ES256')))
  const known = [jwk, service.client.id, '', String(publicJwk(knownKey('ES256')).x)]
  for (const text of known.filter((text) => text.length >= 1)) {
    const key = Buffer.from(text.padEnd(32, '\0'))
    expect(await bent({ header: { alg: 'HS256' }, key })).toBe(refused)
  }
  const hmac = await server.addClient('service', methods.client_secret_jwt)
  expect(
    await bent({ header: { alg: 'HS256' }, key: Buffer.from(hmac.client.id.padEnd(32, '\0')) }, hmac),
  ).toBe(refused)
})

it('JW03 a key that the assertion brings along, and a kid of the sender', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicJwk(privateKey)
  expect(await bent({ header: { jwk }, key: privateKey })).toBe(refused)
  expect(await bent({ header: { jku: 'https://evil.test/jwks' }, key: privateKey })).toBe(refused)
  for (const kid of ['../..', "' OR 1=1", '', '__proto__'])
    expect(await bent({ header: { kid } }), kid).toBe(refused)
})

it('any of several keys without kid, and the one that is named', async () => {
  const keys = [0, 1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
  const nameless = signing('ES256', { jwks: { keys: keys.map((key) => publicJwk(key)) } })
  const app = await server.addClient('service', nameless)
  for (const key of keys) expect(await bent({ key }, app)).toBe('200')
  expect(await bent({}, app)).toBe(refused)
  const named = signing('ES256', { jwks: { keys: keys.map((key, n) => publicJwk(key, { kid: `k${n}` })) } })
  const other = await server.addClient('service', named)
  expect(await bent({ header: { kid: 'k1' }, key: keys[1] as never }, other)).toBe('200')
  expect(await bent({ header: { kid: 'k2' }, key: keys[1] as never }, other)).toBe(refused)
  const [toEncrypt, toSign] = keys.map((key, n) => publicJwk(key, { use: n === 0 ? 'enc' : 'sig' }))
  const forEncryption = signing('ES256', { jwks: { keys: [toEncrypt, toSign] } })
  expect(await bent({ key: keys[0] as never }, await server.addClient('service', forEncryption))).toBe(
    refused,
  )
})

describe('JW10, JW11 key sets that no client may register', () => {
  const good = publicJwk(knownKey('ES256'))
  const rsa = publicJwk(knownKey('RS256'))
  const secretRsa = knownKey('RS256').export({ format: 'jwk' })
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const sets: Record<string, unknown> = {
    'a private key': { keys: [knownKey('ES256').export({ format: 'jwk' })] },
    'a private RSA key': { keys: [secretRsa] },
    'one prime': { keys: [{ ...rsa, p: secretRsa.p }] },
    'a secret': { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] },
    'a secret beside a key': { keys: [good, { kty: 'oct', k: 'c2VjcmV0' }] },
    'one kid twice': {
      keys: [
        { ...good, kid: 'a' },
        { ...rsa, kid: 'a' },
      ],
    },
    'no key': { keys: [] },
    null: { keys: [null] },
    'a bare array': [good],
    'a text': JSON.stringify({ keys: [good] }),
    '33 keys': { keys: Array.from({ length: 33 }, () => good) },
    '1,000 keys': { keys: Array.from({ length: 1000 }, () => good) },
    'a point off the curve': { keys: [{ ...good, y: good.x }] },
    'another curve': { keys: [{ ...good, crv: 'secp256k1' }] },
    '1024 bits': { keys: [publicJwk(short)] },
    'e = 1': { keys: [{ ...rsa, e: 'AQ' }] },
    'an even e': { keys: [{ ...rsa, e: 'AQAA' }] },
    'a modulus without end': { keys: [{ ...rsa, n: 'x'.repeat(50_000) }] },
    'no kty': { keys: [{ ...good, kty: undefined }] },
    __proto__: JSON.parse('{"keys":[{"__proto__":{"kty":"EC"}}]}'),
  }
  it.each(Object.entries(sets))('%s', (_name, jwks) => {
    const register = () => parseClientMetadata('service', { client_name: 'x', ...signing(), jwks })
    expect(register).toThrow(OAuthError)
    expect(register).toThrow('invalid_client_metadata')
  })

  it.each([
    ['private_key_jwt without keys', { jwks: undefined }],
    ['keys and their address', { jwks_uri: 'https://app.test/jwks' }],
    ['an address without TLS', { jwks: undefined, jwks_uri: 'http://app.test/jwks' }],
    ['an address with a password', { jwks: undefined, jwks_uri: 'https://a:b@app.test/jwks' }],
    ['another address', { jwks: undefined, jwks_uri: 'file:///etc/passwd' }],
    ['an HMAC', { token_endpoint_auth_signing_alg: 'HS256' }],
    ['no algorithm', { token_endpoint_auth_signing_alg: 'none' }],
    [
      'a signature under a secret',
      { ...methods.client_secret_jwt, token_endpoint_auth_signing_alg: 'ES256' },
    ],
  ])('%s', (_name, more) => {
    const register = () => parseClientMetadata('service', { client_name: 'x', ...signing(), ...more })
    expect(register).toThrow('invalid_client_metadata')
  })

  it('keeps of a key what it knows', () => {
    const jwks = { keys: [{ ...good, kid: 'a', x5c: ['MII'], note: 'x' }] }
    const { jwks: kept } = parseClientMetadata('service', { client_name: 'x', ...signing(), jwks })
    expect(kept).toEqual({ keys: [{ ...good, kid: 'a' }] })
  })
})

it('works at every endpoint that clients authenticate at, for an API that introspects too', async () => {
  const { app, tokens } = await letIn(server, 'web', { metadata: signing() })
  const api = await server.addClient('service', signing('ES256', { resources: [server.issuer] }))
  const token = tokens.access_token
  const asked = await assertedPost(server, '/introspect', await assertionOf(server, api), { token })
  expect(await asked.json()).toMatchObject({ active: true, client_id: app.client.id })
  const { access_token: own } = (await (
    await assertedPost(server, '/token', await assertionOf(server, service), { grant_type })
  ).json()) as { access_token: string }
  const revoked = await assertedPost(server, '/revoke', await assertionOf(server, service), { token: own })
  expect(revoked.status).toBe(200)
  const again = await assertedPost(server, '/introspect', await assertionOf(server, service), { token: own })
  expect(await again.json()).toEqual({ active: false })
})
