// Throws whatever there is at whatever is mounted: no failure, no hang, no markup come back, no way out.
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { createThrottle } from '../../src/http/throttle.js'
import { openStore } from '../../src/store/open.js'
import { expectUsualHeaders, expectWellFormed } from '../support/answer.js'
import { anyText } from '../support/arbitrary.js'
import { type Endpoint, endpointsOf } from '../support/endpoints.js'
import { bodyOf, createScenes, type Scene, type Scenes } from '../support/scenes.js'
import { createTestServer, type TestServer } from '../support/server.js'

/** Comes back in no answer as it is: not in a page, not in JSON, not in a header. */
const mark = '<i id=x>'

const nasty = [
  mark,
  `"${mark}`,
  `'>${mark}<!--`,
  `</title></script></textarea>${mark}`,
  `" onfocus="alert(1)" autofocus x="${mark}`,
  `javascript:alert(1)//${mark}`,
  `data:text/html,${mark}`,
  `https://evil.test/${mark}`,
  '//evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  'https://app.test@evil.test/cb',
  'https://app.test/cb/../../evil',
  'https://app.test/cb#',
  `a\r\nLocation: https://evil.test\r\nSet-Cookie: a=b\r\n\r\n${mark}`,
  '\0',
  '\ud800',
  '\ufffd',
  '\u202e\u2066',
  '\x1b[2J\x9b',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  '[object Object]',
  'NaN',
  '-1',
  '1e309',
  '9'.repeat(40),
  "' OR 1=1; DROP TABLE client --",
  '{{7*7}}#{7*7}<%= 7*7 %>',
  '../'.repeat(30),
  '%',
  '%00%0d%0a',
  '&a=b;c=d#e',
  '{"userinfo":{"__proto__":{"x":1}}}',
  `{"id_token":{"acr":{"essential":true,"values":["${mark}"]}}}`,
  '['.repeat(3000),
  'none login',
  'login consent select_account',
  'openid offline_access profile email address phone',
  'a '.repeat(1000),
  'x'.repeat(9000),
  mark.repeat(300),
  '\u{1f600}'.repeat(1000),
]

/** The parameters that mean something somewhere, and names that mean something to JavaScript. */
const names = [
  ...[
    'client_id',
    'redirect_uri',
    'response_type',
    'response_mode',
    'scope',
    'state',
    'nonce',
    'code_challenge',
  ],
  ...[
    'code_challenge_method',
    'prompt',
    'max_age',
    'acr_values',
    'login_hint',
    'id_token_hint',
    'ui_locales',
  ],
  ...[
    'claims_locales',
    'display',
    'claims',
    'resource',
    'audience',
    'request',
    'request_uri',
    'registration',
  ],
  ...['grant_type', 'code', 'code_verifier', 'refresh_token', 'client_secret', 'client_assertion', 'token'],
  ...['client_assertion_type', 'token_type_hint', 'access_token', 'username', 'password', 'csrf', 'decision'],
  ...['account', 'shown', 'disconnected', 'post_logout_redirect_uri', 'logout_hint', 'return_to', 'next'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    'a[b]',
    'a[]',
    mark,
  ],
]

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nasty) },
  { weight: 1, arbitrary: anyText({ maxLength: 30 }) },
  { weight: 1, arbitrary: anyText({ maxLength: 30 }).map((some) => some + mark) },
)
const right = ['code', 'openid', 'none', 'login', 'form_post', 'query', 'S256', 'allow', 'deny', 'other', '0']
const pair = fc.oneof(
  fc.tuple(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }),
    fc.oneof(text, fc.constantFrom(...right)),
  ),
  fc.constantFrom<[string, string]>(
    ['response_mode', 'form_post'],
    ['prompt', 'none'],
    ['max_age', '0'],
    ['x', mark],
  ),
)

/** What happens to a parameter or header that was right. */
const change = fc.oneof(
  { weight: 60, arbitrary: fc.constant((value: string) => [value]) },
  { weight: 3, arbitrary: text.map((other) => () => [other]) },
  { weight: 1, arbitrary: text.map((other) => (value: string) => [value + other]) },
  { weight: 1, arbitrary: text.map((other) => (value: string) => [other, value]) },
  { weight: 1, arbitrary: fc.constant((value: string) => [value, value]) },
  { weight: 1, arbitrary: fc.constant((value: string) => [value.slice(1)]) },
  { weight: 1, arbitrary: fc.constant((): string[] => []) },
)

