// The security catalogue, group HT, above the socket: what comes in, what goes out, and what the log keeps.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonSender } from '../../src/http/json.js'
import { createLogger } from '../../src/logging.js'
import { StoreUnavailable } from '../../src/store/fault.js'
import { expectUsualHeaders, expectWellFormed } from '../support/answer.js'
import { createBrowser } from '../support/browser.js'
import { introspect, letIn, outcome, userinfoStatus } from '../support/connected.js'
import { type Endpoint, endpointsOf } from '../support/endpoints.js'
import {
  authenticatedPost,
  authorizeUrl,
  exchange,
  getCode,
  redeem,
  refresh,
  tokenRequest,
} from '../support/flow.js'
import { processorTime } from '../support/processor-time.js'
import { createScenes, play, type Scene, type Scenes } from '../support/scenes.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { ask } from '../support/verdict.js'

let server: TestServer
let app: Registered
let person: Person
let scenes: Scenes
let endpoints: Endpoint[]

const started: TestServer[] = []
async function start() {
  server = await createTestServer({ cheapPasswords: true })
  started.push(server)
  app = await server.addClient('web')
  person = await server.addUser({ username: 'alice' })
  scenes = createScenes(server, { app, person })
  endpoints = await endpointsOf(server)
}

/** A request that is granted where the method is; else one that is only addressed. */
function sceneFor(endpoint: Endpoint, method: string): Promise<Scene> | Scene {
  if (endpoint.methods.includes(method === 'HEAD' ? 'GET' : method)) return scenes.of(endpoint, method)
  return { path: endpoint.at(() => 'x'.repeat(16)), query: {}, fields: {}, headers: {} }
}

beforeAll(() => start())
afterAll(async () => {
  for (const one of started) await one.close()
})

