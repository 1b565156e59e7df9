// Attacks on the token endpoint and on client authentication (OAuth 2.1 2.4 and 3.2), each named by its id.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashSecret } from '../../src/crypto/handle.js'
import { atOnce, inactive, introspect, letIn, outcome, tally } from '../support/connected.js'
import {
  authenticatedPost,
  authorizeUrl,
  type Changes,
  claimsOf,
  exchange,
  getCode,
  refresh,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

const api = 'https://api.test'
let server: TestServer
let service: Registered
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read', 'write'])
  await server.addResource('https://other.test', ['list'])
})
/** Wrong secrets of before no longer count. */
const nextMinute = () => server.clock.advance(60 - (server.clock.now % 60))
beforeEach(async () => {
  nextMinute()
  service = await server.addClient('service', { resources: [api] })
})
afterAll(() => server.close())

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const basic = (id: string, secret: string) => `Basic ${base64(`${id}:${secret}`)}`
const formType = 'application/x-www-form-urlencoded'
const machine = 'grant_type=client_credentials'

/** A token request of the service's, as raw as a test wants it. */
function post(body: BodyInit | null, headers: Record<string, string> = {}): Promise<Response> {
  const Authorization = basic(service.client.id, service.secret)
  const all = { 'Content-Type': formType, Authorization, ...headers }
  return server.fetch('/token', { method: 'POST', body, headers: all })
}

/** What the service is told when it comes with this Authorization header, or none. */
async function authenticate(header: string | undefined, fields: Changes = {}): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, String(value))
  const headers = header === undefined ? {} : { Authorization: header }
  const response = await server.fetch('/token', { method: 'POST', headers, body })
  const challenge = response.headers.get('www-authenticate')
  expect(challenge).toBe(response.status === 401 ? 'Basic realm="grantor"' : null)
  return outcome(response)
}

const ask = async (params: Changes, as = service) => outcome(await tokenRequest(server, as, params))
const grant_type = 'client_credentials'

it('TK01 grant_type missing, unknown, or not registered for the client', async () => {
  expect(await ask({})).toBe('400 invalid_request')
  expect(await ask({ grant_type: '' })).toBe('400 invalid_request')
  const unknown = ['password', 'implicit', 'Client_Credentials', ' client_credentials', 'toString']
  const hostile = ['__proto__', 'constructor', 'hasOwnProperty', '<script>', '\n', 'x'.repeat(50_000)]
  for (const type of [...unknown, ...hostile])
    expect(await ask({ grant_type: type }), type).toBe('400 unsupported_grant_type')
  expect(await ask({ grant_type: 'refresh_token', refresh_token: 'x' })).toBe('400 unauthorized_client')
  expect(await ask({ grant_type: 'authorization_code', code: 'x' })).toBe('400 unauthorized_client')
  const [web, spa] = [await server.addClient('web'), await server.addClient('spa')]
  for (const app of [web, spa]) expect(await ask({ grant_type }, app)).toBe('400 unauthorized_client')
  expect(await ask({ grant_type: 'refresh_token' }, web)).toBe('400 invalid_request')
})

