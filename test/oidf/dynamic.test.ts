// The OpenID Foundation's plan Dynamic, each test by the name of its module: what a module asserts of a client once it
// is registered is asserted here of one that an administrator has registered with the same metadata. Modules that
// Basic has too are in basic.test.ts, those that register in registration.test.ts.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { createRelyingParty, type RelyingParty } from './relying-party.js'

const callback = 'https://app.test/cb'

let server: TestServer
let rp: RelyingParty
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
beforeEach(async () => {
  rp = await createRelyingParty(server)
})
afterAll(() => server.close())

/** The suite's error page: nothing is redirected, and a person can read what is wrong. */
async function expectErrorPage(app: Registered, redirectUri: string | undefined) {
  const view = await rp.browser.open(rp.startedBy({ redirect_uri: redirectUri }, app).url)
  expect(view.left).toBeUndefined()
  expect(view.status).toBe(400)
  expect(view.headers.get('content-type')).toMatch(/^text\/html\b/)
  expect(view.text).toContain('redirect_uri')
}

describe('oidcc-dynamic-certification-test-plan', () => {
  it('oidcc-idtoken-rs256', async () => {
    const app = await rp.register({ id_token_signed_response_alg: 'RS256' })
    const { alg, kid } = await rp.signIn({ app })
    expect(alg).toBe('RS256')
    expect(rp.keys.keys.filter((key) => key.kid === kid)).toHaveLength(1)
  })

  it('oidcc-userinfo-rs256', async () => {
    expect(rp.metadata.userinfo_signing_alg_values_supported).toContain('RS256')
    const app = await rp.register({ userinfo_signed_response_alg: 'RS256' })
    const { tokens, idToken } = await rp.signIn({ app })
    const headers = { Authorization: `Bearer ${tokens.access_token}` }
    const response = await server.fetch(String(rp.metadata.userinfo_endpoint), { headers })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/jwt'])
    const { payload, protectedHeader } = await jwtVerify(await response.text(), createLocalJWKSet(rp.keys), {
      issuer: server.issuer,
      audience: app.client.id,
      currentDate: new Date(server.clock.now * 1000),
    })
    expect(protectedHeader.alg).toBe('RS256')
    expect(payload.sub).toBe(idToken.sub)
    expect(payload).not.toHaveProperty('nonce')
  })

  it('oidcc-ensure-redirect-uri-in-authorization-request', async () => {
    await expectErrorPage(
      await rp.register({ redirect_uris: [callback, 'https://other.test/cb'] }),
      undefined,
    )
  })

  it('oidcc-redirect-uri-query-OK', async () => {
    const app = await rp.register({ redirect_uris: [`${callback}?bar=foo`] })
    const { params } = await rp.signIn({ app })
    expect(params.get('bar')).toBe('foo')
    expect([...params.keys()].toSorted()).toEqual(['bar', 'code', 'iss', 'state'])
  })

  it('oidcc-redirect-uri-query-mismatch', async () => {
    const app = await rp.register({ redirect_uris: [`${callback}?bar=foo`] })
    await expectErrorPage(app, `${callback}?foo=bar`)
  })

  it('oidcc-redirect-uri-query-added', async () => {
    await expectErrorPage(rp.client, `${callback}?foo=bar`)
  })

  it('oidcc-discovery-endpoint-verification, as this plan has it: the implicit flow is not there', async () => {
    // With dynamic_client the module demands the types id_token and id_token token, and the grant implicit.
    expect(rp.metadata.response_types_supported).toEqual(['code'])
    expect(rp.metadata.grant_types_supported).not.toContain('implicit')
    for (const type of ['id_token', 'id_token token']) {
      const { params } = await rp.authorize({ params: { response_type: type } })
      expect(params.get('error')).toBe('unsupported_response_type')
    }
  })

  // The suite knows no key of the type OKP among new ones, so it is told to rotate one that it knows.
  it('oidcc-server-rotate-keys, by grantor key rotate --alg RS256', async () => {
    await server.deps.keyring.rotate('RS256')
    const after = (await (await server.fetch('/jwks')).json()) as JSONWebKeySet
    const kids = rp.keys.keys.map(({ kid }) => kid)
    expect(after.keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining(kids))
    const added = after.keys.filter(({ kid }) => !kids.includes(kid))
    expect(added).toMatchObject([{ kty: 'RSA', use: 'sig', alg: 'RS256', kid: expect.any(String) }])
    expect(rp.keys.keys.map(({ n }) => n)).not.toContain(added[0]?.n)
    expect((await rp.signIn()).alg).toBe('RS256')
  })

  it.each(['oidcc-request-uri-unsigned', 'oidcc-request-uri-signed-rs256'])('%s: refused', async () => {
    expect(rp.metadata.request_uri_parameter_supported).toBe(false)
    const { params } = await rp.authorize({ params: { request_uri: 'https://app.test/request.jwt' } })
    expect(params.get('error')).toBe('request_uri_not_supported')
  })

  it.each([
    ['policy', 'Privacy policy'],
    ['tos', 'Terms of service'],
  ])(
    'oidcc-registration-%s-uri: the link is on the consent page, and not on the sign-in page',
    async (name, label) => {
      const uri = `https://app.test/${name}.html`
      const app = await rp.register({ [`${name}_uri`]: uri })
      const signIn = await rp.browser.open(rp.startedBy({}, app).url)
      expect(signIn.heading).toBe('Sign in')
      expect(signIn.html).not.toContain(uri)
      const consent = await rp.browser.signIn(rp.person)
      expect(consent.text).toContain(label)
      expect(consent.html).toContain(`href="${uri}"`)
    },
  )

  it('oidcc-registration-logo-uri: no page shows it, or lets the browser load it', async () => {
    const app = await rp.register({ logo_uri: 'https://app.test/logo.png' })
    const pages = [await rp.browser.open(rp.startedBy({}, app).url), await rp.browser.signIn(rp.person)]
    for (const { html } of pages) expect(html).not.toContain('logo.png')
    expect(pages[1]?.headers.get('content-security-policy')).toMatch(/img-src 'self'|default-src 'none'/)
  })

  it('oidcc-registration-sector-uri, -sector-bad: skipped by the suite, as long as pairwise is not offered', () => {
    expect(rp.metadata.subject_types_supported).toEqual(['public'])
  })
})
