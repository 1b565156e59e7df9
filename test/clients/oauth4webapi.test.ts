// Proves the server by oauth4webapi over real sockets: each step by itself, with the checks it has for each.
import * as oauth from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { webKey } from '../support/assertion.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Registered } from '../support/server.js'
import { api, follow, goodbye, kinds, proving, type Setting, scope, setUp } from './apps.js'

const insecure = { [oauth.allowInsecureRequests]: true }

let server: ListeningServer
let as: oauth.AuthorizationServer
let reader: Party
/** One for the tests of a block, whose clock may go ahead of that of the others. */
function useServer(): void {
  beforeAll(async () => {
    server = await startServer()
    await server.addResource(api, ['trees:read'])
    reader = partyOf(await server.addClient('service', { resources: [api] }))
    as = await discover('oidc')
  })
  afterAll(() => server.close())
}

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.issuer)
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

/** A client as the library knows it, with its way to authenticate. */
type Party = { client: oauth.Client; auth: oauth.ClientAuth }

const key = await webKey('ES256')
const authentication = {
  none: () => oauth.None(),
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  client_secret_jwt: oauth.ClientSecretJwt,
  private_key_jwt: () => oauth.PrivateKeyJwt(key),
}

function partyOf({ client: { id, metadata }, secret }: Registered): Party {
  const { id_token_signed_response_alg, token_endpoint_auth_method } = metadata
  const auth = authentication[token_endpoint_auth_method](secret)
  return { client: { client_id: id, id_token_signed_response_alg, require_auth_time: true }, auth }
}

/** How the library proves a key, where it does; it hears and remembers nonces by itself. */
type Proving = { DPoP?: oauth.DPoPHandle }

async function signIn(
  setting: Setting,
  { client, auth }: Party,
  params: Record<string, string> = {},
  proving: Proving = {},
  { pushed = false } = {},
) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const asked = {
    client_id: client.client_id,
    redirect_uri: setting.redirectUri,
    response_type: 'code',
    scope,
    state,
    nonce,
    max_age: '3600',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...params,
  }
  const sent = pushed ? await push({ client, auth }, asked, proving) : asked
  const back = await follow(setting, new URL(`${as.authorization_endpoint}?${new URLSearchParams(sent)}`))
  const code = oauth.validateAuthResponse(as, client, new URL(back.url), state)
  const uri = setting.redirectUri
  const checks = { expectedNonce: nonce, maxAge: 3600, requireIdToken: true }
  return withNonce(proving, async () => {
    const options = { ...insecure, ...proving }
    const response = await oauth.authorizationCodeGrantRequest(as, client, auth, code, uri, verifier, options)
    return checked(response, await oauth.processAuthorizationCodeResponse(as, client, response, checks))
  })
}

/** What is left for the person to carry, once the request is pushed (RFC 9126). */
async function push({ client, auth }: Party, asked: Record<string, string>, proving: Proving) {
  const { client_id } = client
  const { request_uri } = await withNonce(proving, async () => {
    const options = { ...insecure, ...proving }
    const response = await oauth.pushedAuthorizationRequest(as, client, auth, asked, options)
    return oauth.processPushedAuthorizationResponse(as, client, response)
  })
  return { client_id, request_uri }
}

async function refresh({ client, auth }: Party, token: string, proving: Proving = {}) {
  return withNonce(proving, async () => {
    const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, {
      ...insecure,
      ...proving,
    })
    return checked(response, await oauth.processRefreshTokenResponse(as, client, response))
  })
}

/** Once more where a nonce is asked for, as the library wants its callers to do. */
async function withNonce<T>({ DPoP }: Proving, ask: () => Promise<T>): Promise<T> {
  return ask().catch((error) => {
    if (DPoP && oauth.isDPoPNonceError(error)) return ask()
    throw error
  })
}

