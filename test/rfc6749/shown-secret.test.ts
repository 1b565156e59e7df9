// RFC 6749 2.3: in which ways clients show a secret, and what a Basic header without one means.
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { type Changes, codeFlow } from '../support/flow.js'
import { appOf, registerApp } from '../support/registration.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
afterAll(() => server.close())

const basic = (id: string, secret: string) => ({
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const posted = ({ client, secret }: Registered) => ({ client_id: client.id, client_secret: secret })

function post(path: string, fields: Changes, headers: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, String(value))
  return server.fetch(path, { method: 'POST', headers, body })
}

const grant_type = 'client_credentials'
const byBasic = (app: Registered, secret = app.secret) =>
  post('/token', { grant_type }, basic(app.client.id, secret))
const byPost = (app: Registered, secret = app.secret) =>
  post('/token', { grant_type, ...posted({ ...app, secret }) })
const descriptionOf = async (response: Response) =>
  ((await response.json()) as { error_description: string }).error_description

describe('the secret of a client', () => {
  it.each(['client_secret_basic', 'client_secret_post'])(
    'AP02: is taken in the header and in the body, registered for %s',
    async (token_endpoint_auth_method) => {
      const app = await server.addClient('service', { token_endpoint_auth_method })
      expect(await outcome(await byBasic(app))).toBe('200')
      expect(await outcome(await byPost(app))).toBe('200')
      expect(await outcome(await byBasic(app, 'wrong'))).toBe('401 invalid_client')
      expect(await outcome(await byPost(app, 'wrong'))).toBe('401 invalid_client')
      const both = await post('/token', { grant_type, ...posted(app) }, basic(app.client.id, app.secret))
      expect(await outcome(both)).toBe('400 invalid_request')
      for (const path of ['/introspect', '/revoke']) {
        const token = { token: 'x' }
        expect((await post(path, token, basic(app.client.id, app.secret))).status, path).toBe(200)
        expect((await post(path, { ...token, ...posted(app) })).status, path).toBe(200)
      }
      const own = { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method }
      const made = appOf(await registerApp(server, own))
      for (const ask of [byBasic, byPost])
        expect(await outcome(await ask(made)), 'known, but not for this').toBe('400 unauthorized_client')
    },
  )

  it('AP02: shown instead of signed with is refused, with the way that is registered', async () => {
    const app = await server.addClient('service', { token_endpoint_auth_method: 'client_secret_jwt' })
    const generic = 'client authentication failed'
    for (const ask of [byBasic, byPost]) {
      const refused = await ask(app)
      expect(refused.status).toBe(401)
      expect(await descriptionOf(refused)).toBe(
        `${generic}: the secret is right, but the client is registered for client_secret_jwt`,
      )
      expect(await descriptionOf(await ask(app, 'wrong')), 'nobody learns it by guessing').toBe(generic)
      expect(await descriptionOf(await ask(app, '')), 'nobody learns it by guessing').toBe(generic)
    }
    await server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now)
    expect(await descriptionOf(await byBasic(app)), 'a disabled client').toBe(generic)
    const spa = await server.addClient('spa')
    expect(await descriptionOf(await byPost(spa, 'x'))).toBe(generic)
  })
})

describe('Basic without a secret', () => {
  it('PC16: is taken as the name of a public client at every endpoint', async () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code'
    const grant_types = ['authorization_code', 'refresh_token', device]
    const app = await server.addClient('spa', { grant_types })
    const person = await server.addUser()
    const tokens = await codeFlow(server, createBrowser(server), app, {
      person,
      params: { scope: 'openid offline_access', prompt: 'consent' },
    })
    const { id } = app.client
    const refreshing = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    const request = {
      response_type: 'code',
      redirect_uri: 'https://spa.test/cb',
      scope: 'openid',
      code_challenge: createHash('sha256').update(randomBytes(8)).digest('base64url'),
      code_challenge_method: 'S256',
    }
    for (const beside of [{}, { client_id: id }]) {
      const header = basic(id, '')
      expect((await post('/par', { ...request, ...beside }, header)).status).toBe(201)
      expect((await post('/device_authorization', { scope: 'openid', ...beside }, header)).status).toBe(200)
      const introspected = await post('/introspect', { token: 'x', ...beside }, header)
      expect(await outcome(introspected)).toBe('401 invalid_client')
      expect(await descriptionOf(await post('/introspect', { token: 'x', ...beside }, header))).toContain(
        'for confidential clients',
      )
    }
    const renewed = await post('/token', refreshing, basic(id, ''))
    expect(renewed.status).toBe(200)
    const { access_token } = (await renewed.json()) as { access_token: string }
    expect((await post('/revoke', { token: access_token }, basic(id, ''))).status).toBe(200)
    const headers = { Authorization: `Bearer ${access_token}` }
    expect((await server.fetch('/userinfo', { headers })).status, 'it is revoked').toBe(401)
  })

  it('PC16: with both parts empty leaves the credentials in the body as they are', async () => {
    const [app, spa] = [await server.addClient('service'), await server.addClient('spa')]
    expect(await outcome(await post('/token', { grant_type, ...posted(app) }, basic('', '')))).toBe('200')
    const named = await post('/revoke', { token: 'x', client_id: spa.client.id }, basic('', ''))
    expect(named.status).toBe(200)
    const wrong = { ...posted(app), client_secret: 'wrong' }
    expect(await outcome(await post('/token', { grant_type, ...wrong }, basic('', '')))).toBe(
      '401 invalid_client',
    )
    const alone = await post('/token', { grant_type }, basic('', ''))
    expect(await outcome(alone)).toBe('401 invalid_client')
    expect(alone.headers.get('www-authenticate')).toBe('Basic realm="grantor"')
  })

  it('PC16: proves nothing of a confidential client, and names one client at most', async () => {
    const [app, spa] = [await server.addClient('service'), await server.addClient('spa')]
    const { id } = app.client
    expect(await outcome(await post('/token', { grant_type }, basic(id, '')))).toBe('401 invalid_client')
    const fields = { grant_type, client_id: id }
    expect(await outcome(await post('/token', fields, basic(id, '')))).toBe('401 invalid_client')
    expect(await outcome(await post('/token', { grant_type, ...posted(app) }, basic(id, '')))).toBe('200')
    const other = await post('/revoke', { token: 'x', client_id: spa.client.id }, basic(id, ''))
    expect(other.status).toBe(401)
    const foreign = await post('/token', { grant_type, ...posted(app) }, basic(spa.client.id, ''))
    expect(foreign.status).toBe(400)
    expect((await post('/revoke', { token: 'x' }, basic('', 'secret'))).status).toBe(401)
  })
})

it('PC08: discovery lists client_secret_basic first and none last', async () => {
  const metadata = (await (await server.fetch('/.well-known/openid-configuration')).json()) as Record<
    string,
    string[]
  >
  for (const endpoint of ['token', 'revocation']) {
    const methods = metadata[`${endpoint}_endpoint_auth_methods_supported`] ?? []
    expect([methods[0], methods.at(-1)]).toEqual(['client_secret_basic', 'none'])
  }
  expect(metadata.introspection_endpoint_auth_methods_supported?.[0]).toBe('client_secret_basic')
  expect(metadata.introspection_endpoint_auth_methods_supported).not.toContain('none')
})
