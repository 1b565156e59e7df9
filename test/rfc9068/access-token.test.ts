// Access tokens (RFC 9068): what they say, and that code of other hands verifies them.
import { createPublicKey } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { tally, userinfoStatus } from '../support/connected.js'
import { type Changes, claimsOf, codeFlow, tokenRequest, tokensOf } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let person: Person
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read', 'write'])
  app = await server.addClient('web')
  person = await server.addUser()
})
afterEach(() => server.close())

const connect = (params: Changes) => codeFlow(server, createBrowser(server), app, { person, params })
const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())

describe('an access token', () => {
  it('says who, for whom, where, what, how and how long', async () => {
    const { access_token } = await connect({ scope: 'read' })
    expect(headerOf(access_token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(claimsOf(access_token)).toEqual({
      iss: server.issuer,
      sub: person.user.sub,
      aud: 'https://api.test',
      client_id: app.client.id,
      iat: server.clock.now,
      exp: server.clock.now + 300,
      jti: expect.stringMatching(/^[0-9A-Za-z]{16}\.[A-Za-z0-9_-]{16}$/),
      scope: 'read',
      auth_time: server.clock.now,
      acr: 'urn:grantor:acr:pwd',
      amr: ['pwd'],
      status: { status_list: { idx: expect.any(Number), uri: `${server.issuer}/status-lists/1` } },
    })
  })

  it('is verified by jose from the JWKS alone, and by another library', async () => {
    const { access_token } = await connect({ scope: 'read' })
    const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`), { [customFetch]: server.fetch })
    const options = {
      issuer: server.issuer,
      audience: 'https://api.test',
      typ: 'at+jwt',
      algorithms: ['ES256'],
    }
    const { payload } = await jwtVerify(access_token, jwks, options)
    expect(payload.sub).toBe(person.user.sub)
    const key = knownKey('ES256').export({ format: 'pem', type: 'pkcs8' }).toString()
    const verify = createVerifier({
      key: createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString(),
      allowedIss: server.issuer,
      allowedAud: 'https://api.test',
    })
    expect(verify(access_token)).toMatchObject({ scope: 'read' })
  })

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'is signed as its API asks: %s',
    async (signingAlg) => {
      await server.addResource('https://special.test', ['do'], { signingAlg, tokenTtl: 60 })
      const service = await server.addClient('service')
      const params = { grant_type: 'client_credentials', scope: 'do' }
      const { access_token, expires_in } = await tokensOf(await tokenRequest(server, service, params))
      expect(headerOf(access_token).alg).toBe(signingAlg)
      expect(expires_in).toBe(60)
      const keys = createLocalJWKSet((await (await server.fetch('/jwks')).json()) as JSONWebKeySet)
      const { payload } = await jwtVerify(access_token, keys, {
        typ: 'at+jwt',
        currentDate: new Date(server.clock.now * 1000),
      })
      expect(payload.exp).toBe(server.clock.now + 60)
    },
  )

  it('for a named resource carries that one’s scopes; by the usual rule it carries all', async () => {
    const scope = 'openid profile read'
    expect(claimsOf((await connect({ scope })).access_token)).toMatchObject({
      aud: 'https://api.test',
      scope,
    })
    const named = await connect({ scope, resource: 'https://api.test' })
    expect(claimsOf(named.access_token)).toMatchObject({ aud: 'https://api.test', scope: 'read' })
    expect(named.id_token).toBeDefined()
    const both = await connect({ scope, resource: ['https://api.test', server.issuer] })
    expect(claimsOf(both.access_token)).toMatchObject({ aud: 'https://api.test', scope: 'read' })
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: both.refresh_token ?? '',
      resource: server.issuer,
    }
    const other = await tokensOf(await tokenRequest(server, app, refresh))
    expect(claimsOf(other.access_token)).toMatchObject({ aud: server.issuer, scope: 'openid profile' })
  })

  it('has a jti of its own', async () => {
    const service = await server.addClient('service')
    const ids: string[] = []
    for (let i = 0; i < 20; i++) {
      const tokens = await tokensOf(await tokenRequest(server, service, { grant_type: 'client_credentials' }))
      ids.push(String(claimsOf(tokens.access_token).jti))
    }
    expect(Math.max(...Object.values(tally(ids)))).toBe(1)
  })
})

describe('a token that was read before', () => {
  it('is read again: its time, its revocation and its key still count [JW14]', async () => {
    const alive = async (token: string) => (await userinfoStatus(server, token)) === 200
    const [expiring, revoked] = [await connect({}), await connect({})]
    for (const { access_token } of [expiring, revoked]) expect(await alive(access_token)).toBe(true)
    await server.deps.store.revokedTokens.add(
      String(claimsOf(revoked.access_token).jti),
      server.clock.now + 300,
    )
    expect(await alive(revoked.access_token)).toBe(false)
    server.clock.advance(300)
    expect(await alive(expiring.access_token)).toBe(false)
    const leaked = await connect({})
    expect(await alive(leaked.access_token)).toBe(true)
    await server.deps.keyring.rotate('ES256', { immediately: true })
    expect(await alive(leaked.access_token)).toBe(false)
    expect(await alive((await connect({})).access_token)).toBe(true)
  })
})
