// The OpenID Foundation's plans Basic, Form Post and Config, each test by the name of its module.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exchange, pkce, refresh } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { checkedTokens, createRelyingParty, entropy, type RelyingParty } from './relying-party.js'

let server: TestServer
let rp: RelyingParty
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
afterAll(() => server.close())

const signInPages = ['Sign in', 'Confirm that it is you']

describe.each([
  ['oidcc-basic-certification-test-plan', undefined],
  ['oidcc-formpost-basic-certification-test-plan', 'form_post'],
] as const)('%s', (_plan, responseMode) => {
  beforeEach(async () => {
    rp = await createRelyingParty(server, responseMode)
  })

  it('oidcc-server', async () => {
    const { params, tokens, idToken } = await rp.signIn()
    const code = params.get('code') ?? ''
    expect(code.length * 8).toBeGreaterThanOrEqual(128)
    expect(entropy(code)).toBeGreaterThan(96)
    expect(tokens.expires_in).toBeGreaterThan(0)
    expect((await rp.userInfo(tokens.access_token)).sub).toBe(idToken.sub)
    const second = await rp.signIn({ app: await rp.register() })
    expect(second.idToken.sub).toBe(idToken.sub)
  })

  it('oidcc-response-type-missing', async () => {
    const { params } = await rp.authorize({ params: { response_type: undefined } })
    expect(['unsupported_response_type', 'invalid_request']).toContain(params.get('error'))
  })

  it('oidcc-idtoken-signature', async () => {
    const { alg, kid } = await rp.signIn()
    expect(alg).toBe('RS256')
    expect(rp.keys.keys.filter((key) => key.kid === kid)).toHaveLength(1)
  })

  it('oidcc-idtoken-unsigned: skipped by the suite, as long as none is not offered', () => {
    expect(rp.metadata.id_token_signing_alg_values_supported).not.toContain('none')
  })

  it.each(['get', 'post-header', 'post-body'] as const)('oidcc-userinfo-%s', async (how) => {
    const { tokens, idToken } = await rp.signIn()
    expect(await rp.userInfo(tokens.access_token, how)).toEqual({ sub: idToken.sub })
  })

  it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    expect((await rp.signIn({ params: { nonce: undefined } })).idToken).not.toHaveProperty('nonce')
  })

  const email = ['email', 'email_verified']
  const phone = ['phone_number', 'phone_number_verified']
  const profile = (
    'name given_name family_name middle_name nickname profile picture website gender birthdate zoneinfo ' +
    'locale updated_at preferred_username'
  ).split(' ')

  it.each([
    ['profile', 'openid profile', profile],
    ['email', 'openid email', email],
    ['address', 'openid address', ['address']],
    ['phone', 'openid phone', phone],
    ['all', 'openid email phone address profile', [...profile, ...email, 'address', ...phone]],
  ])('oidcc-scope-%s', async (_name, scope, released) => {
    expect(rp.metadata.scopes_supported).toEqual(expect.arrayContaining(scope.split(' ')))
    const { tokens, idToken } = await rp.signIn({ params: { scope } })
    const claims = await rp.userInfo(tokens.access_token)
    expect(Object.keys(claims).sort()).toEqual(['sub', ...released].sort())
    expect(claims.sub).toBe(idToken.sub)
    if (released.includes('updated_at')) expect(claims.updated_at).toEqual(expect.any(Number))
  })

  it('oidcc-alternate-happy-flow', async () => {
    const started = rp.startedBy({ scope: 'email openid' })
    const { url, state, nonce } = started
    const reordered = [...new URL(url).searchParams].sort(([a], [b]) => (a < b ? 1 : -1))
    await rp.browser.open(`/authorize?${new URLSearchParams(reordered)}`)
    const params = await rp.arrive()
    expect(params.get('state')).toBe(state)
    const tokens = await rp.redeem({ ...started, params, asked: undefined })
    expect((await rp.verifyIdToken(tokens)).idToken.nonce).toBe(nonce)
    expect(await rp.userInfo(tokens.access_token)).toMatchObject({ email: rp.person.user.email })
  })

  it('oidcc-prompt-login', async () => {
    const first = await rp.signIn()
    server.clock.advance(1)
    const second = await rp.signIn({ params: { prompt: 'login' } })
    expect(signInPages).toContain(second.asked)
    expect(second.idToken.auth_time).toBeGreaterThan(Number(first.idToken.auth_time))
  })

  it('oidcc-prompt-none-not-logged-in', async () => {
    const state = `${'abcdefgh'.repeat(15)}1234-._~`
    const started = rp.startedBy({ prompt: 'none', state })
    await rp.browser.open(started.url)
    expect((await rp.arrive()).get('state')).toBe(state)
    const { params, asked } = await rp.authorize({ params: { prompt: 'none' } })
    expect(asked).toBeUndefined()
    const allowed = [
      'interaction_required',
      'login_required',
      'account_selection_required',
      'consent_required',
    ]
    expect(allowed).toContain(params.get('error'))
  })

  it('oidcc-prompt-none-logged-in', async () => {
    const first = await rp.signIn()
    server.clock.advance(1)
    const second = await rp.signIn({ params: { prompt: 'none' } })
    expect(second.asked).toBeUndefined()
    expect(second.idToken).toMatchObject({ sub: first.idToken.sub, auth_time: first.idToken.auth_time })
  })

  it('oidcc-max-age-1', async () => {
    const first = await rp.signIn()
    server.clock.advance(2)
    const second = await rp.signIn({ params: { max_age: '1' } })
    expect(signInPages).toContain(second.asked)
    expect(second.idToken.auth_time).toBeGreaterThan(Number(first.idToken.auth_time))
    expect(second.idToken.auth_time).toBe(server.clock.now)
  })

  it('oidcc-max-age-10000', async () => {
    const first = await rp.signIn({ params: { max_age: '15000' } })
    expect(first.idToken.auth_time).toBe(server.clock.now)
    server.clock.advance(2)
    const second = await rp.signIn({ params: { max_age: '10000' } })
    expect(second.asked).toBeUndefined()
    expect(second.idToken).toMatchObject({ sub: first.idToken.sub, auth_time: first.idToken.auth_time })
  })

  it('oidcc-id-token-hint', async () => {
    const first = await rp.signIn()
    const params = { prompt: 'none', id_token_hint: first.tokens.id_token }
    const second = await rp.signIn({ params })
    expect(second.asked).toBeUndefined()
    expect(second.idToken).toMatchObject({ sub: first.idToken.sub, auth_time: first.idToken.auth_time })
  })

  it.each([
    ['display-page', { display: 'page' }],
    ['display-popup', { display: 'popup' }],
    ['ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }],
    ['login-hint', { login_hint: 'buffy@as.test' }],
    ['ui-locales', { ui_locales: 'se' }],
    ['claims-locales', { claims_locales: 'se' }],
  ])('oidcc-%s', async (_name, params) => {
    expect((await rp.signIn({ params })).idToken.sub).toBe(rp.person.user.sub)
  })

  it('oidcc-ensure-request-with-acr-values-succeeds', async () => {
    const offered = rp.metadata.acr_values_supported as unknown as string[]
    const { idToken } = await rp.signIn({ params: { acr_values: offered.join(' ') } })
    expect(offered).toContain(idToken.acr)
  })

  it.each([
    ['oidcc-codereuse', 0],
    ['oidcc-codereuse-30seconds', 30],
  ])('%s', async (_name, seconds) => {
    const got = await rp.signIn()
    server.clock.advance(seconds)
    const code = got.params.get('code') ?? ''
    const again = await exchange(server, rp.client, { ...got, code }, { code_verifier: undefined })
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
    const headers = { Authorization: `Bearer ${got.tokens.access_token}` }
    expect((await server.fetch('/userinfo', { headers })).status, 'the token is revoked').toBe(401)
  })

  it('oidcc-ensure-registered-redirect-uri', async () => {
    const { url } = rp.startedBy({ redirect_uri: 'https://app.test/cb/mdJLqk5X0b' })
    const view = await rp.browser.open(url)
    expect(view.left).toBeUndefined()
    expect(view.status).toBe(400)
    expect(view.text).toContain('https://app.test/cb/mdJLqk5X0b')
  })

  it('oidcc-ensure-post-request-succeeds', async () => {
    expect((await rp.signIn({ method: 'POST' })).idToken.sub).toBe(rp.person.user.sub)
  })

  it('oidcc-server-client-secret-post', async () => {
    expect(rp.metadata.token_endpoint_auth_methods_supported).toContain('client_secret_post')
    const app = await rp.register({ token_endpoint_auth_method: 'client_secret_post' })
    expect((await rp.signIn({ app })).idToken.sub).toBe(rp.person.user.sub)
  })

  /** The suite says the rest inside the object alone, response_mode too. */
  const objectOrReference = async (beside: (inside: Record<string, string>) => Record<string, string>) => {
    const inside = Object.fromEntries(new URL(rp.startedBy().url).searchParams)
    const { client_id = '', redirect_uri = '' } = inside
    const said = { client_id, redirect_uri, response_type: 'code', scope: 'openid', ...beside(inside) }
    const { left } = await rp.browser.open(`/authorize?${new URLSearchParams(said)}`)
    return left?.params.get('error')
  }

  it('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: rejected', async () => {
    expect(rp.metadata.request_uri_parameter_supported).toBe(false)
    const error = await objectOrReference(() => ({ request_uri: 'https://app.test/request.jwt#x' }))
    expect(error).toBe('request_uri_not_supported')
  })

  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: skipped, and rejected', async () => {
    expect(rp.metadata.request_object_signing_alg_values_supported).not.toContain('none')
    expect(await objectOrReference((inside) => ({ request: unsigned(inside) }))).toBe(
      'invalid_request_object',
    )
  })

  it('oidcc-ensure-request-object-with-redirect-uri: an error page', async () => {
    const request = unsigned({ redirect_uri: 'https://app.test/cb' })
    const { url } = rp.startedBy({ redirect_uri: 'https://app.test/other', request })
    const view = await rp.browser.open(url)
    expect(view.left).toBeUndefined()
    expect(view.status).toBe(400)
  })

  it('oidcc-claims-essential', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const { tokens, idToken } = await rp.signIn({ params: { claims } })
    const { sub, claims: known } = rp.person.user
    expect(await rp.userInfo(tokens.access_token)).toEqual({ sub, name: known.name })
    expect(idToken).not.toHaveProperty('name')
  })

  it('oidcc-refresh-token', async () => {
    expect(rp.metadata.grant_types_supported).toContain('refresh_token')
    const asked = { scope: 'openid offline_access', prompt: 'consent' }
    const apps = [rp.client, await rp.register()]
    const given: string[] = []
    for (const app of apps) {
      const nonce = app === rp.client ? {} : { nonce: `${'abcdefghijklm'.repeat(3)}-._~` }
      const first = await rp.signIn({ app, params: { ...asked, ...nonce } })
      const token = first.tokens.refresh_token ?? ''
      expect(token).toMatch(/^[ -~]+$/)
      server.clock.advance(1)
      const more = app === rp.client ? { scope: asked.scope } : {}
      const tokens = await checkedTokens(await refresh(server, app, token, more))
      expect(tokens.access_token).not.toBe(first.tokens.access_token)
      expect(entropy(tokens.refresh_token ?? '')).toBeGreaterThan(96)
      const { idToken } = await rp.verifyIdToken(tokens, app)
      const { iss, sub, aud, auth_time, azp } = first.idToken
      expect(idToken).toMatchObject({ iss, sub, aud, auth_time })
      expect(idToken.azp).toBe(azp)
      expect(idToken.iat).not.toBe(first.idToken.iat)
      expect((await rp.userInfo(tokens.access_token)).sub).toBe(sub)
      given.push(tokens.refresh_token ?? '')
    }
    const stolen = await refresh(server, rp.client, given[1] ?? '')
    expect(stolen.status).toBe(400)
    expect(stolen.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(await stolen.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const { verifier, challenge } = pkce()
    const params = { code_challenge: challenge, code_challenge_method: 'S256' }
    const { params: answer, ...started } = await rp.authorize({ params })
    const got = { ...started, code: answer.get('code') ?? '' }
    expect((await exchange(server, rp.client, got, { code_verifier: verifier })).status).toBe(200)
  })

  it.each(['client_secret_basic', 'client_secret_post'])(
    'oidcc-server, by %s, as long as require_pkce is not false: invalid_request',
    async (method) => {
      const app = await rp.register({ token_endpoint_auth_method: method, require_pkce: true })
      const params = { code_challenge: undefined, code_challenge_method: undefined }
      const answer = await rp.authorize({ app, params })
      expect(answer.params.get('error')).toBe('invalid_request')
      expect(answer.params.get('error_description')).toContain('code_challenge')
    },
  )
})