describe('TK02 a token request', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])('by %s is a 405', async (method) => {
    const response = await server.fetch('/token', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  it.each([
    ['application/json', '{"grant_type":"client_credentials"}'],
    ['text/plain', machine],
    ['application/json, application/x-www-form-urlencoded', machine],
    ['application/x-www-form-urlencoded, application/json', machine],
    ['application/x-www-form-urlencodedx', machine],
    ['multipart/form-data; boundary=x', `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--`],
    ['multipart/form-data', machine],
    ['', machine],
    ['/', machine],
  ])('of the type %j is refused', async (type, body) => {
    expect(await outcome(await post(body, { 'Content-Type': type }))).toBe('400 invalid_request')
  })

  it('without a body, with a twisted or an endless one is refused', async () => {
    for (const body of [null, '', '&', '=', '%', '%zz', 'a=%ff', 'a=%00', 'a=%ed%a0%80', 'a=1&'.repeat(65)])
      expect(await outcome(await post(body)), String(body)).toBe('400 invalid_request')
    expect(await outcome(await post(`${machine}&a=${'x'.repeat(70_000)}`))).toBe('413 invalid_request')
    expect(await outcome(await post(machine, { 'Content-Type': `${formType};charset=UTF-8` }))).toBe('200')
  })
})

it('TK03 a parameter twice, or two authentication methods', async () => {
  for (const twice of [
    'grant_type=client_credentials',
    'scope=read&scope=read',
    'x=1&x=2',
    '__proto__=1&__proto__=2',
  ])
    expect(await outcome(await post(`${machine}&${twice}`)), twice).toBe('400 invalid_request')
  const { client, secret } = service
  const header = basic(client.id, secret)
  expect(await authenticate(header, { client_id: client.id, client_secret: secret })).toBe(
    '400 invalid_request',
  )
  expect(await authenticate(header, { client_secret: secret })).toBe('400 invalid_request')
  expect(await authenticate(header, { client_secret: 'x' })).toBe('400 invalid_request')
  const twoResources = `${machine}&resource=${api}&resource=${api}`
  expect(await outcome(await post(twoResources)), 'resource may repeat (RFC 8707 2)').toBe('200')
})

describe('TK04 a wrong secret and an unknown client', () => {
  it('get the same answer', async () => {
    const posting = await server.addClient('service', { token_endpoint_auth_method: 'client_secret_post' })
    const disabled = await server.addClient('service', {}, { disabled: true })
    const seen: unknown[] = []
    for (const header of [
      basic('nobody', 'wrong'),
      basic(service.client.id, 'wrong'),
      basic(service.client.id, ''),
      basic(posting.client.id, 'wrong'),
      basic(disabled.client.id, disabled.secret),
      basic('', ''),
    ]) {
      const response = await server.fetch('/token', {
        method: 'POST',
        headers: { Authorization: header },
        body: new URLSearchParams({ grant_type }),
      })
      const { request_id: _, ...body } = (await response.json()) as Record<string, unknown>
      seen.push({ status: response.status, headers: Object.fromEntries(response.headers), body })
    }
    expect(seen[0]).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(seen[0]).toHaveProperty('headers.www-authenticate', 'Basic realm="grantor"')
    for (const one of seen) expect(one).toEqual(seen[0])
  })

  it('take the same work: two reads each, and a hash compared in constant time', async () => {
    const { clients } = server.deps.store
    const spies = [vi.spyOn(clients, 'find'), vi.spyOn(clients, 'secrets')]
    for (const id of ['nobody', service.client.id]) {
      const wrong = { client: { ...service.client, id }, secret: 'wrong' }
      expect(await ask({ grant_type }, wrong)).toBe('401 invalid_client')
      expect(spies.map((spy) => spy.mock.calls.length)).toEqual([1, 1])
      for (const spy of spies) spy.mockClear()
    }
    vi.restoreAllMocks()
  })
})

describe('TK05 an Authorization header', () => {
  it.each([
    ['of nothing', ''],
    ['of blanks', '   '],
    ['with only the scheme', 'Basic'],
    ['with a scheme and a blank', 'Basic '],
    ['without base64', 'Basic ***'],
    ['with base64 cut short', 'Basic YQ='],
    ['with base64 in two parts', `Basic ${base64('a:b')} ${base64('c:d')}`],
    ['with loose bits in base64', 'Basic YTpi/x=='],
    ['with base64url', `Basic ${Buffer.from('a:???>>>').toString('base64url')}`],
    ['without a colon', `Basic ${base64('justaname')}`],
    ['with nothing around the colon', `Basic ${base64(':')}`],
    ['with broken percent-encoding', basic('a%zz', 'b')],
    ['with percent-encoding cut short', basic('a', 'b%2')],
    ['with an encoded NUL', basic('a%00', 'b')],
    ['with a NUL', basic('a\0', 'b')],
    ['with bytes that are not UTF-8', `Basic ${base64(Buffer.from([0xff, 0x3a, 0xfe]))}`],
    ['with encoded bytes that are not UTF-8', basic('%ff', 'b')],
    ['with half of a surrogate pair', basic('%ed%a0%80', 'b')],
    ['of ten thousand characters', basic('a'.repeat(10_000), 'b')],
    ['of ten thousand colons', basic('', ':'.repeat(10_000))],
    ['of another scheme', 'Bearer abc'],
    ['of Digest', 'Digest username="a"'],
    ['without a scheme', 'abc'],
    ['that names a prototype', basic('__proto__', 'constructor')],
    ['with SQL', basic("' OR 1=1 --", "' OR 1=1 --")],
  ])('%s is a 401 with a challenge', async (_, header) => {
    expect(await authenticate(header)).toBe('401 invalid_client')
  })

  it('in odd case and with more blanks is as good as any', async () => {
    const credentials = base64(`${service.client.id}:${service.secret}`)
    for (const header of [`bASIC ${credentials}`, `BASIC    ${credentials}  `])
      expect(await authenticate(header)).toBe('200')
  })
})

describe('TK06 an id and a secret', () => {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)

  async function register(id: string, secret: string, token_endpoint_auth_method: string): Promise<void> {
    const { client } = await server.addClient('service', { token_endpoint_auth_method }, { id })
    const row = { id: randomBytes(8).toString('hex'), clientId: client.id, hash: hashSecret(secret) }
    await server.deps.store.clients.addSecret({ ...row, createdAt: server.clock.now })
  }

  it.each(['colon:s:', 'per%cent %41', 'plus + blank', 'äöü€😀', '"quote\\', '=&?#/'])(
    'such as %s are form-decoded exactly, in the header and in the form',
    async (text) => {
      const wrong = [`${text} `, text.slice(1), encode(text), decodeURIComponent(encode(text))]
      const others = wrong.filter((other) => other !== text)
      expect(others.length).toBeGreaterThan(2)
      const id = `header ${text}`
      await register(id, text, 'client_secret_basic')
      expect(await authenticate(basic(encode(id), encode(text)))).toBe('200')
      expect(await authenticate(basic(encodeURIComponent(id), encodeURIComponent(text)))).toBe('200')
      for (const other of others)
        expect(await authenticate(basic(encode(id), encode(other))), other).toBe('401 invalid_client')

      const client_id = `form ${text}`
      await register(client_id, text, 'client_secret_post')
      expect(await authenticate(undefined, { client_id, client_secret: text })).toBe('200')
      for (const client_secret of others)
        expect(await authenticate(undefined, { client_id, client_secret })).toBe('401 invalid_client')
    },
  )
})

