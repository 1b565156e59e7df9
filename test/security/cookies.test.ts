// What is on the wire: every Set-Cookie of every route, read as a browser reads it (RFC 6265bis 4.1).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/crypto/handle.js'
import { type CookieKind, cookieKinds, cookieName } from '../../src/http/cookies.js'
import { createBrowser } from '../support/browser.js'
import { endpointsOf } from '../support/endpoints.js'
import { codeFlow } from '../support/flow.js'
import { createScenes, play, type Scenes } from '../support/scenes.js'
import { createTestServer, type TestServer } from '../support/server.js'

const handle = /^[0-9A-Za-z]{16}\.[A-Za-z0-9_-]{43}$/

type Cookie = { name: string; value: string; attributes: Map<string, string> }

function read(line: string): Cookie {
  const [pair = '', ...rest] = line.split('; ')
  const split = pair.indexOf('=')
  const attributes = new Map(
    rest.map((attribute) => {
      const [name = '', value = ''] = attribute.split('=')
      return [name.toLowerCase(), value] as const
    }),
  )
  expect(attributes.size, line).toBe(rest.length)
  return { name: pair.slice(0, split), value: pair.slice(split + 1), attributes }
}

describe.each([
  { issuer: 'https://as.test', secure: true },
  { issuer: 'http://localhost:9000', secure: false },
])('under $issuer', ({ issuer, secure }) => {
  const named = (kind: CookieKind) => cookieName({ issuer }, kind)
  let server: TestServer
  let scenes: Scenes
  const seen: { from: string; cookie: Cookie }[] = []

  beforeAll(async () => {
    server = await createTestServer({ issuer, cheapPasswords: true })
    const app = await server.addClient('web')
    const person = await server.addUser()
    scenes = createScenes(server, { app, person })
    for (const endpoint of await endpointsOf(server)) {
      for (const method of endpoint.methods) {
        const from = `${method} ${endpoint.route}`
        const response = await play(server, await scenes.of(endpoint, method), method)
        for (const line of response.headers.getSetCookie()) seen.push({ from, cookie: read(line) })
      }
    }
    const kept = createBrowser(server)
    const form = (await kept.open('/login')).forms[0]
    const typed = { username: person.user.username, password: person.password, keep: '1' }
    const signedIn = await kept.request(form?.action ?? '', {
      method: 'POST',
      fields: { ...form?.fields, ...typed },
      from: issuer,
    })
    for (const line of signedIn.headers.getSetCookie()) seen.push({ from: 'keep', cookie: read(line) })
    const ended = createBrowser(server)
    await codeFlow(server, ended, app, { person })
    await ended.open('/account')
    const { action = '', fields = {} } =
      ended.view.forms.find((form) => form.action.endsWith('/sign-out')) ?? {}
    const response = await ended.request(action, { method: 'POST', fields, from: server.config.issuerOrigin })
    for (const line of response.headers.getSetCookie()) seen.push({ from: 'sign-out', cookie: read(line) })
  }, 60_000)
  afterAll(() => server.close())

  it('there are three cookies, and all were seen', () => {
    expect(new Set(seen.map(({ cookie }) => cookie.name))).toEqual(new Set(cookieKinds.map(named)))
    expect(new Set(seen.map(({ from }) => from)).size).toBeGreaterThan(8)
  })

  it('each is for this host alone, out of the reach of scripts, and kept from other sites’ forms', () => {
    for (const { from, cookie } of seen) {
      const { 'max-age': _, ...rest } = Object.fromEntries(cookie.attributes)
      expect(rest, from).toEqual({ path: '/', httponly: '', samesite: 'Lax', ...(secure && { secure: '' }) })
    }
  })

  it('each holds handles and nothing else: none of it means anything without the database', async () => {
    for (const { from, cookie } of seen) {
      if (cookie.value === '') continue
      if (cookie.name === named('browser'))
        expect(cookie.value, from).toMatch(/^(known\.)?[A-Za-z0-9_-]{43}$/)
      else for (const one of cookie.value.split('~')) if (one !== '') expect(one, from).toMatch(handle)
    }
    const rows = await server.deps.store.sessions.list({ now: server.clock.now, limit: 1000 })
    const hashes = rows.map(({ secretHash }) => secretHash)
    const alive = seen.flatMap(({ cookie }) => cookie.value.split('~')).filter((one) => handle.test(one))
    expect(alive.some((one) => hashes.includes(hashSecret(one.split('.')[1] ?? '')))).toBe(true)
    expect(alive.some((one) => hashes.some((hash) => one.includes(hash)))).toBe(false)
  })

  it('what is taken away is taken away at once: empty, Max-Age=0, the same attributes', () => {
    const gone = seen.filter(({ cookie }) => cookie.value === '')
    expect(gone.map(({ from }) => from)).toContain('sign-out')
    for (const { from, cookie } of gone) expect(cookie.attributes.get('max-age'), from).toBe('0')
  })

  it('none came from where programs call: they take no cookies and give none', () => {
    const programs = /(token|userinfo|revoke|introspect|jwks|well-known|health|assets)/
    expect(seen.filter(({ from }) => programs.test(from))).toEqual([])
  })
})