/** A request object without a signature (OIDC Core 6.1). */
function unsigned(claims: object): string {
  return `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}

describe('oidcc-config-certification-test-plan', () => {
  it('oidcc-discovery-endpoint-verification', async () => {
    const { metadata, keys } = await createRelyingParty(server)
    expect(metadata.issuer).toBe(server.issuer)
    expect(Object.keys(metadata)).toEqual(
      expect.arrayContaining(['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']),
    )
    for (const [name, value] of Object.entries<unknown>(metadata)) {
      if (name === 'issuer') continue
      if (/_(endpoint|uri)$/.test(name)) expect(value, name).toMatch(/^https:\/\/as\.test\/[a-z_-]+$/)
      else if (typeof value !== 'boolean') expect(value, name).toContainEqual(expect.any(String))
    }
    expect(metadata.response_types_supported).toContain('code')
    expect(metadata.subject_types_supported).toContain('public')
    expect(metadata.id_token_signing_alg_values_supported).toContain('RS256')
    expect(metadata.scopes_supported).toContain('openid')
    const scopes = metadata.scopes_supported as unknown as string[]
    for (const scope of scopes) expect(scope).toMatch(/^[!#-[\]-~]+$/)
    const locales = metadata.ui_locales_supported as unknown as string[]
    expect(Intl.getCanonicalLocales(locales)).toEqual(locales)

    const kids = keys.keys.map(({ kid }) => kid)
    expect(new Set(kids).size).toBe(kids.length)
    for (const key of keys.keys) {
      expect(key.use).toBe('sig')
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
        expect(key).not.toHaveProperty(secret)
    }
  })
})
