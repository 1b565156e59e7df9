// Every 401 of the server has a challenge (RFC 6749 5.2, RFC 6750 3, RFC 9110 15.5.2).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assertionOf, assertionType, signing } from '../support/assertion.js'
import { type Endpoint, endpointsOf } from '../support/endpoints.js'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer
let endpoints: Endpoint[]
let attempts: { readonly headers: Record<string, string>; readonly fields: Record<string, string> }[]

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  endpoints = await endpointsOf(server)
  const web = await server.addClient('web')
  const app = await server.addClient('spa')
  const service = await server.addClient('service', signing())
  const client_assertion = await assertionOf(server, service, { claims: { aud: 'https://other.test' } })
  const client_id = web.client.id
  const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  attempts = [
    { headers: {}, fields: {} },
    { headers: {}, fields: { client_id } },
    { headers: {}, fields: { client_id: 'nobody' } },
    { headers: {}, fields: { client_id, client_secret: 'wrong' } },
    { headers: {}, fields: { client_id: app.client.id, token: 'x', grant_type: 'client_credentials' } },
    { headers: {}, fields: { client_assertion, client_assertion_type: assertionType } },
    { headers: basic('nobody:x'), fields: {} },
    { headers: basic(`${client_id}:wrong`), fields: {} },
    { headers: { Authorization: 'Basic !' }, fields: {} },
    { headers: { Authorization: 'Bearer x' }, fields: {} },
    { headers: { Authorization: 'DPoP x', DPoP: 'x' }, fields: {} },
    { headers: { Authorization: 'Negotiate x' }, fields: {} },
    { headers: {}, fields: { access_token: 'x' } },
  ]
})
afterAll(() => server.close())

it('PC04: every route answers 401 with WWW-Authenticate, whatever the credentials', async () => {
  const unauthorized = new Set<string>()
  let sender = 0
  for (const { route, methods, at } of endpoints) {
    for (const method of methods) {
      for (const { headers, fields } of attempts) {
        const path = at(() => 'x'.repeat(16))
        const query = method === 'GET' ? `?${new URLSearchParams(fields)}` : ''
        const body = method === 'GET' ? {} : { body: new URLSearchParams(fields) }
        // Each from an address of its own, so that no rate limit answers instead.
        const address = `198.51.${sender >> 8}.${sender++ & 255}`
        const request = new Request(server.issuer + path + query, { method, headers, ...body })
        const response = await server.fetchFrom(address, request)
        await response.body?.cancel()
        if (response.status !== 401) continue
        unauthorized.add(route)
        const challenge = response.headers.get('www-authenticate')
        expect(challenge, `${method} ${route} ${JSON.stringify([headers, fields])}`).toMatch(
          /^(Basic realm="|Bearer|DPoP )/,
        )
      }
    }
  }
  for (const route of [
    '/token',
    '/par',
    '/introspect',
    '/revoke',
    '/userinfo',
    '/device_authorization',
    '/register',
    '/register/:client',
    '/status-lists/:list/events',
  ])
    expect([...unauthorized]).toContain(route)
})