/** The tokens of an answer, once the signature of the ID token is verified too. */
async function checked(response: Response, tokens: oauth.TokenEndpointResponse) {
  await oauth.validateApplicationLevelSignature(as, response, insecure)
  const { refresh_token = '' } = tokens
  return { ...tokens, refresh_token, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

async function userInfo({ client }: Party, token: string, sub: string, proving: Proving = {}) {
  return withNonce(proving, async () => {
    const response = await oauth.userInfoRequest(as, client, token, { ...insecure, ...proving })
    return oauth.processUserInfoResponse(as, client, sub, response)
  })
}

async function introspect({ client, auth }: Party, token: string) {
  const response = await oauth.introspectionRequest(as, client, auth, token, insecure)
  return oauth.processIntrospectionResponse(as, client, response)
}

async function revoke({ client, auth }: Party, token: string) {
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, insecure))
}

/** What an API does with a request that carries the token: RFC 9068 4, against the published keys. */
function atApi(token: string, audience = api) {
  const request = new Request(`${api}/trees`, { headers: { Authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(as, request, audience, insecure)
}

/** The same for a token that is bound to a key, with the proof as the library makes it. */
async function provenAtApi(token: string, proving: Required<Proving>) {
  let sent = new Request(api)
  const keep = async (url: string, init: object) => {
    sent = new Request(url, init)
    return new Response()
  }
  const options = { ...proving, [oauth.customFetch]: keep }
  await oauth.protectedResourceRequest(token, 'GET', new URL(`${api}/trees`), undefined, null, options)
  return oauth.validateJwtAccessToken(as, sent, api, { ...insecure, requireDPoP: true })
}

const invalidGrant = { error: 'invalid_grant', status: 400 }

describe.each(kinds)('oauth4webapi as $name', (kind) => {
  useServer()

  it('signs a person in, asks who it is, and calls the API', async () => {
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const tokens = await signIn(setting, party)
    const { sub, email } = setting.person.user
    expect(tokens.claims).toMatchObject({ sub, aud: party.client.client_id, auth_time: server.clock.now })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope, expires_in: 300 })
    expect(await userInfo(party, tokens.access_token, sub)).toMatchObject({ sub, email })
    expect(await atApi(tokens.access_token)).toMatchObject({ sub, client_id: party.client.client_id, scope })
    await expect(atApi(tokens.access_token, 'https://other.test')).rejects.toThrow('"aud"')
  })

  it('pushes its request', async () => {
    const setting = await setUp(server, kind)
    const tokens = await signIn(setting, partyOf(setting.app), {}, {}, { pushed: true })
    expect(tokens.claims).toMatchObject({ sub: setting.person.user.sub })
  })

  it('refreshes', async () => {
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const first = await signIn(setting, party)
    const second = await refresh(party, first.refresh_token)
    expect(second.claims).toMatchObject({ sub: first.claims?.sub, auth_time: first.claims?.auth_time })
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.refresh_token === first.refresh_token).toBe(!kind.rotates)
    // Two processes with one stored token get the same successor, whoever is first.
    expect((await refresh(party, first.refresh_token)).refresh_token).toBe(second.refresh_token)
    expect(await atApi((await refresh(party, second.refresh_token)).access_token)).toMatchObject({ scope })
  })

  it('revokes, and everybody hears of it', async () => {
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const { access_token, refresh_token, claims } = await signIn(setting, party)
    const { sub = '' } = claims ?? {}
    const asking = setting.app.secret === '' ? reader : party
    expect(await introspect(asking, access_token)).toMatchObject({ active: true, sub, aud: api, scope })
    await revoke(party, access_token)
    expect(await introspect(asking, access_token)).toEqual({ active: false })
    const next = await refresh(party, refresh_token)
    await revoke(party, next.refresh_token)
    expect(await introspect(asking, next.access_token)).toEqual({ active: false })
    await expect(refresh(party, next.refresh_token)).rejects.toMatchObject(invalidGrant)
    await expect(userInfo(party, next.access_token, sub)).rejects.toMatchObject({
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    })
  })

  it('signs the person out', async () => {
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const { id_token = '' } = await signIn(setting, party)
    const leave = { id_token_hint: id_token, post_logout_redirect_uri: goodbye, state: 'so long' }
    const back = await setting.browser.open(`${as.end_session_endpoint}?${new URLSearchParams(leave)}`)
    expect(back.left?.url.href).toBe(`${goodbye}?state=so+long`)
    await expect(signIn(setting, party, { prompt: 'none' })).rejects.toMatchObject({
      error: 'login_required',
    })
  })
})

