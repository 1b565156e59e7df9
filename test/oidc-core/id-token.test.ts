// ID tokens (OIDC Core 2, 3.1.3): what they say, and how they are signed.
import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { type Changes, claimsOf, codeFlow, getCode, redeem, type Tokens } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let person: Person
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  person = await server.addUser({ claims: { name: 'Alice', given_name: 'Al' } })
  browser = createBrowser(server)
})
afterEach(() => server.close())

const connect = (params: Changes = {}, by = app): Promise<Tokens> =>
  codeFlow(server, browser, by, { person, params })
const idClaims = async (params: Changes = {}) => claimsOf((await connect(params)).id_token ?? '')

describe('an ID token', () => {
  it('says who signed in, when and how, and nothing that was not asked for', async () => {
    const got = await getCode(server, browser, app, { person })
    const tokens = await redeem(server, app, got)
    const half = createHash('sha256')
      .update(tokens.access_token)
      .digest()
      .subarray(0, 16)
      .toString('base64url')
    expect(claimsOf(tokens.id_token ?? '')).toEqual({
      iss: server.issuer,
      sub: person.user.sub,
      aud: app.client.id,
      iat: server.clock.now,
      exp: server.clock.now + 300,
      auth_time: server.clock.now,
      nonce: got.nonce,
      acr: 'urn:grantor:acr:pwd',
      amr: ['pwd'],
      sid: expect.any(String),
      at_hash: half,
    })
  })

  it('has no nonce when none was sent', async () => {
    expect(await idClaims({ nonce: undefined })).not.toHaveProperty('nonce')
  })

  it('is not given without openid', async () => {
    expect(await connect({ scope: undefined })).not.toHaveProperty('id_token')
  })

  it('remembers when the person signed in, not when the token was made', async () => {
    const first = await idClaims()
    server.clock.advance(100)
    const second = await idClaims()
    expect(second.auth_time).toBe(first.auth_time)
    expect(second.iat).toBe(server.clock.now)
    expect(second.sid).toBe(first.sid)
  })

  it.each(signingAlgs)('is signed as its client registered: %s', async (alg) => {
    const special = await server.addClient('web', { id_token_signed_response_alg: alg })
    const tokens = await connect({}, special)
    const keys = createLocalJWKSet((await (await server.fetch('/jwks')).json()) as JSONWebKeySet)
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys, {
      issuer: server.issuer,
      audience: special.client.id,
      algorithms: [alg],
      typ: 'JWT',
    })
    expect(protectedHeader.kid).toBeDefined()
    const hash = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
      .update(tokens.access_token)
      .digest()
    expect(payload.at_hash).toBe(hash.subarray(0, hash.length / 2).toString('base64url'))
  })

  it('is signed with RS256 unless registered otherwise', async () => {
    const [header = ''] = ((await connect()).id_token ?? '').split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
      alg: 'RS256',
      typ: 'JWT',
    })
  })

  it('carries a claim that was asked for by name (5.5)', async () => {
    const claims = { id_token: { name: { essential: true }, email: null, nickname: null }, userinfo: {} }
    const got = await idClaims({ claims: JSON.stringify(claims) })
    expect(got).toMatchObject({ name: 'Alice', email: 'alice@example.test' })
    expect(got).not.toHaveProperty('nickname')
    expect(got).not.toHaveProperty('given_name')
  })
})
