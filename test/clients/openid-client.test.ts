// Proves the server by openid-client over real sockets: each kind of app, from discovery to sign-out.
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { webKey } from '../support/assertion.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Registered } from '../support/server.js'
import { api, follow, goodbye, kinds, proving, type Setting, scope, setUp, web } from './apps.js'

let server: ListeningServer
let reader: client.Configuration
beforeAll(async () => {
  server = await startServer()
  await server.addResource(api, ['trees:read'])
  reader = await discover(await server.addClient('service', { resources: [api] }))
})
afterAll(() => server.close())

const key = await webKey('ES256')
const authentication = {
  none: () => client.None(),
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  client_secret_jwt: client.ClientSecretJwt,
  private_key_jwt: () => client.PrivateKeyJwt(key),
}

/** ID tokens are verified to their signature, which the code flow does not make the library do. */
function discover({ client: { id, metadata }, secret }: Registered): Promise<client.Configuration> {
  const { id_token_signed_response_alg, token_endpoint_auth_method } = metadata
  const method = authentication[token_endpoint_auth_method](secret)
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  return client.discovery(new URL(server.issuer), id, { id_token_signed_response_alg }, method, { execute })
}

type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers

/** The whole way to tokens, with every check that the library has to offer. */
async function signIn(
  setting: Setting,
  config: client.Configuration,
  params: Record<string, string> = {},
): Promise<Tokens> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const maxAge = 3600
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: setting.redirectUri,
    scope,
    state: expectedState,
    nonce: expectedNonce,
    max_age: String(maxAge),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...params,
  })
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge, idTokenExpected: true }
  return client.authorizationCodeGrant(config, await follow(setting, url), checks)
}

const refreshTokenOf = ({ refresh_token }: Tokens) => refresh_token ?? ''
const invalidGrant = { error: 'invalid_grant', status: 400 }

describe.each(kinds)('openid-client as $name', (kind) => {
  it('signs a person in and asks who it is', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    expect(config.serverMetadata().supportsPKCE()).toBe(true)
    const tokens = await signIn(setting, config)
    const { sub, email } = setting.person.user
    expect(tokens.claims()).toMatchObject({ sub, aud: setting.app.client.id })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope, expires_in: 300 })
    expect(await client.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, email })
  })

  it('refreshes', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    const first = await signIn(setting, config)
    const second = await client.refreshTokenGrant(config, refreshTokenOf(first))
    expect(second.claims()).toMatchObject({ sub: setting.person.user.sub })
    expect(second.access_token).not.toBe(first.access_token)
    expect(refreshTokenOf(second) === refreshTokenOf(first)).toBe(!kind.rotates)
    const third = await client.refreshTokenGrant(config, refreshTokenOf(second))
    const replayed = client.refreshTokenGrant(config, refreshTokenOf(first))
    if (kind.rotates) await expect(replayed).rejects.toMatchObject(invalidGrant)
    else expect(await replayed).toMatchObject({ scope })
    const later = client.refreshTokenGrant(config, refreshTokenOf(third))
    if (kind.rotates) await expect(later, 'the theft has ended it').rejects.toMatchObject(invalidGrant)
    else expect(await later).toMatchObject({ scope })
  })

  it('revokes, and everybody hears of it', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    const tokens = await signIn(setting, config)
    const other = await signIn(setting, config)
    // A public app has no way to ask, the API always has.
    const asking = setting.app.secret === '' ? reader : config
    const introspect = (token: string) => client.tokenIntrospection(asking, token)
    expect(await introspect(tokens.access_token)).toMatchObject({
      active: true,
      iss: server.issuer,
      sub: setting.person.user.sub,
      aud: api,
      client_id: setting.app.client.id,
      scope,
    })
    await client.tokenRevocation(config, other.access_token)
    expect(await introspect(other.access_token)).toEqual({ active: false })
    await client.tokenRevocation(config, refreshTokenOf(tokens))
    expect(await introspect(tokens.access_token)).toEqual({ active: false })
    await expect(client.refreshTokenGrant(config, refreshTokenOf(tokens))).rejects.toMatchObject(invalidGrant)
    const asked = client.fetchUserInfo(config, tokens.access_token, setting.person.user.sub)
    await expect(asked).rejects.toMatchObject({
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    })
    expect(await client.refreshTokenGrant(config, refreshTokenOf(other))).toMatchObject({ scope })
  })

  it('pushes its request', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: setting.redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const answered = await follow(setting, url)
    const tokens = await client.authorizationCodeGrant(config, answered, { pkceCodeVerifier })
    expect(tokens.claims()?.sub).toBe(setting.person.user.sub)
  })

  it('takes the answer as a posted form', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    const tokens = await signIn(setting, config, { response_mode: 'form_post' })
    expect(setting.browser.view.left?.method).toBe('POST')
    expect(tokens.claims()?.sub).toBe(setting.person.user.sub)
    const refused = signIn(setting, config, { response_mode: 'form_post', prompt: 'none', max_age: '0' })
    await expect(refused).rejects.toMatchObject({ error: 'login_required' })
  })

  it('signs the person out', async () => {
    const setting = await setUp(server, kind)
    const config = await discover(setting.app)
    const { id_token = '' } = await signIn(setting, config)
    const state = client.randomState()
    const back = await setting.browser.open(
      client.buildEndSessionUrl(config, {
        id_token_hint: id_token,
        post_logout_redirect_uri: goodbye,
        state,
      }),
    )
    expect(back.left?.url.href).toBe(`${goodbye}?state=${state}`)
    await expect(signIn(setting, config, { prompt: 'none' })).rejects.toMatchObject({
      error: 'login_required',
    })
  })
})

describe('openid-client', () => {
  it('refuses what a person has refused', async () => {
    const setting = await setUp(server, web)
    const config = await discover(setting.app)
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: setting.redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    })
    await setting.browser.open(url)
    await setting.browser.signIn(setting.person)
    const { left } = await setting.browser.deny()
    const answered = client.authorizationCodeGrant(config, left?.url ?? url)
    await expect(answered).rejects.toMatchObject({ error: 'access_denied' })
  })

  it.each(['RS256', 'ES256', 'PS256', 'EdDSA'])('verifies an ID token signed with %s', async (alg) => {
    const setting = await setUp(server, { ...web, metadata: { id_token_signed_response_alg: alg } })
    const config = await discover(setting.app)
    expect((await signIn(setting, config)).claims()?.sub).toBe(setting.person.user.sub)
  })

  it.each(proving)('acts for itself with %s', async (_method, metadata) => {
    const service = await server.addClient('service', metadata)
    const config = await discover(service)
    const tokens = await client.clientCredentialsGrant(config, { scope: 'trees:read', resource: api })
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'trees:read' })
    expect(tokens).not.toHaveProperty('refresh_token')
    const { id } = service.client
    const told = { active: true, sub: id, client_id: id, aud: api }
    expect(await client.tokenIntrospection(reader, tokens.access_token)).toMatchObject(told)
    await client.tokenRevocation(config, tokens.access_token)
    expect(await client.tokenIntrospection(reader, tokens.access_token)).toEqual({ active: false })
  })
})