it('TK07 a confidential client that leaves out its secret gets nothing and costs nothing', async () => {
  const { app, browser, tokens } = await letIn(server, 'web')
  const got = await getCode(server, browser, app)
  const anonymous = async (path: string, fields: Record<string, string>) => {
    for (const name of [{}, { client_id: app.client.id }, { client_id: app.client.id, client_secret: '' }]) {
      const response = await server.fetch(path, {
        method: 'POST',
        body: new URLSearchParams({ ...fields, ...name }),
      })
      expect(await outcome(response), `${path} ${Object.keys(name)}`).toBe('401 invalid_client')
    }
  }
  const { code, verifier: code_verifier, redirectUri: redirect_uri } = got
  await anonymous('/token', { grant_type: 'authorization_code', code, code_verifier, redirect_uri })
  await anonymous('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
  await anonymous('/token', { grant_type: 'client_credentials' })
  await anonymous('/revoke', { token: tokens.refresh_token })
  await anonymous('/introspect', { token: tokens.access_token })
  expect(await outcome(await exchange(server, app, got))).toBe('200')
  expect(await outcome(await refresh(server, app, tokens.refresh_token))).toBe('200')
})

it('TK08 a method other than the registered one, the secret being right', async () => {
  const signing = await server.addClient('service', { token_endpoint_auth_method: 'client_secret_jwt' })
  const { client, secret } = signing
  expect(await authenticate(undefined, { client_id: client.id, client_secret: secret })).toBe(
    '401 invalid_client',
  )
  expect(await authenticate(basic(client.id, secret))).toBe('401 invalid_client')
  const spa = await server.addClient('spa')
  expect(await authenticate(basic(spa.client.id, 'x'))).toBe('401 invalid_client')
  expect(await authenticate(undefined, { client_id: spa.client.id, client_secret: 'x' })).toBe(
    '401 invalid_client',
  )
  const assertion = { client_id: spa.client.id, client_assertion: 'x', client_assertion_type: 'y' }
  expect(await authenticate(undefined, assertion)).toBe('401 invalid_client')
})

describe('TK13 client_credentials', () => {
  it.each([
    'read nothing',
    'list',
    'openid',
    'offline_access',
    'read openid',
    'profile',
    'READ',
    'read\twrite',
    'read "',
    'é',
    '<script>alert(1)</script>',
  ])('with a scope that is not the client’s: %s', async (scope) => {
    const response = await tokenRequest(server, service, { grant_type, scope })
    expect(await outcome(response)).toBe('400 invalid_scope')
  })

  it('with a scope without end', async () => {
    for (const scope of ['read '.repeat(10_000), 'x'.repeat(50_000), `read ${'x '.repeat(101)}`])
      expect(await ask({ grant_type, scope })).toBe('400 invalid_scope')
  })

  it('gives an access token and nothing else, also to a client with every grant type', async () => {
    const grant_types = ['authorization_code', 'refresh_token', 'client_credentials']
    const all = await server.addClient('web', { grant_types, resources: [api] })
    const tokens = await tokensOf(await tokenRequest(server, all, { grant_type, scope: 'read' }))
    expect(Object.keys(tokens).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    expect(await ask({ grant_type, scope: 'read openid' }, all)).toBe('400 invalid_scope')
    expect(await ask({ grant_type, resource: server.issuer, scope: 'openid' }, all)).toBe('400 invalid_scope')
  })
})

it('TK14 a disabled or deleted client: 401 everywhere, its tokens and grants are dead for good', async () => {
  const { clients } = server.deps.store
  const watcher = await server.addClient('service', { resources: [api] })
  const { app, tokens } = await letIn(server, 'web')
  const { access_token: own } = await tokensOf(await tokenRequest(server, service, { grant_type }))
  expect(await introspect(server, watcher, own)).toMatchObject({ active: true })
  for (const { client } of [app, service]) await clients.setDisabled(client.id, true, server.clock.now)

  expect(await ask({ grant_type })).toBe('401 invalid_client')
  expect(await outcome(await refresh(server, app, tokens.refresh_token))).toBe('401 invalid_client')
  for (const path of ['/revoke', '/introspect']) {
    const response = await authenticatedPost(server, path, app, { token: tokens.access_token })
    expect(await outcome(response), path).toBe('401 invalid_client')
  }
  expect(await introspect(server, watcher, own)).toEqual(inactive)

  for (const { client } of [app, service]) await clients.setDisabled(client.id, false, server.clock.now)
  expect(await introspect(server, watcher, own)).toEqual(inactive)
  expect(await outcome(await refresh(server, app, tokens.refresh_token))).toBe('400 invalid_grant')
  const { access_token: next } = await tokensOf(await tokenRequest(server, service, { grant_type }))
  await clients.remove(service.client.id, server.clock.now)
  expect(await ask({ grant_type })).toBe('401 invalid_client')
  expect(await introspect(server, watcher, next)).toEqual(inactive)
})

it('TK15 the subject of a client’s own token is no person’s', async () => {
  const { person, tokens } = await letIn(server, 'web')
  const own = claimsOf((await tokensOf(await tokenRequest(server, service, { grant_type }))).access_token)
  const { id } = service.client
  expect(own).toMatchObject({ sub: id, client_id: id })
  expect(claimsOf(tokens.access_token).sub).toBe(person.user.sub)
  // The command line refuses a client_id that begins so, and makes every sub so: see test/cli.
  expect([id.startsWith('u_'), person.user.sub.startsWith('u_')]).toEqual([false, true])
  const here = await tokensOf(
    await tokenRequest(server, await server.addClient('service'), { grant_type, resource: server.issuer }),
  )
  const userinfo = { headers: { Authorization: `Bearer ${here.access_token}` } }
  expect(await outcome(await server.fetch('/userinfo', userinfo))).toBe('403 insufficient_scope')
})

describe('TK16 a resource', () => {
  const targets = [
    'https://other.test',
    'https://nowhere.test',
    `${api}#x`,
    `${api}#`,
    `${api}/x`,
    `${api}//`,
    `${api}:8443`,
    'https://API.test:80',
    'http://api.test',
    'api.test',
    '/',
    'https://api.test evil',
    'https://api.test\n',
    '<script>alert(1)</script>',
    'x'.repeat(50_000),
  ]

  it('outside of what the client may have is an invalid_target', async () => {
    for (const resource of targets) {
      expect(await ask({ grant_type, resource }), resource).toBe('400 invalid_target')
      expect(await ask({ grant_type, resource: [api, resource] }), resource).toBe('400 invalid_target')
    }
    expect(await ask({ grant_type, resource: `${api}/` }), 'an origin may have its slash').toBe('200')
  })

  it('outside of the grant is one for a refresh, which stays good', async () => {
    const { app, tokens } = await letIn(server, 'web', { params: { scope: 'read', resource: api } })
    for (const resource of [...targets, server.issuer])
      expect(await outcome(await refresh(server, app, tokens.refresh_token, { resource }))).toBe(
        '400 invalid_target',
      )
    expect(await outcome(await refresh(server, app, tokens.refresh_token, { resource: api }))).toBe('200')
  })

  it('that is disabled is none', async () => {
    const gone = await server.addResource('https://gone.test', ['go'], { disabled: true })
    const free = await server.addClient('service')
    expect(await ask({ grant_type, resource: gone.identifier }, free)).toBe('400 invalid_target')
  })
})

describe('TK17 CORS: every origin may call what takes no cookie, none with credentials, none is reflected', () => {
  const claims = Buffer.from(JSON.stringify({ azp: 'https://evil.test', 'allowed-origins': ['*'] }))
  const jwt = `eyJhbGciOiJub25lIn0.${claims.toString('base64url')}.`
  const origins = ['https://evil.test', 'null', 'https://as.test.evil.test', 'https://as.test']
  const reach = (path: string, origin: string, method: string) =>
    server.fetch(path, {
      method,
      headers: { Origin: origin, Authorization: `Bearer ${jwt}`, Cookie: '__Host-grantor_session=x' },
      ...(method === 'POST' && { body: new URLSearchParams({ client_id: 'evil', token: jwt }) }),
    })

  it.each(origins)('%s', async (origin) => {
    const open = ['/token', '/userinfo', '/revoke', '/jwks', '/.well-known/openid-configuration']
    for (const path of open)
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await reach(path, origin, method)
        expect(headers.get('access-control-allow-origin'), `${method} ${path}`).toBe('*')
        expect(headers.get('access-control-allow-credentials')).toBeNull()
      }
    const closed = [
      '/introspect',
      '/authorize',
      '/login',
      '/consent/0123456789abcdef',
      '/end-session',
      '/account',
      '/health/live',
    ]
    for (const path of closed)
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await reach(path, origin, method)
        const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'))
        expect(names, `${method} ${path}`).toEqual([])
      }
  })
})

