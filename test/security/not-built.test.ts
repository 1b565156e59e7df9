// Features that Grantor does not have, and their doors: no route, no metadata and no setting leads to any of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import { ConfigError } from '../../src/config-error.js'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { createShell } from '../cli/support.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { type Connected, letIn, outcome } from '../support/connected.js'
import { endpointsOf } from '../support/endpoints.js'
import { authorizeUrl, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'

const api = 'https://api.test'
let server: TestServer
let scene: Connected
let metadata: Record<string, unknown>
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read'])
  scene = await letIn(server, 'web', { params: { scope: 'openid offline_access profile' } })
  metadata = await (await server.fetch('/.well-known/openid-configuration')).json()
})
afterAll(() => server.close())

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The statuses of requests by every method; a response from no route is 404. */
async function statuses(path: string, headers: Record<string, string> = {}): Promise<Set<number>> {
  const found = await Promise.all(
    methods.map(async (method) => (await server.fetch(path, { method, headers })).status),
  )
  return new Set(found)
}

describe('an admin API', () => {
  const paths = ['/admin', '/admin/users', '/admin/clients/x', '/api', '/api/users', '/scim/v2/Users']

  it('AD01: no route is there for it, whatever token is shown', async () => {
    const service = await server.addClient('service', { resources: [api] })
    const own = await tokensOf(await tokenRequest(server, service, { grant_type: 'client_credentials' }))
    const { access_token, id_token = '', refresh_token } = scene.tokens
    for (const path of paths) {
      expect(await statuses(path), path).toEqual(new Set([404]))
      for (const token of [access_token, id_token, refresh_token, own.access_token, 'x.y.z', '']) {
        expect(await statuses(path, { Authorization: `Bearer ${token}` }), path).toEqual(new Set([404]))
      }
    }
    const routes = (await endpointsOf(server)).map(({ route }) => route)
    expect(routes.length).toBeGreaterThan(30)
    expect(routes.filter((route) => /admin|manage|\bapi\b|scim/i.test(route))).toEqual([])
    expect(Object.keys(metadata).filter((member) => /admin|management/.test(member))).toEqual([])
  })

  it('AD02: no other spelling of a path reaches an endpoint', async () => {
    const encode = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`
    const spelled = (path: string) => [
      `/${path}`,
      path.toUpperCase(),
      `${path}/`,
      `${path}//x`,
      `/.%2f${path}`,
      path.replace(/\/(\w)/, (_, letter) => `/${encodeURIComponent(encode(letter))}`),
      `/x/..%2f..${path}`,
      `${path}%2F`,
      `${path}%00`,
      `${path};x=1`,
      `${path}\\`,
    ]
    for (const path of ['/admin', '/account', '/account/sessions', '/introspect', '/register'])
      for (const odd of spelled(path)) {
        const { status, left } = await scene.browser.open(`${server.issuer}${odd}`)
        expect([left, status], odd).toEqual([undefined, 404])
      }
  })

  it('AD03: a form of the account changes nothing but its own fields', async () => {
    const { browser, person } = scene
    await browser.open('/account/profile')
    const before = await server.deps.store.users.find(person.user.sub)
    const foreign = {
      sub: 'u_evil',
      username: 'root',
      email: 'root@example.test',
      email_verified: 'true',
      emailVerified: '1',
      disabled: '0',
      role: 'admin',
      secondFactorRequired: '0',
      claims: '{"admin":true}',
      'claims[admin]': 'true',
      __proto__: 'x',
      passwordHash: 'x',
    }
    const form = browser.view.forms.find(({ action }) => new URL(action).pathname === '/account/profile')
    const fields = { ...form?.fields, ...foreign, name: 'Ada' }
    expect((await browser.post('/account/profile', fields)).status).toBe(200)
    const after = await server.deps.store.users.find(person.user.sub)
    expect(after).toEqual({ ...before, claims: { ...before?.claims, name: 'Ada' } })
  })

  it('AD04: cursors are values, a page has its size, and the command line takes no endless limit', async () => {
    const { browser, person } = scene
    const other = await server.addUser({ username: 'other' })
    for (let index = 0; index < 120; index++) {
      const { sub } = index % 2 === 0 ? person.user : other.user
      const record = {
        id: `zz${String(index).padStart(4, '0')}`,
        type: 'user.signed_in',
        at: 1,
        expiresAt: 9e9,
      }
      await server.deps.store.audit.record({
        ...record,
        sub,
        ip: index % 2 === 0 ? '192.0.2.1' : '192.0.2.66',
      })
    }
    const hostile = ["' OR 1=1 --", 'zz0099', '__proto__', '9'.repeat(5000), '%00', '[]', '{"$gt":""}', 'ü']
    for (const cursor of ['', ...hostile])
      for (const more of ['', '&limit=1000000000', '&sort=password_hash', '&sub=u_other']) {
        const at = `/account/activity?before=${cursor === '%00' ? cursor : encodeURIComponent(cursor)}${more}`
        const { status, html } = await browser.open(at)
        expect([200, 400], at).toContain(status)
        expect(html.split('192.0.2.1<').length - 1, at).toBeLessThanOrEqual(50)
        expect(html, at).not.toContain('192.0.2.66')
      }
    const shell = createShell()
    for (const limit of ['1e9', '1000000000', '-1', '0', 'x'])
      expect(await shell.run(`user list --limit ${limit}`)).toMatchObject({ code: 2, out: '' })
  })
})

