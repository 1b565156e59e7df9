// Metadata of protected resources (RFC 9728): of APIs behind our own host, of others on request, and of our own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metadataAddress } from '../../src/protocol/protected-resource.js'
import { createTestServer, type TestServer } from '../support/server.js'

const wellKnown = '/.well-known/oauth-protected-resource'
const elsewhere = 'https://mcp.test/mcp'

let server: TestServer
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(elsewhere, ['tools:read', 'tools:call'], { clients: 'all' })
  await server.addResource(`${server.issuer}/mcp`, [], { clients: ['c_other'] })
  await server.addResource(`${server.issuer}/mcp?tenant=a`, ['a:read'])
  await server.addResource('https://off.test', [], { disabled: true, clients: 'all' })
})
afterAll(() => server.close())

const get = async (path: string) => {
  const response = await server.fetch(path)
  return { response, body: (await response.json()) as Record<string, unknown> }
}
const asked = (identifier: string) => `/resource-metadata?resource=${encodeURIComponent(identifier)}`

describe('the document', () => {
  it('RFC 9728 2: has the identifier as registered, us, the scopes, and how tokens are sent', async () => {
    const { response, body } = await get(asked(elsewhere))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=/)
    expect(body).toEqual({
      resource: elsewhere,
      resource_name: expect.any(String),
      authorization_servers: [server.issuer],
      scopes_supported: ['tools:read', 'tools:call'],
      bearer_methods_supported: ['header'],
    })
  })

  it('RFC 9728 2: leaves out what it has none of', async () => {
    expect((await get(`${wellKnown}/mcp`)).body).not.toHaveProperty('scopes_supported')
  })

  it('is not sent again to who has it', async () => {
    const { response } = await get(asked(elsewhere))
    const headers = { 'If-None-Match': response.headers.get('etag') ?? '' }
    expect((await server.fetch(asked(elsewhere), { headers })).status).toBe(304)
  })
})

describe('the address', () => {
  it.each([
    ['https://api.test', `https://api.test${wellKnown}`],
    ['https://api.test/', `https://api.test${wellKnown}`],
    ['https://api.test/v1/', `https://api.test${wellKnown}/v1/`],
    ['https://api.test/v1?a=b', `https://api.test${wellKnown}/v1?a=b`],
    ['urn:example:api', undefined],
  ])('RFC 9728 3.1: of %s is %s', (identifier, address) => {
    expect(metadataAddress(identifier)).toBe(address)
  })

  it('RFC 9728 3.1: of an API behind our host is ours, with its query or one that a client added', async () => {
    expect((await get(`${wellKnown}/mcp`)).body).toMatchObject({ resource: `${server.issuer}/mcp` })
    expect((await get(`${wellKnown}/mcp?x=1`)).body).toMatchObject({ resource: `${server.issuer}/mcp` })
    const { body } = await get(`${wellKnown}/mcp?tenant=a`)
    expect(body).toMatchObject({ resource: `${server.issuer}/mcp?tenant=a`, scopes_supported: ['a:read'] })
  })

  it('of the root is that of UserInfo, without offline_access', async () => {
    const { body } = await get(wellKnown)
    expect(body).toMatchObject({ resource: server.issuer, authorization_servers: [server.issuer] })
    expect(body.scopes_supported).toContain('openid')
    expect(body.scopes_supported).not.toContain('offline_access')
  })

  it.each([
    `${wellKnown}/nothing`,
    `${wellKnown}x`,
    `${wellKnown}/https://mcp.test/mcp`,
    asked('https://nobody.test'),
    asked('https://off.test'),
  ])('answers 404 in JSON where nothing is: %s', async (path) => {
    const { response, body } = await get(path)
    expect(response.status).toBe(404)
    expect(body).toMatchObject({ error: 'invalid_request' })
  })

  it('needs to know of which API', async () => {
    const { response, body } = await get('/resource-metadata')
    expect(response.status).toBe(400)
    expect(body).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('resource'),
    })
  })
})

it('EX08: our own metadata lists the APIs that are open to self-registered clients, and no others', async () => {
  const { body } = await get('/.well-known/oauth-authorization-server')
  expect(body.protected_resources).toEqual([elsewhere])
})