describe('a nested or poisoned value', () => {
  const deep = (unit: string, end: string, times: number) => unit.repeat(times) + end.repeat(times)

  it('HT06 in the claims parameter is refused, and nothing changes', async () => {
    const values = [
      deep('[', ']', 9000),
      `{"userinfo":${deep('{"a":', '}', 1200)}}`.replace(':}', ':1}'),
      '['.repeat(8000),
      '{"__proto__":{"polluted":true}}',
      '{"userinfo":{"__proto__":{"polluted":true}}}',
      '{"id_token":{"sub":{"__proto__":{"polluted":true}}}}',
    ]
    for (const claims of values) {
      for (const method of ['GET', 'POST'] as const) {
        if (method === 'GET' && claims.length > 2000) continue
        expect(await ask(server, app, { claims }, { method }), claims.slice(0, 40)).toBe('RD:invalid_request')
      }
    }
    const unknown = '{"constructor":{"prototype":{"polluted":true}},"userinfo":{}}'
    expect(await ask(server, app, { claims: unknown })).toBe('/authorize')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('HT06 in a token under the header of our own key is a bad token, and no failure', async () => {
    const { tokens, app: web } = await letIn(server, 'web')
    const payloads = [
      `{"a":${deep('[', ']', 6000)}}`,
      deep('{"a":', '}', 1900).replace(':}', ':1}'),
      `{"a":${'['.repeat(11_000)}}`,
      '{"__proto__":{"polluted":true},"iss":"https://as.test"}',
    ]
    for (const own of [tokens.access_token, tokens.id_token ?? '']) {
      const [header] = own.split('.')
      for (const payload of payloads) {
        const token = `${header}.${Buffer.from(payload).toString('base64url')}.${'A'.repeat(86)}`
        expect(await userinfoStatus(server, token)).toBe(401)
        expect(await introspect(server, web, token)).toEqual({ active: false })
        expect(await outcome(await authenticatedPost(server, '/revoke', web, { token }))).toBe('200')
        const hinted = await ask(server, web, { id_token_hint: token }, { method: 'POST' })
        expect(hinted).toBe('RD:invalid_request')
        const body = new URLSearchParams({ id_token_hint: token })
        const { status } = await server.fetch('/end-session', { method: 'POST', body, redirect: 'manual' })
        expect(status).toBeLessThan(500)
      }
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('HT06 as a JSON body is refused by every endpoint', async () => {
    const body = `{"a":${deep('[', ']', 30_000)},"__proto__":{"polluted":true}}`
    for (const endpoint of endpoints.filter(({ methods }) => methods.includes('POST'))) {
      const scene = await scenes.of(endpoint, 'POST')
      const headers = { ...scene.headers, 'Content-Type': 'application/json' }
      const { status } = await server.fetch(scene.path, { method: 'POST', headers, body, redirect: 'manual' })
      // UserInfo takes its token from the header and leaves other bodies alone.
      expect(endpoint.route === '/userinfo' ? [200] : [400, 403], endpoint.route).toContain(status)
    }
  })

  it('HT06 as names of parameters, again and again, is as if it were not there', async () => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      '__proto__[polluted]',
      'constructor.prototype.polluted',
    ]
    const more = Object.fromEntries(names.map((name) => [name, 'true']))
    for (const endpoint of endpoints) {
      for (const method of endpoint.methods) {
        const scene = await scenes.of(endpoint, method)
        const where = method === 'GET' ? 'query' : 'fields'
        const answer = await play(server, { ...scene, [where]: { ...scene[where], ...more } }, method)
        expect(answer.status, `${method} ${endpoint.route}`).toBeLessThan(400)
      }
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('the log', () => {
  const breaking = /[\p{Cc}\p{Zl}\p{Zp}](?!$)/u

  it('HT07 is one line per entry, with nothing in it that a terminal obeys', async () => {
    await start()
    const nasty = 'a\r\n{"level":30,"msg":"forged"}\x1b[2J\x1b]0;title\x07\x7f\x9b31m\u2028\u2029\u0085b'
    const visible = encodeURIComponent(nasty)
    const agent = { 'User-Agent': 'x\x1b[2J\x9b31m', Accept: 'text/html' }
    await server.fetch(`/authorize?client_id=${visible}`, { headers: agent })
    await server.fetch(`/authorize?client_id=${app.client.id}&redirect_uri=${visible}`, { headers: agent })
    await server.fetch(authorizeUrl(server, app, { scope: nasty, prompt: nasty, state: nasty }).url)
    await server.fetch(`/${visible}`, { method: 'POST', headers: agent })
    await server.fetch(`/token/${visible}`, { headers: { Accept: 'application/json' } })
    await server.fetch(`/token?${visible}=x`, {
      method: 'POST',
      body: new URLSearchParams({ [nasty]: nasty }),
    })
    await tokenRequest(server, app, { grant_type: nasty, scope: nasty, [nasty]: [nasty, nasty] })
    await tokenRequest(server, { ...app, secret: nasty }, { grant_type: 'client_credentials' })
    await scenes.door.guess(nasty)
    await server.addUser({ username: nasty })
    await scenes.door.guess(nasty)
    expect(server.log.length).toBeGreaterThan(5)
    for (const line of server.log) {
      expect(line.endsWith('\n')).toBe(true)
      expect(line).not.toMatch(breaking)
      expect(JSON.parse(line).msg).not.toBe('forged')
    }
    expect(server.log.join('')).toContain('title')
  })

  it('HT07 keeps what it escapes', async () => {
    const lines: string[] = []
    const log = await createLogger({
      level: 'info',
      pretty: false,
      to: { write: (line) => void lines.push(line) },
    })
    const nasty = 'a\r\nlevel=30 forged\x1b[2J\x00\x7f\x9b31m\u2028\u2029\u0085 \u00e9\u{1f600}'
    log.info({ [nasty]: nasty, err: new Error(nasty) }, nasty)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(breaking)
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      [nasty]: nasty,
      msg: nasty,
      err: { message: nasty },
    })
  })

  it('HT08 holds no code, token, password, secret or cookie, whatever went right or wrong', async () => {
    await start()
    const password = 'tr0ub4dor and three'
    const carol = await server.addUser({ username: 'carol', password })
    const browser = createBrowser(server)
    const kept = new Set<string>([password, person.password, app.secret])
    const keep = (...secrets: (string | undefined)[]) => {
      for (const secret of secrets) if (secret) kept.add(secret)
    }
    const keepBrowser = () => {
      keep(...Object.values(browser.cookies))
      for (const { fields } of browser.view.forms) keep(fields.csrf)
    }
    await browser.open(authorizeUrl(server, app).url)
    keepBrowser()
    await browser.submit({ username: 'carol', password: 'not the right one' })
    keep('not the right one')
    await browser.signIn(carol)
    keepBrowser()
    await browser.allow()

    const got = await getCode(server, browser, app)
    const tokens = await redeem(server, app, got)
    keepBrowser()
    keep(got.code, got.verifier, tokens.access_token, tokens.refresh_token, tokens.id_token)
    const { refresh_token = '', access_token, id_token = '' } = tokens
    const next = (await (await refresh(server, app, refresh_token)).json()) as typeof tokens
    keep(next.access_token, next.refresh_token, next.id_token)
    const wrong = { client: app.client, secret: 'a guessed secret of the client' }
    keep(wrong.secret)

    // Everything again, wrong in every way that comes to mind.
    const spent = await getCode(server, browser, app)
    keep(spent.code, spent.verifier)
    await exchange(server, app, spent, { code_verifier: got.verifier })
    await exchange(server, app, spent, { redirect_uri: 'https://elsewhere.test/cb' })
    await exchange(server, wrong, spent)
    await exchange(server, app, got)
    await refresh(server, wrong, refresh_token)
    await refresh(server, app, `${refresh_token}x`)
    await refresh(server, app, refresh_token, { scope: 'openid more' })
    server.clock.advance(60)
    await refresh(server, app, refresh_token)
    for (const path of ['/token', '/revoke', '/introspect']) {
      for (const token of [access_token, id_token, refresh_token, `${access_token}x`]) {
        await authenticatedPost(server, path, app, { token, grant_type: token })
        await authenticatedPost(server, path, wrong, { token })
        await server.fetch(`${path}?token=${token}&code=${got.code}`, { method: 'POST' })
        await server.fetch(`${path}/${token}`)
      }
    }
    for (const token of [access_token, id_token, refresh_token]) {
      await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${token}` } })
      await server.fetch(`/userinfo?access_token=${token}`)
      await server.fetch(authorizeUrl(server, app, { id_token_hint: token, prompt: 'none' }).url)
      await server.fetch(`/end-session?id_token_hint=${token}&client_id=other`)
    }
    await server.fetch('/authorize', { headers: { Cookie: Object.entries(browser.cookies).join(';') } })
    const [[name, value] = []] = Object.entries(browser.cookies).slice(-1)
    await server.fetch('/account', { headers: { Cookie: `${name}=${value}; ${name}=${value}x` } })
    await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    const last = browser.view.forms[0]?.fields ?? {}
    await browser.post(browser.view.url, { ...last, password }, { from: 'https://evil.test' })
    await browser.post(browser.view.url, { ...last, csrf: 'x', password })
    // And while the store fails in the middle of it.
    const failing = () => Promise.reject(new StoreUnavailable('SQLITE_BUSY: database is locked'))
    for (const [part, question] of [
      ['grants', 'find'],
      ['grants', 'findForCode'],
      ['users', 'find'],
      ['sessions', 'find'],
    ] as const) {
      const before = { ...server.deps.store[part] }
      Object.assign(server.deps.store[part], { [question]: failing })
      await refresh(server, app, next.refresh_token ?? '')
      await exchange(server, app, got)
      const typed = { ...last, username: 'carol', password }
      await browser.request(browser.view.url, { method: 'POST', fields: typed, from: server.issuer })
      await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${next.access_token}` } })
      Object.assign(server.deps.store[part], before)
    }
    keepBrowser()

    const log = server.log.join('')
    expect(server.log.length).toBeGreaterThan(50)
    for (const secret of kept) {
      // Of what has parts, the last is the secret one.
      const core = secret.split('.').at(-1) ?? ''
      expect(core.length).toBeGreaterThan(10)
      expect(log).not.toContain(core)
      expect(log).not.toContain(encodeURIComponent(core))
      expect(log).not.toContain(Buffer.from(`${app.client.id}:${core}`).toString('base64'))
    }
  })
})

describe('an answer', () => {
  it('HT10 to a forced exception says nothing but an id, which the log explains, at every endpoint', async () => {
    await start()
    const told = 'SELECT secret FROM client /srv/grantor/src/store.ts:12 node_modules v20.1'
    // What needs nothing of the store cannot be made to fail.
    const steady = endpoints.filter(({ route }) =>
      /^\/(health\/live|device|forgot-password|sign-up|status-lists|assets\/.*|\.well-known\/(change-password|oauth-protected-resource\/?))?$/.test(
        route,
      ),
    )
    expect(steady).toHaveLength(11)
    const parts = Object.values(server.deps.store).filter((part) => typeof part === 'object')
    for (const endpoint of endpoints.filter((one) => !steady.includes(one))) {
      for (const method of endpoint.methods) {
        const scene = await scenes.of(endpoint, method)
        const saved = parts.map((part) => ({ ...part }))
        for (const part of parts)
          for (const name of Object.keys(part))
            Object.assign(part, { [name]: () => Promise.reject(new Error(told)) })
        Object.assign(server.deps.store, { ready: () => Promise.reject(new Error(told)) })
        server.clock.advance(2)
        server.log.splice(0)
        const response = await play(server, scene, method)
        for (const [index, part] of parts.entries()) Object.assign(part, saved[index])
        const name = `${method} ${endpoint.route}`
        const body = await expectWellFormed(response, name)
        expect(response.status, name).toBe(endpoint.route === '/health/ready' ? 503 : 500)
        expectUsualHeaders(response, name)
        expect(response.headers.getSetCookie(), name).toEqual([])
        expect(body, name).not.toMatch(/SELECT|\/srv|node_modules|\.tsx?\b|v20\.1|\bat \w+ \(/)
        expect(server.log.join(''), name).toContain('SELECT secret')
        if (endpoint.route === '/health/ready') continue
        const [id = ''] = body.match(/\b[0-9A-Za-z]{16}\b(?=["<])/g)?.slice(-1) ?? []
        expect(
          server.log.find((line) => line.includes(`"requestId":"${id}"`)),
          name,
        ).toContain('SELECT secret')
      }
    }
  })

  it('HT11 may be kept by a shared cache only where it is the same for all', async () => {
    await start()
    const origins = [undefined, 'https://evil.test', 'null']
    const open: string[] = []
    const closed: string[] = []
    for (const endpoint of endpoints) {
      for (const method of [...endpoint.methods, 'HEAD', 'PUT', 'OPTIONS']) {
        const name = `${method} ${endpoint.route}`
        const kept =
          /^\/(\.well-known\/(?!change-password)|jwks|assets|resource-metadata|status-lists(\/:list)?$)/.test(
            endpoint.route,
          ) && /GET|HEAD/.test(method)
        const scene = await sceneFor(endpoint, method)
        const allowed = new Set<string | null>()
        for (const origin of origins) {
          const { headers } = await play(server, scene, method, origin ? { Origin: origin } : {})
          if (kept) {
            expect(headers.get('cache-control'), name).toMatch(/^public, max-age=\d+/)
            expect(headers.getSetCookie(), name).toEqual([])
          } else expect(headers.get('cache-control'), name).toBe('no-store')
          expect(headers.get('access-control-allow-credentials'), name).toBeNull()
          allowed.add(headers.get('access-control-allow-origin'))
        }
        // The same for every origin: an answer kept for one is right for the next, without Vary.
        expect([[null], ['*']], name).toContainEqual([...allowed])
        if (endpoint.forPeople) expect([...allowed], name).toEqual([null])
        else if (allowed.has(null)) closed.push(name)
        else open.push(name)
      }
    }
    // By route, whether the request is granted or refused: no browser app calls these, nor reads their errors.
    const routes = (names: string[]) => [...new Set(names.map((name) => name.split(' ')[1]))].sort()
    expect(routes(closed)).toEqual(['/device_authorization', '/health/live', '/health/ready', '/introspect'])
    expect(routes(open).filter((route) => routes(closed).includes(route))).toEqual([])
  })

  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
  const accepts = ['text/html', 'application/json']

  it('HT12 has every header and is well-formed at every endpoint, by every method, right or wrong', async () => {
    await start()
    const seen = new Set<number>()
    const judge = async (response: Response, name: string) => {
      seen.add(response.status)
      expectUsualHeaders(response, name)
      await expectWellFormed(response, name)
    }
    for (const endpoint of endpoints) {
      for (const method of methods) {
        const name = `${method} ${endpoint.route}`
        const granted = endpoint.methods.includes(method === 'HEAD' ? 'GET' : method)
        const scene = await sceneFor(endpoint, method)
        const answer = await play(server, scene, method)
        await judge(answer, name)
        if (granted) expect(answer.status, name).toBeLessThan(400)
        else if (method !== 'OPTIONS' || endpoint.forPeople) {
          expect(answer.status, name).toBe(405)
          const allowed = endpoint.methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : one))
          expect(answer.headers.get('allow'), name).toBe(allowed.join(', '))
        }
        const bare = { ...scene, query: {}, fields: {}, headers: {} }
        if (granted) await judge(await play(server, bare, method), `${name} bare`)
      }
      await judge(
        await server.fetch(`${endpoint.at(() => 'x')}?${'y'.repeat(8200)}`),
        `${endpoint.route} long`,
      )
      const etag = (await server.fetch(endpoint.at(() => 'x'))).headers.get('etag')
      if (etag)
        await judge(await server.fetch(endpoint.route, { headers: { 'If-None-Match': etag } }), 'known')
    }
    for (const path of ['/nowhere', '//', '/token/', '/.well-known/x', '/authorize/x', '/assets/x']) {
      for (const method of methods) {
        for (const accept of accepts) {
          const answer = await server.fetch(`${server.issuer}${path}`, {
            method,
            headers: { Accept: accept },
          })
          expect(answer.status).toBe(404)
          await judge(answer, `${method} ${path} ${accept}`)
        }
      }
    }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    for (const path of ['/token', '/authorize', '/userinfo', '/end-session'])
      await judge(await server.fetch(path, { method: 'POST', headers: form, body: 'x'.repeat(70_000) }), path)
    Object.assign(server.deps.store, { committed: () => Promise.reject(new StoreUnavailable('test')) })
    for (const path of ['/jwks', '/authorize', '/nowhere', '/health/live', '/login'])
      await judge(await server.fetch(path), `uncommitted ${path}`)
    expect([...seen].sort()).toEqual([200, 201, 204, 303, 304, 400, 401, 403, 404, 405, 413, 414, 503])
  })

  it('HT12 promises https only where there is https', async () => {
    for (const issuer of ['http://localhost:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000']) {
      const answer = jsonSender({ issuer }, { open: false })({})
      expect(answer.headers.get('strict-transport-security')).toBeNull()
    }
  })
})

describe('fifty thousand hostile bytes', () => {
  beforeAll(() => start())

  const fill = (unit: string, size = 50_000) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
  const hostile = [
    'a',
    ' ',
    '/..;',
    '%',
    '["',
    'xn--',
    'https://xn--a-\u00df.\u0301test/',
    'http://[::1',
    '127.0.0.1:1',
    'a@',
    '{"a":',
    '\u0130\u0301',
    '\ufdfa',
    'Bearer =',
  ]
  const cost = (act: () => Promise<Response>, enough = 0) => {
    const runs = enough === 0 ? 5 : undefined
    return processorTime(async () => expect((await act()).status).toBeLessThan(500), enough, runs)
  }

  const parameters: Record<string, string[]> = {
    '/authorize': ['client_id', 'redirect_uri', 'scope', 'resource', 'state', 'id_token_hint', 'ui_locales'],
    '/token': [
      'client_id',
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'refresh_token',
      'resource',
    ],
    '/introspect': ['token'],
    '/revoke': ['token'],
    '/userinfo': ['access_token'],
    '/end-session': ['id_token_hint', 'post_logout_redirect_uri', 'client_id', 'state', 'ui_locales'],
    '/login': ['username', 'password', 'csrf'],
  }

  it.each(Object.entries(parameters))(
    'HT13 in each parameter of %s cost less than 10 ms',
    async (path, names) => {
      const endpoint = endpoints.find(
        ({ route, methods }) => route.startsWith(path) && methods.includes('POST'),
      ) as Endpoint
      const scene = await scenes.of(endpoint, 'POST')
      if (path === '/userinfo') scene.headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      // What it takes to send and read as many harmless bytes is not what this is about.
      const plain = { ...scene, fields: { ...scene.fields, unknown: fill('a') } }
      const limit = 10 + (await cost(() => play(server, plain, 'POST')))
      for (const name of names) {
        for (const unit of hostile) {
          const value = fill(unit)
          // Encoded it would be over the limit of a body: as much of it as fits.
          const fits = new URLSearchParams({ x: value }).toString().length
          const fields = { ...scene.fields, [name]: value.slice(0, Math.floor((50_000 * 60_000) / fits)) }
          const hard = await cost(() => play(server, { ...scene, fields }, 'POST'), limit)
          expect(hard, `${name}: ${unit}`).toBeLessThan(limit)
        }
      }
    },
  )

  const headers = [
    'Authorization',
    'Cookie',
    'Accept',
    'Accept-Language',
    'Content-Type',
    'Origin',
    'If-None-Match',
  ]
  const units = ['a', ' ', ',', ';', ', a;q=0.1', '=', '"', 'Bearer ', 'a=b; ', '%', 'W/"a",', ':']
  it.each([...headers, 'X-Forwarded-For', 'Sec-Fetch-Site', 'User-Agent'])(
    'HT13 as many as fit in a head, in %s, cost less than 10 ms',
    async (name) => {
      for (const path of ['/authorize', '/userinfo', '/token', '/jwks', '/account']) {
        const method = path === '/token' ? 'POST' : 'GET'
        const send = (value: string) => () => server.fetch(path, { method, headers: { [name]: value } })
        const limit = 10 + (await cost(send('a')))
        for (const unit of units) {
          for (const start of ['', 'Bearer ', 'x']) {
            const hard = await cost(send(`${start}${fill(unit, 15_000)}x`), limit)
            expect(hard, `${path}: ${unit}`).toBeLessThan(limit)
          }
        }
      }
    },
  )
})
