// The OpenID Foundation's modules that register a client for themselves, each test by its name. The suite registers for
// private_key_jwt in the plan Dynamic; here it is client_secret_basic, as in Basic with the variant dynamic_client.
import { createPublicKey } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { refresh } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { appOf, type Information, manage, postRegistration } from '../support/registration.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { checkedTokens, createRelyingParty, type RelyingParty } from './relying-party.js'

const callback = 'https://app.test/cb'

let server: TestServer
let rp: RelyingParty
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
})
beforeEach(async () => {
  rp = await createRelyingParty(server)
})
afterAll(() => server.close())

const ask = (members: Record<string, unknown> = {}) => {
  const { n, e } = createPublicKey(knownKey('PS256')).export({ format: 'jwk' })
  return postRegistration(server, {
    client_name: 'client of the suite',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: [callback],
    contacts: ['certification@oidf.test'],
    token_endpoint_auth_method: 'client_secret_basic',
    jwks: { keys: [{ kty: 'RSA', use: 'sig', alg: 'RS256', n, e }] },
    ...members,
  })
}

/** What the suite checks of every registration that is to succeed. */
async function register(members: Record<string, unknown> = {}) {
  const response = await ask(members)
  expect(response.status).toBe(201)
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
  const information = (await response.json()) as Information
  expect(information).toMatchObject({
    client_id: expect.any(String),
    client_secret: expect.any(String),
    client_secret_expires_at: expect.any(Number),
    redirect_uris: members.redirect_uris ?? [callback],
  })
  return { information, app: appOf(information) }
}

async function expectRefused(members: Record<string, unknown>, error: string) {
  const response = await ask(members)
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json'])
  expect(await response.json()).toMatchObject({ error })
}

describe('oidcc-dynamic-certification-test-plan, with clients that register themselves', () => {
  it('oidcc-server, and it unregisters itself', async () => {
    const { information, app } = await register()
    const { tokens, idToken } = await rp.signIn({ app })
    expect((await rp.userInfo(tokens.access_token)).sub).toBe(idToken.sub)
    expect((await manage(server, information, 'DELETE')).status).toBe(204)
  })

  it.each([
    ['oidcc-idtoken-signature', {}],
    ['oidcc-idtoken-rs256', { id_token_signed_response_alg: 'RS256' }],
  ])('%s', async (_name, members) => {
    const { alg, kid } = await rp.signIn({ app: (await register(members)).app })
    expect(alg).toBe('RS256')
    expect(rp.keys.keys.filter((key) => key.kid === kid)).toHaveLength(1)
  })

  it('oidcc-userinfo-rs256', async () => {
    const { app } = await register({ userinfo_signed_response_alg: 'RS256' })
    const { tokens, idToken } = await rp.signIn({ app })
    const headers = { Authorization: `Bearer ${tokens.access_token}` }
    const response = await server.fetch(String(rp.metadata.userinfo_endpoint), { headers })
    expect(response.headers.get('content-type')).toBe('application/jwt')
    const { payload, protectedHeader } = await jwtVerify(await response.text(), createLocalJWKSet(rp.keys), {
      issuer: server.issuer,
      audience: app.client.id,
      currentDate: new Date(server.clock.now * 1000),
    })
    expect([protectedHeader.alg, payload.sub]).toEqual(['RS256', idToken.sub])
  })

  it('oidcc-ensure-redirect-uri-in-authorization-request', async () => {
    const { app } = await register({ redirect_uris: [callback, 'https://example.org/redirect'] })
    const view = await rp.browser.open(rp.startedBy({ redirect_uri: undefined }, app).url)
    expect([view.left, view.status]).toEqual([undefined, 400])
  })

  it('oidcc-redirect-uri-query-OK', async () => {
    const { app } = await register({ redirect_uris: [`${callback}?bar=foo`] })
    expect((await rp.signIn({ app })).params.get('bar')).toBe('foo')
  })

  it('oidcc-redirect-uri-query-mismatch', async () => {
    const { app } = await register({ redirect_uris: [`${callback}?bar=foo`] })
    const view = await rp.browser.open(rp.startedBy({ redirect_uri: `${callback}?foo=bar` }, app).url)
    expect([view.left, view.status]).toEqual([undefined, 400])
  })

  it('oidcc-redirect-uri-regfrag', async () => {
    await expectRefused({ redirect_uris: [`${callback}#fragment`] }, 'invalid_redirect_uri')
  })

  it.each(['logo', 'policy', 'tos'])(
    'oidcc-registration-%s-uri: accepted, and the person is asked',
    async (name) => {
      const uri = `https://app.test/${name}`
      const { information, app } = await register({ [`${name}_uri`]: uri })
      expect(information[`${name}_uri`]).toBe(uri)
      expect((await rp.signIn({ app })).asked).toBe('Sign in')
    },
  )

  it('oidcc-refresh-token', async () => {
    const asked = { scope: 'openid offline_access', prompt: 'consent' }
    const given: string[] = []
    const apps = []
    for (let index = 0; index < 2; index++) {
      const { app } = await register({ grant_types: ['authorization_code', 'refresh_token'] })
      apps.push(app)
      const first = await rp.signIn({ app, params: asked })
      server.clock.advance(1)
      const tokens = await checkedTokens(await refresh(server, app, first.tokens.refresh_token ?? ''))
      const { iss, sub, aud, auth_time } = first.idToken
      expect((await rp.verifyIdToken(tokens, app)).idToken).toMatchObject({ iss, sub, aud, auth_time })
      given.push(tokens.refresh_token ?? first.tokens.refresh_token ?? '')
    }
    const [other] = apps
    const stolen = other && (await refresh(server, other, given[1] ?? ''))
    expect([stolen?.status, await stolen?.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_grant' }),
    ])
  })
})