describe('sign-in by other ways', () => {
  it('SE05: CIBA is not offered, and guesses nothing', async () => {
    for (const path of ['/bc-authorize', '/backchannel-authentication', '/ciba'])
      expect(await statuses(path), path).toEqual(new Set([404]))
    expect(Object.keys(metadata).filter((member) => member.startsWith('backchannel_auth'))).toEqual([])
    const grant_type = 'urn:openid:params:grant-type:ciba'
    const asked = await tokenRequest(server, scene.app, { grant_type, auth_req_id: 'x' })
    expect(await outcome(asked)).toBe('400 unsupported_grant_type')
    const password = { username: scene.person.user.username, password: scene.person.password }
    expect(
      await outcome(await tokenRequest(server, scene.app, { grant_type: 'password', ...password })),
    ).toBe('400 unsupported_grant_type')
  })

  it('SE14: no upstream provider signs anybody in', async () => {
    for (const path of ['/callback', '/federation/callback', '/oauth/callback', '/saml/acs', '/login/google'])
      expect(await statuses(`${path}?code=x&state=y&SAMLResponse=z`), path).toEqual(new Set([404]))
    const browser: Browser = createBrowser(server)
    await browser.open(authorizeUrl(server, scene.app).url)
    const targets = [...browser.view.html.matchAll(/(?:href|action)="(?!data:)([^"]*)"/g)]
    expect(targets.length).toBeGreaterThan(1)
    for (const [, target = ''] of targets)
      expect(new URL(target.replaceAll('&amp;', '&'), browser.view.url).origin).toBe(server.issuer)
    for (const name of ['UPSTREAM', 'UPSTREAM_ISSUER', 'FEDERATION', 'GOOGLE_CLIENT_ID', 'SAML_METADATA'])
      expect(() => readConfig({ [`GRANTOR_${name}`]: 'https://idp.test' }, () => '')).toThrow(ConfigError)
  })
})

describe('client certificates', () => {
  const certificateMethods = ['tls_client_auth', 'self_signed_tls_client_auth']

  it('DP08: no method is advertised or can be registered, and nothing is bound to one', async () => {
    const text = JSON.stringify(metadata)
    for (const word of [...certificateMethods, 'mtls_endpoint_aliases', 'tls_client_certificate_bound'])
      expect(text).not.toContain(word)
    for (const token_endpoint_auth_method of certificateMethods) {
      const redirect_uris = ['https://app.test/cb']
      expect(() => parseClientMetadata('web', { redirect_uris, token_endpoint_auth_method })).toThrow(
        'token_endpoint_auth_method',
      )
      const made = await server.fetch('/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          redirect_uris,
          token_endpoint_auth_method,
          tls_client_auth_subject_dn: 'CN=x',
        }),
      })
      expect(await outcome(made)).toBe('400 invalid_client_metadata')
    }
  })
})