const headerNames = [
  ...['Authorization', 'Cookie', 'Origin', 'Sec-Fetch-Site', 'Sec-Fetch-Mode', 'Referer', 'Accept', 'DPoP'],
  ...[
    'Accept-Language',
    'Accept-Encoding',
    'Content-Type',
    'Content-Encoding',
    'If-None-Match',
    'Host',
    'Range',
  ],
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'User-Agent', 'X-Request-Id'],
  ...['X-HTTP-Method-Override', 'X-Original-URL', 'MCP-Protocol-Version', '__proto__', 'constructor'],
  ...['Access-Control-Request-Method', 'Upgrade', 'Expect', 'TE'],
]
const headerValue = fc.oneof(
  text,
  text.map((some) => `Bearer ${some}`),
  text.map((some) => `Basic ${Buffer.from(some).toString('base64')}`),
  text.map((some) => `__Host-grantor_session=${some}; __Host-grantor_browser=${some}`),
  fc.constantFrom('text/html', 'application/json', '*/*', 'null', 'https://evil.test', 'cross-site', 'gzip'),
  fc.constantFrom(
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'en;q=0',
  ),
)

/** Mostly nothing: a request that is wrong in every way is refused at the first. */
const mostly = <T, U>(usual: U, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })

const recipe = fc.record({
  changes: fc.array(change, { minLength: 16, maxLength: 16 }),
  extras: mostly([], fc.array(pair, { minLength: 1, maxLength: 6 })),
  order: fc.array(fc.nat({ max: 1000 }), { minLength: 30, maxLength: 30 }),
  headers: mostly([], fc.array(fc.tuple(fc.constantFrom(...headerNames), headerValue), { maxLength: 4 })),
  path: mostly(undefined, text),
  method: mostly(
    undefined,
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
  ),
  body: mostly(undefined, text),
  /** Whether the parameters are encoded as they ought to be. */
  proper: mostly(true, fc.constant(false)),
})
type Recipe = typeof recipe extends fc.Arbitrary<infer R> ? R : never

const server: TestServer = await createTestServer({ cheapPasswords: true })
await server.addResource('https://api.test', ['read', 'write'], { isDefault: true })
const look = { client_name: `App ${mark}`, client_uri: 'https://app.test/home' }
const registered = [
  'https://app.test/cb',
  'https://app.test/bye',
  'https://app.test/home',
  'com.example.app:/cb',
]
const apps = [
  await server.addClient('web', { ...look, post_logout_redirect_uris: ['https://app.test/bye'] }),
  await server.addClient('native', { ...look, redirect_uris: ['com.example.app:/cb'] }, { verified: false }),
]
const person = await server.addUser({ username: 'alice', claims: { name: `Alice ${mark}` } })
const casts = apps.map((app) => createScenes(server, { app, person }))
afterAll(() => server.close())

/** Scenes are dear to set up and survive most of what is done to them: each is used a few times. */
const stage = new Map<string, { scene: Scene; uses: number }>()
async function sceneFor(endpoint: Endpoint, method: string, host: number): Promise<Scene> {
  // The second app has no secret to prove itself with.
  const cast = endpoint.forPeople ? host % casts.length : 0
  const name = `${method} ${endpoint.route} ${cast}`
  const there = stage.get(name)
  if (there && there.uses < 8) {
    there.uses += 1
    return there.scene
  }
  // Whoever has guessed before must not keep the next person from signing in.
  const { tallies } = await openStore(':memory:')
  const { now, random } = server.deps
  Object.assign(server.deps.throttle, createThrottle({ tallies, now, random }))
  const scene = await (casts[cast] as Scenes).of(endpoint, method)
  stage.set(name, { scene, uses: 1 })
  return scene
}

