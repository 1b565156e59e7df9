// Proves the server by oauth4webapi over real sockets: each step by itself, with the checks it has for each.
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Registered } from '../support/server.js'
import { api, follow, goodbye, kinds, type Setting, scope, setUp } from './apps.js'

const insecure = { [oauth.allowInsecureRequests]: true }

let server: ListeningServer
let as: oauth.AuthorizationServer
let reader: Party
beforeAll(async () => {
  server = await startServer()
  await server.addResource(api, ['trees:read'])
  reader = partyOf(await server.addClient('service', { resources: [api] }))
  as = await discover('oidc')
})
afterAll(() => server.close())

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(server.issuer)
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure })
  return oauth.processDiscoveryResponse(issuer, response)
}

/** A client as the library knows it, with its way to authenticate. */
type Party = { client: oauth.Client; auth: oauth.ClientAuth }

const authentication = {
  none: () => oauth.None(),
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
}

function partyOf({ client: { id, metadata }, secret }: Registered): Party {
  const { id_token_signed_response_alg, token_endpoint_auth_method } = metadata
  const auth = authentication[token_endpoint_auth_method](secret)
  return { client: { client_id: id, id_token_signed_response_alg, require_auth_time: true }, auth }
}

async function signIn(setting: Setting, { client, auth }: Party, params: Record<string, string> = {}) {
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
  const back = await follow(setting, new URL(`${as.authorization_endpoint}?${new URLSearchParams(asked)}`))
  const code = oauth.validateAuthResponse(as, client, new URL(back.url), state)
  const uri = setting.redirectUri
  const response = await oauth.authorizationCodeGrantRequest(as, client, auth, code, uri, verifier, insecure)
  const checks = { expectedNonce: nonce, maxAge: 3600, requireIdToken: true }
  return checked(response, await oauth.processAuthorizationCodeResponse(as, client, response, checks))
}

async function refresh({ client, auth }: Party, token: string) {
  const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, insecure)
  return checked(response, await oauth.processRefreshTokenResponse(as, client, response))
}

/** The tokens of an answer, once the signature of the ID token is verified too. */
async function checked(response: Response, tokens: oauth.TokenEndpointResponse) {
  await oauth.validateApplicationLevelSignature(as, response, insecure)
  const { refresh_token = '' } = tokens
  return { ...tokens, refresh_token, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

async function userInfo({ client }: Party, token: string, sub: string) {
  const response = await oauth.userInfoRequest(as, client, token, insecure)
  return oauth.processUserInfoResponse(as, client, sub, response)
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

const invalidGrant = { error: 'invalid_grant', status: 400 }

describe.each(kinds)('oauth4webapi as $name', (kind) => {
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
  it('reads the same metadata as OpenID provider and as authorization server', async () => {
    expect(await discover('oauth2')).toEqual(as)
  })

  it.each(['client_secret_basic', 'client_secret_post'])('acts for itself with %s', async (method) => {
    const { client, auth } = partyOf(
      await server.addClient('service', { token_endpoint_auth_method: method }),
    )
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
      const challenged = method === 'client_secret_basic'
      await expect(processed).rejects.toMatchObject(
        challenged ? { cause: [{ scheme: 'basic' }] } : { error: 'invalid_client', status: 401 },
      )
    },
  )
})