it('TK18 an app in the browser: PKCE, rotation, readable errors, and cookies mean nothing to it', async () => {
  const { app, browser, tokens } = await letIn(server, 'spa')
  const unproven = authorizeUrl(server, app, { code_challenge: undefined, code_challenge_method: undefined })
  expect((await browser.open(unproven.url)).left?.params.get('error')).toBe('invalid_request')
  const next = await tokensOf(await refresh(server, app, tokens.refresh_token))
  expect(next.refresh_token).not.toBe(tokens.refresh_token)

  const Cookie = Object.entries(browser.cookies)
    .map((pair) => pair.join('='))
    .join('; ')
  expect(Cookie).toContain('session')
  const origin = { Origin: 'https://spa.test', Cookie }
  for (const fields of [{}, { grant_type: 'authorization_code' }, { grant_type: 'refresh_token' }]) {
    const body = new URLSearchParams({ ...fields, client_id: app.client.id })
    const response = await server.fetch('/token', { method: 'POST', headers: origin, body })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await outcome(response)).toBe('400 invalid_request')
  }
  const bare = await server.fetch('/userinfo', { headers: origin })
  expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer, DPoP algs="ES256 RS256 PS256 Ed25519 EdDSA"',
  ])
  expect(bare.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')

  const preflight = await server.fetch('/token', {
    method: 'OPTIONS',
    headers: { ...origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'dpop' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization, Content-Type, DPoP/)
})

describe('TK19 guessing a secret', () => {
  const guess = async (id: string, address: string, path = '/token', how: Record<string, string> = {}) => {
    const request = new Request(`${server.issuer}${path}`, {
      method: 'POST',
      headers: { Authorization: basic(id, 'guess'), ...how },
      body: new URLSearchParams({ grant_type, token: 'x' }),
    })
    const response = await server.fetchFrom(address, request)
    if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    return outcome(response)
  }
  const limited = '429 temporarily_unavailable'
  it('fifty times at once: ten answers, then 429', async () => {
    const answers = await atOnce(() => guess(service.client.id, '203.0.113.1'))
    expect(tally(answers)).toEqual({ '401 invalid_client': 10, [limited]: 40 })
  })

  it('is one count over endpoints, methods, forged headers and an IPv6 network', async () => {
    const { id } = service.client
    for (const path of ['/token', '/revoke', '/introspect'])
      for (let i = 0; i < 3; i++) await guess(id, '2001:db8:1:2::1', path)
    await guess(id, '2001:db8:1:2:ffff::9')
    for (const how of [{ 'X-Forwarded-For': '198.51.100.9' }, { Forwarded: 'for=198.51.100.9' }, {}])
      expect(await guess(id, '2001:DB8:1:2::3', '/token', how)).toBe(limited)
    expect(await guess(id, '2001:db8:1:3::1')).toBe('401 invalid_client')
    const posted = new URLSearchParams({ grant_type, client_id: id, client_secret: 'guess' })
    const request = new Request(`${server.issuer}/token`, { method: 'POST', body: posted })
    expect(await outcome(await server.fetchFrom('2001:db8:1:2::4', request))).toBe(limited)
  })

  it('locks nobody out, tells unknown clients from known ones to nobody, and ends with the minute', async () => {
    const { id } = service.client
    for (const name of [id, 'nobody']) {
      for (let i = 0; i < 10; i++) expect(await guess(name, '192.0.2.1')).toBe('401 invalid_client')
      expect(await guess(name, '192.0.2.1')).toBe(limited)
      expect(await guess(name, '192.0.2.2')).toBe('401 invalid_client')
    }
    expect(await ask({ grant_type })).toBe('200')
    server.clock.advance(60)
    expect(await guess(id, '192.0.2.1')).toBe('401 invalid_client')
  })
})