describe('oauth4webapi', () => {
  useServer()

  it('reads the same metadata as OpenID provider and as authorization server', async () => {
    expect(await discover('oauth2')).toEqual(as)
  })

  it.each(proving)('acts for itself with %s', async (_method, metadata) => {
    const { client, auth } = partyOf(await server.addClient('service', metadata))
    const asked = { scope: 'trees:read', resource: api }
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth, asked, insecure)
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'trees:read' })
    const { client_id } = client
    expect(await atApi(tokens.access_token)).toMatchObject({ sub: client_id, client_id, scope: 'trees:read' })
    expect(await introspect(reader, tokens.access_token)).toMatchObject({ active: true, sub: client_id })
    await revoke({ client, auth }, tokens.access_token)
    expect(await introspect(reader, tokens.access_token)).toEqual({ active: false })
  })

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'hears about a wrong secret by %s',
    async (method) => {
      const service = await server.addClient('service', { token_endpoint_auth_method: method })
      const { client, auth } = partyOf({ ...service, secret: `${service.secret.slice(0, -1)}+` })
      const response = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, insecure)
      const processed = oauth.processClientCredentialsResponse(as, client, response)
      // Where there is a challenge, the library reports that and not the body.
      await expect(processed).rejects.toMatchObject({ status: 401, cause: [{ scheme: 'basic' }] })
    },
  )
})

describe.each(kinds)('oauth4webapi as $name, with DPoP and nonces required', (kind) => {
  useServer()
  afterEach(() => void vi.useRealTimers())
  const advance = (seconds: number) => {
    server.clock.advance(seconds)
    vi.useFakeTimers({ toFake: ['Date'], now: server.clock.now * 1000 })
  }

  it('signs in, refreshes, asks who it is and calls the API', async () => {
    advance(0)
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const keys = await oauth.generateKeyPair('ES256')
    const proving = { DPoP: oauth.DPoP(party.client, keys) }
    const jkt = await proving.DPoP.calculateThumbprint()
    const first = await signIn(setting, party, { dpop_jkt: jkt }, proving)
    const { sub = '' } = first.claims ?? {}
    expect(first).toMatchObject({ token_type: 'dpop', scope })
    expect(await userInfo(party, first.access_token, sub, proving)).toMatchObject({ sub })
    // Past every nonce that the library knows.
    advance(301)
    const second = await refresh(party, first.refresh_token, proving)
    expect(second.token_type).toBe('dpop')
    expect(await userInfo(party, second.access_token, sub, proving)).toMatchObject({ sub })
    expect(await provenAtApi(second.access_token, proving)).toMatchObject({ sub, cnf: { jkt } })
    const told = await introspect(reader, second.access_token)
    expect(told).toMatchObject({ token_type: 'DPoP', cnf: { jkt } })
    await expect(userInfo(party, second.access_token, sub)).rejects.toMatchObject({ status: 401 })
  })

  it('pushes its request with the proof, which binds the code to the key', async () => {
    advance(0)
    const setting = await setUp(server, kind)
    const party = partyOf(setting.app)
    const keys = await oauth.generateKeyPair('ES256')
    const proving = { DPoP: oauth.DPoP(party.client, keys) }
    const tokens = await signIn(setting, party, {}, proving, { pushed: true })
    expect(tokens).toMatchObject({ token_type: 'dpop', scope })
    const jkt = await proving.DPoP.calculateThumbprint()
    expect(await provenAtApi(tokens.access_token, proving)).toMatchObject({ cnf: { jkt } })
    const unproven = signIn(setting, party, { dpop_jkt: jkt }, {}, { pushed: true })
    await expect(unproven).rejects.toMatchObject({ status: 400 })
  })
})
