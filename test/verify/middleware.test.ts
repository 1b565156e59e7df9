// grantor/verify before handlers of Hono, Express and node:http: claims for those let in, answers for the others.
import { generateKeyPairSync } from 'node:crypto'
import { createServer, get, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { thumbprint } from '../../src/protocol/jwk.js'
import * as forExpress from '../../src/verify/express.js'
import * as forHono from '../../src/verify/hono.js'
import { metadataUrl, protectedResourceMetadata, type Verifier } from '../../src/verify/index.js'
import * as forNode from '../../src/verify/node.js'
import { hashOf } from '../support/dpop.js'
import { api, type Issuer, signJwt, startIssuer } from '../support/issuer.js'
import { listen } from '../support/listening.js'

const metadata = protectedResourceMetadata({
  resource: `${api}/v1`,
  authorizationServers: ['https://as.test'],
  scopes: ['api:read'],
  name: 'The API',
})
const wellKnown = '/.well-known/oauth-protected-resource/v1'
const requirements = { scope: 'api:read' }
const closers: (() => Promise<void>)[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Each framework with one protected path, `/v1/things`, mounted as people do. */
const frameworks: Record<string, (verifier: Verifier) => Promise<string>> = {
  Hono: async (verifier) => {
    const things = new Hono().get('/things', forHono.protect(verifier, requirements), (c) =>
      c.text(`Hello ${c.get('claims').sub}`),
    )
    const app = new Hono().use(forHono.serveMetadata(metadata)).route('/v1', things)
    const { port, close } = await listen(app.fetch)
    closers.push(close)
    return `http://127.0.0.1:${port}`
  },
  Express: async (verifier) => {
    const things = express.Router()
    things.get('/things', forExpress.protect(verifier, requirements), (request, response) => {
      response.send(`Hello ${forExpress.claimsOf(request).sub}`)
    })
    const app = express().use(forExpress.serveMetadata(metadata)).use('/v1', things)
    app.get('/open', (request, response) => response.send(forExpress.claimsOf(request).sub))
    app.use((_error: unknown, _request: object, response: ServerResponse, _next: () => void) => {
      response.writeHead(500).end()
    })
    return serve(app as unknown as RequestListener)
  },
  'node:http': async (verifier) => {
    const serveMetadata = forNode.serveMetadata(metadata)
    const things = forNode.protect(verifier, requirements, (_request, response, claims) => {
      response.end(`Hello ${claims.sub}`)
    })
    return serve((request, response) => {
      if (!serveMetadata(request, response)) void things(request, response)
    })
  },
}

/** Each framework with everything protected. */
const catchAll: Record<string, (verifier: Verifier) => Promise<string>> = {
  Hono: async (verifier) => {
    const { port, close } = await listen(
      new Hono().all('*', forHono.protect(verifier), (c) => c.text('in')).fetch,
    )
    closers.push(close)
    return `http://127.0.0.1:${port}`
  },
  Express: (verifier) =>
    serve(
      express().use(forExpress.protect(verifier), (_request: object, response: ServerResponse) => {
        response.end('in')
      }) as unknown as RequestListener,
    ),
  'node:http': (verifier) => serve(forNode.protect(verifier, {}, (_request, response) => response.end('in'))),
}

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(async () => {
  for (const close of closers) await close()
  await issuer.close()
})

it.each(Object.keys(catchAll))('PC14: a proof for /x is none for //evil/x, before %s', async (name) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y }
  const token = await issuer.token({ cnf: { jkt: thumbprint(jwk) }, scope: 'api:read' })
  const port = Number(new URL((await catchAll[name]?.(issuer.verifier())) as string).port)
  const ask = async (target: string, htu: string) => {
    const claims = { jti: htu + target, htm: 'GET', htu, iat: issuer.clock.now(), ath: hashOf(token) }
    const dpop = await signJwt({ typ: 'dpop+jwt', jwk, kid: undefined }, claims, {
      alg: 'ES256',
      kid: '',
      key: privateKey,
    })
    return new Promise<number>((resolve, reject) => {
      const headers = { authorization: `DPoP ${token}`, dpop, host: 'evil' }
      get({ host: '127.0.0.1', port, path: target, headers, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).on('error', reject)
    })
  }
  expect(await ask('/x', `${api}/x`)).toBe(200)
  expect(await ask('/x?y#z', `${api}/x`)).toBe(200)
  expect(await ask('//evil/x', `${api}/x`)).toBe(401)
  expect(await ask('//evil/x', 'https://evil/x')).toBe(401)
  expect(await ask('//evil/x', `${api}//evil/x`)).toBe(200)
  expect(await ask('/x', 'https://evil/x')).toBe(401)
  expect(await ask('http://evil/x', 'http://evil/x')).toBe(401)
})

describe.each(Object.entries(frameworks))('before %s', (name, start) => {
  let base: string
  const reasons: string[] = []
  beforeAll(async () => {
    base = await start(
      issuer.verifier({
        resourceMetadata: metadataUrl(metadata.resource),
        onRefusal: ({ reason }) => reasons.push(reason),
      }),
    )
  })
  beforeEach(() => {
    reasons.length = 0
  })
  const get = (authorization?: string) =>
    fetch(`${base}/v1/things`, { headers: { ...(authorization && { authorization }), connection: 'close' } })

  it('a good token comes through with its claims', async () => {
    const response = await get(`Bearer ${await issuer.token({ scope: 'api:read' })}`)
    expect([response.status, await response.text()]).toEqual([200, 'Hello u_alice'])
  })

  it('a request without one is told where to get one', async () => {
    const response = await get()
    expect([response.status, await response.text()]).toEqual([401, ''])
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer scope="api:read", resource_metadata="https://api.test${wellKnown}"`,
    )
  })

  it('every refusal is an answer with its status, and the log hears why', async () => {
    const cases: [string, number, string][] = [
      [`Bearer ${await issuer.token({ scope: 'api:write' })}`, 403, 'insufficient_scope'],
      [`Bearer ${await issuer.token({ scope: 'api:read', exp: 1 })}`, 401, 'invalid_token'],
      ['Bearer x y', 400, 'invalid_request'],
      ['Bearer x', 401, 'invalid_token'],
    ]
    for (const [authorization, status, error] of cases) {
      const response = await get(authorization)
      expect(response.status).toBe(status)
      expect(response.headers.get('www-authenticate')).toContain(`error="${error}"`)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toContain('application/json')
      expect(await response.json()).toEqual({ error, error_description: expect.any(String) })
    }
    expect(reasons).toHaveLength(cases.length)
    expect(reasons[1]).toContain('expired')
  })

  it('a token that cannot be judged now is answered with 503', async () => {
    issuer.breaks('/lists/none', 'status 500')
    const token = await issuer.token({
      scope: 'api:read',
      ...issuer.status(1, `${issuer.issuer}/lists/none`),
    })
    const response = await get(`Bearer ${token}`)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([503, null])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('the metadata stands at its address, open to all origins (RFC 9728 3)', async () => {
    const response = await fetch(base + wellKnown, { headers: { connection: 'close' } })
    expect(await response.json()).toEqual(metadata)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const other = await fetch(`${base}/.well-known/oauth-protected-resource`, {
      headers: { connection: 'close' },
    })
    expect(other.status).not.toBe(200)
  })

  if (name === 'Express') {
    it('claims are an error where nothing protects', async () => {
      expect((await fetch(`${base}/open`, { headers: { connection: 'close' } })).status).toBe(500)
    })
  }

  if (name !== 'Hono') {
    it('two Authorization headers are seen as two', async () => {
      const token = await issuer.token({ scope: 'api:read' })
      const { request } = await import('node:http')
      const status = await new Promise((resolve, reject) => {
        const headers = [
          'Host',
          'x',
          'Authorization',
          `Bearer ${token}`,
          'Authorization',
          'Bearer y',
          'Connection',
          'close',
        ]
        request(`${base}/v1/things`, { headers }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
      expect(status).toBe(400)
    })
  }
})

describe('protected resource metadata (RFC 9728)', () => {
  it('says what is known and nothing else', () => {
    expect(protectedResourceMetadata({ resource: api, authorizationServers: ['https://as.test'] })).toEqual({
      resource: api,
      authorization_servers: ['https://as.test'],
      bearer_methods_supported: ['header'],
    })
    const all = protectedResourceMetadata({
      resource: api,
      authorizationServers: ['https://as.test'],
      documentation: 'https://api.test/docs',
      dpopRequired: true,
      dpopAlgorithms: ['ES256'],
      certificateRequired: true,
    })
    expect(all).toMatchObject({
      resource_documentation: 'https://api.test/docs',
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: ['ES256'],
      tls_client_certificate_bound_access_tokens: true,
    })
  })

  it('stands between host and path (3.1)', () => {
    const at = '/.well-known/oauth-protected-resource'
    expect(metadataUrl('https://api.test')).toBe(`https://api.test${at}`)
    expect(metadataUrl('https://api.test/')).toBe(`https://api.test${at}`)
    expect(metadataUrl('https://api.test/v1/x?y=1')).toBe(`https://api.test${at}/v1/x?y=1`)
    for (const wrong of ['api', 'urn:api', 'https://api.test#x'])
      expect(() => metadataUrl(wrong)).toThrow(TypeError)
    expect(() => protectedResourceMetadata({ resource: api, authorizationServers: [] })).toThrow(TypeError)
  })
})
