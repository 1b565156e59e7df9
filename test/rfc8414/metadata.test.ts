// Published metadata and keys (RFC 8414, OIDC Discovery, RFC 7517): true in every place where clients look.
import { importJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestServer, type ServerOptions, type TestServer } from '../support/server.js'

let server: TestServer
const start = async (options: ServerOptions = {}) => {
  server = await createTestServer({ cheapPasswords: true, ...options })
  return server
}
afterEach(() => server.close())

const at = (path: string, init?: RequestInit) => server.fetch(server.config.issuerOrigin + path, init)
const metadata = async () =>
  (await (await server.fetch('/.well-known/openid-configuration')).json()) as Record<string, unknown>

describe('the metadata', () => {
  it.each([
    ['https://as.test', ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']],
    [
      'https://as.test/tenant/a',
      [
        '/.well-known/openid-configuration/tenant/a',
        '/.well-known/oauth-authorization-server/tenant/a',
        '/tenant/a/.well-known/openid-configuration',
        '/tenant/a/.well-known/oauth-authorization-server',
      ],
    ],
  ])('of %s is the same in every place', async (issuer, paths) => {
    await start({ issuer })
    const texts = await Promise.all(
      paths.map(async (path) => {
        const response = await at(path)
        expect([response.status, response.headers.get('content-type')], path).toEqual([
          200,
          'application/json',
        ])
        expect(response.headers.get('access-control-allow-origin')).toBe('*')
        expect(response.headers.get('cache-control')).toBe('public, max-age=300')
        return response.text()
      }),
    )
    expect(new Set(texts).size).toBe(1)
    expect(JSON.parse(texts[0] ?? '').issuer).toBe(issuer)
  })

  it('is not where another issuer’s would be', async () => {
    await start({ issuer: 'https://as.test/tenant' })
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/other',
    ]) {
      const response = await at(path, { headers: { Accept: 'text/html' } })
      expect([response.status, response.headers.get('content-type')], path).toEqual([404, 'application/json'])
    }
  })

  it.each(['oidc', 'oauth2'] as const)('satisfies oauth4webapi as %s', async (algorithm) => {
    for (const issuer of ['https://as.test', 'https://as.test/tenant']) {
      await start({ issuer })
      const url = new URL(issuer)
      const response = await oauth.discoveryRequest(url, { algorithm, [oauth.customFetch]: server.fetch })
      expect((await oauth.processDiscoveryResponse(url, response)).issuer).toBe(issuer)
    }
  })

  it('advertises nothing that is not served, and no one else’s', async () => {
    await start({ issuer: 'https://as.test/tenant' })
    const urls = Object.entries(await metadata()).filter(([name]) => /_endpoint$|_uri$/.test(name))
    expect(urls.length).toBeGreaterThan(6)
    for (const [name, url] of urls) {
      expect(String(url).startsWith(`${server.issuer}/`), name).toBe(true)
      const get = await server.fetch(String(url))
      const post = await server.fetch(String(url), { method: 'POST' })
      expect([get.status, post.status], name).not.toContain(404)
      expect(
        [get.status, post.status].some((status) => status !== 405),
        name,
      ).toBe(true)
    }
  })

  it('says what clients would otherwise guess wrongly, and never null or nothing', async () => {
    await start()
    const published = await metadata()
    const proving = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt']
    const assertionAlgs = ['HS256', 'ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA']
    expect(published).toMatchObject({
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
      token_endpoint_auth_methods_supported: [...proving, 'none'],
      introspection_endpoint_auth_methods_supported: proving,
      revocation_endpoint_auth_methods_supported: [...proving, 'none'],
      token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
      introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
      revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      request_uri_parameter_supported: false,
      request_parameter_supported: true,
      claims_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      subject_types_supported: ['public'],
    })
    expect(published.id_token_signing_alg_values_supported).toContain('RS256')
    expect(published.userinfo_signing_alg_values_supported).toEqual(
      published.id_token_signing_alg_values_supported,
    )
    const text = JSON.stringify(published)
    for (const never of ['null', '[]', '""', '"plain"', '"token"', 'implicit', 'password'])
      expect(text.includes(never), never).toBe(false)
    const withNone = Object.keys(published).filter((name) => [published[name]].flat().includes('none'))
    expect(withNone.map((name) => name.replace(/_supported$/, '')).sort()).toEqual([
      'prompt_values',
      'revocation_endpoint_auth_methods',
      'token_endpoint_auth_methods',
    ])
    expect(published.id_token_signing_alg_values_supported).not.toContain('none')
  })

  it('EX08: lists the scopes of OpenID Connect alone, and the open APIs as they are now', async () => {
    await start()
    const before = await server.fetch('/.well-known/openid-configuration')
    const etag = before.headers.get('etag') ?? ''
    const known = await server.fetch('/.well-known/openid-configuration', {
      headers: { 'If-None-Match': etag },
    })
    expect([known.status, await known.text()]).toEqual([304, ''])
    await server.addResource('https://api.test', ['read'], { clients: 'all' })
    server.clock.advance(1)
    expect(await metadata()).toMatchObject({
      scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
      protected_resources: ['https://api.test'],
    })
    const changed = await server.fetch('/.well-known/openid-configuration', {
      headers: { 'If-None-Match': etag },
    })
    expect(changed.status).toBe(200)
  })

  it('EX08: stays under 64 kB with 3,000 APIs of five scopes, and with the longest identifiers', async () => {
    await start()
    const { length: small } = JSON.stringify(await metadata())
    const add = (n: number, clients: 'all' | 'registered', path = '') =>
      server.addResource(
        `https://api${n}.example.test/${path}`,
        ['read', 'write', 'list', 'delete', 'admin'].map((verb) => `api${n}:${verb}`),
        { clients },
      )
    const length = async () => {
      server.clock.advance(1)
      return JSON.stringify(await metadata()).length
    }
    for (let n = 0; n < 2900; n++) await add(n, 'registered')
    expect(await length()).toBe(small)
    for (let n = 2900; n < 3000; n++) await add(n, 'all')
    expect(await length()).toBeLessThan(65_536)
    expect((await metadata()).protected_resources).toHaveLength(100)
    await add(3000, 'all')
    expect(await length()).toBe(small)
    for (let n = 2920; n < 3001; n++) {
      await server.deps.store.resources.remove(`https://api${n}.example.test/`, 0)
      if (n < 2950) await add(n, 'all', 'x'.repeat(2000))
    }
    expect(await length()).toBe(small)
  })
})

describe('the keys', () => {
  it('are public, one per algorithm, cacheable, with an entity tag [JW12]', async () => {
    await start()
    const response = await server.fetch('/jwks')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const { keys } = (await response.json()) as { keys: Record<string, string>[] }
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256'])
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(4)
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
        expect(key).not.toHaveProperty(secret)
      expect(key.use).toBe('sig')
      expect(await importJWK(key)).toBeDefined()
    }
    for (const tag of [response.headers.get('etag') ?? '', `"other", W/${response.headers.get('etag')}`]) {
      const known = await server.fetch('/jwks', { headers: { 'If-None-Match': tag } })
      expect([known.status, await known.text()]).toEqual([304, ''])
    }
  })
})