function bend(given: Record<string, string>, { changes, extras, order, proper }: Recipe): string {
  const kept = Object.entries(given).flatMap(([name, value], index) =>
    (changes[index % changes.length]?.(value) ?? []).map((one): [string, string] => [name, one]),
  )
  const pairs = [...kept, ...extras].map((entry, index) => ({ entry, at: order[index % order.length] ?? 0 }))
  const encode = (some: string) =>
    proper ? new URLSearchParams({ x: some }).toString().slice(2) : some.replace(/[&=#]/g, '')
  return pairs
    .sort((a, b) => a.at - b.at)
    .map(({ entry: [name, value] }) => `${encode(name)}=${encode(value)}`)
    .join('&')
}

/** What a header can carry: bytes, no line ends. */
const headerSafe = (some: string) =>
  some
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .trim()
    .slice(0, 8000)

function requestOf(endpoint: Endpoint, scene: Scene, bent: Recipe, method: string): Request {
  // Half of a surrogate pair cannot be encoded.
  const path =
    bent.path === undefined ? scene.path : endpoint.at(() => Buffer.from(bent.path ?? '').toString())
  const query = bend(scene.query, bent)
  const headers = new Headers()
  const all = [...Object.entries(scene.headers), ...bent.headers]
  for (const [index, [name, value]] of all.entries()) {
    const values = bent.changes[(index + 7) % bent.changes.length]?.(value) ?? []
    for (const one of values.slice(0, 1)) headers.set(name, headerSafe(one))
  }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: bent.body ?? bodyOf(scene, bend(scene.fields, bent)) } : {}
  return new Request(`${server.issuer}${path}?${query}`, { method, headers, redirect: 'manual', ...body })
}

/**
 * Fails unless an address is ours, or one that an app has registered, with more behind its `?`. Ours is whole where
 * a form may have come to another name of ours: there a path would lead back to that name.
 */
function expectNoWayOut(address: string, name: string): void {
  const apps = registered.some((uri) => address === uri || address.startsWith(`${uri}?`))
  if (apps) return
  const path = address.startsWith(`${server.issuer}/`) ? address.slice(server.issuer.length) : address
  expect(path, name).toMatch(/^\/(?![/\\])[!-~]*$/)
  expect(new URL(address, server.issuer).origin, name).toBe(server.issuer)
}

/** @param route what was asked: a registration is answered with what was said in it (RFC 7591 3.2.1) */
async function expectHarmless(response: Response, name: string, route: string): Promise<void> {
  const { status, headers } = response
  if (status >= 500) {
    expect(status, name).toBe(503)
    expect(headers.get('retry-after'), name).toMatch(/^\d+$/)
  }
  expectUsualHeaders(response, name)
  const location = headers.get('location')
  if (location !== null) {
    expect(status, name).toBe(303)
    expectNoWayOut(location, name)
  }
  const body = await expectWellFormed(response, name)
  if (response.ok && body !== '' && route.startsWith('/register')) {
    expect(headers.get('content-type'), name).toBe('application/json')
    return
  }
  expect(body, name).not.toMatch(/<i[\s/>]/i)
  expect([...headers].flat().join('\n'), name).not.toMatch(/<i[\s/>]/i)
  const policy = headers.get('content-security-policy')
  if (/<script>/i.test(body)) expect(policy, name).toContain("script-src 'sha256-")
  else if (/<script/i.test(body)) expect(policy, name).toContain("script-src 'self'")
  expect(body, name).not.toMatch(
    /\son[a-z]+=["']?alert|\b(href|src|action)="(javascript|data:text|vbscript)/i,
  )
  for (const [, address = ''] of body.matchAll(/\s(?:href|src|action)="([^"]*)"/g)) {
    if (!/^(#[a-z_-]+$|data:image\/svg\+xml,)/.test(address)) expectNoWayOut(address, name)
  }
}

async function inTime(answer: Promise<Response>): Promise<Response> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in ten seconds')), 10_000)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

const endpoints = (await endpointsOf(server)).map((endpoint) => [endpoint.route, endpoint] as const)

it.each(endpoints)('whatever comes, %s stays harmless', async (_, endpoint) => {
  for (const own of endpoint.methods) {
    await fc.assert(
      fc.asyncProperty(recipe, fc.nat({ max: 65_535 }), async (bent, host) => {
        const method = bent.method ?? own
        const scene = await sceneFor(endpoint, own, host)
        server.log.splice(0)
        const request = requestOf(endpoint, scene, bent, method)
        const response = await inTime(server.fetchFrom(`198.18.${host >> 8}.${host & 255}`, request))
        await expectHarmless(response, `${method} ${request.url.slice(0, 200)}`, endpoint.route)
        // What a stranger sends is never an alarm for who runs this.
        expect(server.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
      }),
      { numRuns: 40 },
    )
  }
  expect(Object.keys(Object.prototype)).toEqual([])
})

it('knows every endpoint, and leaves the server in good health', async () => {
  expect(endpoints.length).toBeGreaterThan(20)
  expect((await server.fetch('/health/ready')).status).toBe(200)
})
