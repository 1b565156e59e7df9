// The token endpoint (OAuth 2.1 3.2): what it answers, and the grant that needs no person.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { atOnce, outcome, userinfoStatus } from '../support/connected.js'
import { claimsOf, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read', 'write'])
  await server.addResource('https://other.test', ['list', 'read'])
  service = await server.addClient('service', { resources: ['https://api.test'] })
})
afterEach(() => server.close())

const ask = (params: Record<string, string | string[]>, as = service) => tokenRequest(server, as, params)

describe('a token request', () => {
  it('is answered with JSON that no cache keeps, for every origin', async () => {
    const response = await ask({ grant_type: 'client_credentials', scope: 'read' })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    const tokens = await tokensOf(response)
    expect(Object.keys(tokens).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'read' })
  })

  it('quotes nothing that a header or a log could not hold', async () => {
    const response = await ask({ grant_type: 'client_credentials', scope: 'é"\\\n' })
    const body = (await response.json()) as Record<string, string>
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(body.request_id).toMatch(/^[0-9A-Za-z]{16}$/)
    expect(server.log.join('')).toContain(body.request_id)
  })
})

describe('client_credentials', () => {
  it('is for the one resource of the client, with its own subject', async () => {
    const { access_token } = await tokensOf(await ask({ grant_type: 'client_credentials' }))
    const claims = claimsOf(access_token)
    const { id } = service.client
    expect(claims).toMatchObject({ aud: 'https://api.test', sub: id, client_id: id, scope: 'read write' })
  })

  it('takes an origin with and without its slash, and names it as registered', async () => {
    const response = await ask({ grant_type: 'client_credentials', resource: 'https://api.test/' })
    expect(claimsOf((await tokensOf(response)).access_token).aud).toBe('https://api.test')
  })

  it('is for one resource at a time', async () => {
    const free = await server.addClient('service')
    const resource = ['https://api.test', 'https://other.test']
    expect(await outcome(await ask({ grant_type: 'client_credentials', resource }, free))).toBe(
      '400 invalid_target',
    )
    const scope = 'read'
    expect(await outcome(await ask({ grant_type: 'client_credentials', scope }, free))).toBe(
      '400 invalid_scope',
    )
  })

  it('belongs to a grant: revoking it ends the tokens so far and no later ones', async () => {
    const token = async () => (await tokensOf(await ask({ grant_type: 'client_credentials' }))).access_token
    const jtiOf = (text: string) => String(claimsOf(text).jti).split('.')[0] ?? ''
    const first = await token()
    expect(jtiOf(await token())).toBe(jtiOf(first))
    await server.deps.store.grants.revoke(jtiOf(first), server.clock.now, 'test')
    const later = await token()
    expect(jtiOf(later)).not.toBe(jtiOf(first))
    expect(await userinfoStatus(server, first)).toBe(401)
  })

  it('of a new client fifty times at once settles on one grant', async () => {
    const answers = await atOnce(async () => tokensOf(await ask({ grant_type: 'client_credentials' })))
    const settled = claimsOf((await tokensOf(await ask({ grant_type: 'client_credentials' }))).access_token)
    const [grantId] = String(settled.jti).split('.')
    for (const { access_token } of answers)
      expect(String(claimsOf(access_token).jti).split('.')[0]).toBe(grantId)
  })
})
