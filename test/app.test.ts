// The frame around every endpoint: methods, cross-origin access, unknown addresses, a store that fails, the commit
// barrier. Headers, limits and failures at large: test/security/http.test.ts and http-sockets.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SigningAlg } from '../src/protocol/client.js'
import { StoreConflict, StoreUnavailable } from '../src/store/fault.js'
import { createBrowser } from './support/browser.js'
import { outcome } from './support/connected.js'
import { authorizeUrl, tokenRequest } from './support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from './support/server.js'

let server: TestServer
let app: Registered
let service: Registered
let person: Person
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  service = await server.addClient('service')
  person = await server.addUser()
})
afterEach(() => server.close())

const page = { Accept: 'text/html' }
/** Replaces parts of the store under the running server. */
const sabotage = (parts: object) => Object.assign(server.deps.store, parts)
const failing = (error: Error) => () => Promise.reject(error)

describe('other origins', () => {
  const origin = { Origin: 'https://evil.test' }

  it.each(['/.well-known/openid-configuration', '/jwks', '/token', '/revoke', '/userinfo'])(
    'may call %s without credentials, and read its errors [TK17]',
    async (path) => {
      const preflight = await server.fetch(path, {
        method: 'OPTIONS',
        headers: { ...origin, 'Access-Control-Request-Method': 'POST' },
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-headers')).toMatch(
        /Authorization.*MCP-Protocol-Version/,
      )
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { headers } = await server.fetch(path, { method, headers: origin })
        expect(headers.get('access-control-allow-origin'), method).toBe('*')
        expect(headers.get('access-control-allow-credentials'), method).toBeNull()
      }
    },
  )

  it.each(['/authorize', '/login', '/end-session', '/account', '/introspect', '/health/ready'])(
    'may not read %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await server.fetch(path, { method, headers: origin, redirect: 'manual' })
        expect(headers.get('access-control-allow-origin'), method).toBeNull()
      }
    },
  )
})

describe('the paths', () => {
  it.each(['https://as.test', 'https://as.test/tenant'])(
    'of %s go together for the router that looks a fixed one up, and does not search',
    async (issuer) => {
      const other = await createTestServer({ cheapPasswords: true, issuer })
      expect((await other.fetch('/jwks')).status).toBe(200)
      expect(other.app.router.name).toBe('SmartRouter + RegExpRouter')
      await other.close()
    },
  )
})

describe('what does not fit', () => {
  it('is a 405 that names the methods', async () => {
    const allowed = async (path: string, method: string) => {
      const response = await server.fetch(path, { method, redirect: 'manual' })
      return [response.status, response.headers.get('allow')]
    }
    expect(await allowed('/token', 'GET')).toEqual([405, 'POST'])
    expect(await allowed('/userinfo', 'PUT')).toEqual([405, 'GET, HEAD, POST'])
    expect(await allowed('/jwks', 'POST')).toEqual([405, 'GET, HEAD'])
    expect(await allowed('/authorize', 'PUT')).toEqual([405, 'GET, HEAD, POST'])
    expect((await server.fetch('/jwks', { method: 'HEAD' })).status).toBe(200)
  })

  it('is a 404: a page for a person, JSON for a program', async () => {
    const kind = async (path: string, init: RequestInit = {}) => {
      const response = await server.fetch(path, init)
      expect(response.status).toBe(404)
      return response.headers.get('content-type')?.split(';')[0]
    }
    expect(await kind('/nowhere', { headers: page })).toBe('text/html')
    expect(await kind('/nowhere')).toBe('text/html')
    expect(await kind('/nowhere', { method: 'POST', headers: page })).toBe('text/html')
    expect(await kind('/nowhere', { method: 'POST' })).toBe('application/json')
    expect(await kind('/nowhere', { method: 'DELETE', headers: page })).toBe('application/json')
    expect(await kind('/nowhere', { headers: { Accept: 'application/json' } })).toBe('application/json')
    expect(await kind('/.well-known/unknown', { headers: page })).toBe('application/json')
    for (const nul of ['/account/passkeys/%00/remove', '/account/connections/a%00b/disconnect'])
      expect(await kind(nul, { method: 'POST', headers: page })).toBe('text/html')
    for (const twisted of ['/token/', '//token', '/Token', '/token%2f', '/%74oken%00', '/jwks/../token'])
      expect([404, 405], twisted).toContain((await server.fetch(twisted)).status)
  })
})

describe('a failure', () => {
  it.each([new StoreUnavailable('test'), new StoreConflict('test')])(
    'of the store is a 503 that says when to come back: %s',
    async (error) => {
      sabotage({ clients: { find: failing(error) } })
      const response = await tokenRequest(server, service, { grant_type: 'client_credentials' })
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await outcome(response)).toBe('503 temporarily_unavailable')
    },
  )
})

describe('the commit barrier', () => {
  it('lets no token out that may not be on disk', async () => {
    sabotage({ committed: failing(new StoreUnavailable('test')) })
    for (const path of ['/jwks', '/.well-known/openid-configuration'])
      expect((await server.fetch(path)).headers.get('cache-control'), path).toBe('no-store')
    const response = await tokenRequest(server, service, { grant_type: 'client_credentials' })
    expect(await outcome(response)).toBe('503 temporarily_unavailable')
  })

  it('lets neither a code nor a session out that may not be on disk', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const { committed } = server.deps.store
    sabotage({ committed: failing(new StoreUnavailable('test')) })
    const before = browser.cookies
    const view = await browser.signIn(person)
    expect([view.status, view.headers.get('location'), view.headers.getSetCookie()]).toEqual([503, null, []])
    expect(view.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(browser.cookies).toEqual(before)
    sabotage({ committed })
  })
})

describe('health', () => {
  it('I7: tells life from readiness, which needs the store and a key for every algorithm', async () => {
    expect(await (await server.fetch('/health/live')).json()).toEqual({ status: 'live' })
    const ready = async () => (await server.fetch('/health/ready')).json()
    expect(await ready()).toEqual({ status: 'ready' })
    const { keyring } = server.deps
    const { signer } = keyring
    const sign = (alg: SigningAlg) => (alg === 'RS256' ? failing(new Error('no key'))() : signer(alg))
    Object.assign(keyring, { signer: sign })
    expect(await ready()).toEqual({ status: 'unavailable', failing: ['keys'] })
    Object.assign(keyring, { signer })
    sabotage({ ready: failing(new StoreUnavailable('test')) })
    const unready = await server.fetch('/health/ready')
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { status: 'unavailable', failing: ['store'] },
    ])
    expect((await server.fetch('/health/live')).status).toBe(200)
  })
})
