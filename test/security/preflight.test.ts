// Preflights of browsers (Fetch 3.3): which endpoints answer them, and for which headers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
afterAll(() => server.close())

const preflight = (path: string, headers?: string, at = server) =>
  at.fetch(path, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://app.test',
      'Access-Control-Request-Method': 'POST',
      ...(headers !== undefined && { 'Access-Control-Request-Headers': headers }),
    },
  })
const allowed = async (headers?: string, path = '/token', at = server) =>
  (await preflight(path, headers, at)).headers.get('access-control-allow-headers')
const usual = 'Authorization, Content-Type, DPoP, MCP-Protocol-Version'

/** Every path that is mounted, with something in place of its parameters. */
const mountedPaths = () => {
  const paths = server.app.routes.map(({ path }) => path).filter((path) => !path.includes('*'))
  return [...new Set(paths)].map((path) => path.replace(/:\w+(?:\{(?:[^{}]|\{[^}]*\})*\})?/g, '1')).sort()
}

describe('PC09: the answer to a preflight', () => {
  it('at every open endpoint allows the headers that were asked for, and at no other anything', async () => {
    const asked = 'baggage,dpop,sentry-trace,traceparent,x-requested-with'
    const open: string[] = []
    for (const path of mountedPaths()) {
      const { status, headers } = await preflight(path, asked)
      const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'))
      // A parameter that must be of a certain form is not there: nothing to answer for.
      if (names.length === 0 || status === 404) continue
      open.push(path)
      expect(status, path).toBe(204)
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('access-control-allow-headers'), path).toBe(
        `${usual}, baggage, sentry-trace, traceparent, x-requested-with`,
      )
      expect(headers.get('access-control-max-age')).toBe('86400')
      expect(headers.get('vary')).toContain('Access-Control-Request-Headers')
    }
    expect(open).toEqual([
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-authorization-server/',
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/',
      '/.well-known/oauth-protected-resource/1',
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/jwks',
      '/par',
      '/register',
      '/register/1',
      '/resource-metadata',
      '/revoke',
      '/status-lists',
      '/status-lists/1',
      '/status-lists/1/events',
      '/token',
      '/userinfo',
    ])
  })

  it('at the addresses that clients guess, too', async () => {
    const below = await createTestServer({ issuer: 'https://as.test/auth', cheapPasswords: true })
    for (const path of ['/auth/token', '/token', '/register'])
      expect(await allowed('traceparent', new URL(path, 'https://as.test').href, below), path).toBe(
        `${usual}, traceparent`,
      )
    await below.close()
  })

  it('names the usual ones where none is asked for, and each once', async () => {
    expect(await allowed()).toBe(usual)
    expect(await allowed('')).toBe(usual)
    expect(await allowed('DPOP, x-a ,, X-A,authorization,x-b')).toBe(`${usual}, x-a, x-b`)
  })
})

describe('TK17 PC09: a preflight that asks for what is no name', () => {
  it('is answered without it', async () => {
    for (const name of ['*', 'x y', 'x:y', '"x"', 'x;y', '(x)', 'x/y', '<x>', 'x=y', 'é'])
      expect(await allowed(`x-a,${name},x-b`), name).toBe(`${usual}, x-a, x-b`)
  })

  it('is answered with the usual ones where the list is long', async () => {
    const list = (length: number) => 'x'.repeat(length)
    expect(await allowed(list(1024))).toBe(`${usual}, ${list(1024)}`)
    expect(await allowed(list(1025))).toBe(usual)
  })
})
