// Introspection (RFC 7662): what those who may ask learn.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { inactive, outcome } from '../support/connected.js'
import { authenticatedPost, codeFlow, type Tokens, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let api: Registered
let person: Person
let tokens: Tokens
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'])
  app = await server.addClient('web')
  api = await server.addClient('service', { resources: ['https://api.test'] })
  person = await server.addUser()
  tokens = await codeFlow(server, createBrowser(server), app, { person, params: { scope: 'openid read' } })
})
afterEach(() => server.close())

async function introspect(
  caller: Registered,
  token: string,
  more: Record<string, string> = {},
): Promise<unknown> {
  const response = await authenticatedPost(server, '/introspect', caller, { token, ...more })
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.json()
}

describe('an access token', () => {
  it('is told to its client and to its API', async () => {
    const expected = {
      active: true,
      iss: server.issuer,
      sub: person.user.sub,
      aud: 'https://api.test',
      client_id: app.client.id,
      token_type: 'Bearer',
      scope: 'openid read',
      iat: server.clock.now,
      exp: server.clock.now + 300,
      acr: 'urn:grantor:acr:pwd',
      amr: ['pwd'],
    }
    expect(await introspect(app, tokens.access_token)).toMatchObject(expected)
    expect(await introspect(api, tokens.access_token)).toMatchObject(expected)
    expect(await introspect(api, tokens.access_token, { token_type_hint: 'refresh_token' })).toMatchObject(
      expected,
    )
  })

  it('PC13: has the username of the user, for clients that an administrator registered', async () => {
    const username = person.user.username
    for (const caller of [app, api])
      expect(await introspect(caller, tokens.access_token)).toMatchObject({ username })
    expect(await introspect(app, tokens.refresh_token ?? '')).toMatchObject({ active: true, username })
    const service = await server.addClient('service', { resources: ['https://api.test'] })
    const own = await tokensOf(await tokenRequest(server, service, { grant_type: 'client_credentials' }))
    const told = await introspect(service, own.access_token)
    expect(told).toMatchObject({ active: true, sub: service.client.id })
    expect(told).not.toHaveProperty('username')
  })

  it('PC13: has it for a client that registered itself only where the user has allowed profile', async () => {
    const self = await server.addClient('web', {}, { verified: false })
    for (const [scope, username] of [
      ['openid', undefined],
      ['openid profile', person.user.username],
    ] as const) {
      const params = { scope, prompt: 'consent' }
      const got = await codeFlow(server, createBrowser(server), self, { person, params })
      for (const token of [got.access_token, got.refresh_token ?? '']) {
        const { active, username: said } = (await introspect(self, token)) as Record<string, unknown>
        expect([active, said], scope).toEqual([true, username])
      }
    }
  })

  it('dies on the second', async () => {
    server.clock.advance(299)
    expect(await introspect(app, tokens.access_token)).toMatchObject({ active: true })
    server.clock.advance(1)
    expect(await introspect(app, tokens.access_token)).toEqual(inactive)
  })
})

describe('a refresh token', () => {
  it('is told to its own client, and showing it is not using it', async () => {
    const spa = await server.addClient('spa')
    const got = await codeFlow(server, createBrowser(server), spa, { person })
    const first = got.refresh_token ?? ''
    const confidential = tokens.refresh_token ?? ''
    expect(await introspect(app, confidential)).toMatchObject({ active: true, client_id: app.client.id })
    expect(await introspect(api, confidential)).toEqual(inactive)
    expect(await introspect(app, first)).toEqual(inactive)
    server.clock.advance(40 * 86_400)
    expect(await introspect(app, confidential)).toEqual(inactive)
  })
})

describe('the caller', () => {
  it('sends a token', async () => {
    expect(await outcome(await authenticatedPost(server, '/introspect', api, {}))).toBe('400 invalid_request')
  })
})