describe('oidcc-3rdparty-init-login-certification-test-plan', () => {
  it('oidcc-3rd_party-init-login', async () => {
    const initiate_login_uri = 'https://app.test/login'
    const { information } = await register({ initiate_login_uri })
    expect(information.initiate_login_uri).toBe(initiate_login_uri)
    const read = await manage(server, information, 'GET')
    expect(read.status).toBe(200)
    expect(read.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(await read.json()).toMatchObject({ initiate_login_uri })
  })

  it('oidcc-3rd_party-init-login-nohttps', async () => {
    await expectRefused({ initiate_login_uri: 'http://app.test/login' }, 'invalid_client_metadata')
  })
})

describe('the logouts, with clients that register themselves', () => {
  it('oidcc-frontchannel-rp-initiated-logout', async () => {
    const goodbye = 'https://app.test/post_logout_redirect'
    const { app } = await register({
      post_logout_redirect_uris: [goodbye],
      frontchannel_logout_uri: 'https://app.test/frontchannel_logout',
      frontchannel_logout_session_required: true,
    })
    const { tokens, idToken } = await rp.signIn({ app })
    const said = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: goodbye, state: 's' }
    const page = await rp.browser.open(`${rp.metadata.end_session_endpoint}?${new URLSearchParams(said)}`)
    const frame = new URL(page.frames[0] ?? '')
    expect(Object.fromEntries(frame.searchParams)).toEqual({ iss: server.issuer, sid: idToken.sid })
    expect((await rp.browser.open(page.refresh ?? '')).left?.url.href).toBe(`${goodbye}?state=s`)
  })
})

describe('prompt=none, with clients that register themselves', () => {
  it('oidcc-prompt-none-not-logged-in, and each logout at its end, fail: a page in the place of a redirect', async () => {
    const { app } = await register()
    const view = await rp.browser.open(rp.startedBy({ prompt: 'none' }, app).url)
    expect([view.left, view.status]).toEqual([undefined, 400])
    expect(view.text).toContain('login_required')
  })

  it.each(['oidcc-prompt-none-logged-in', 'oidcc-id-token-hint'])('%s', async (name) => {
    const { app } = await register()
    const { tokens } = await rp.signIn({ app })
    const hint = name.endsWith('hint') ? { id_token_hint: tokens.id_token } : {}
    const view = await rp.browser.open(rp.startedBy({ prompt: 'none', ...hint }, app).url)
    expect(view.left?.params.has('code')).toBe(true)
  })
})
