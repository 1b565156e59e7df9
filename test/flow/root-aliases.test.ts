// The addresses that clients guess at the root of the host, where the issuer has a path (MCP 2025-03-26).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { createProver } from '../support/dpop.js'
import { authorizeUrl, walk } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let person: Person
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true, issuer: 'https://as.test/tenant' })
  app = await server.addClient('native', { redirect_uris: ['http://127.0.0.1/cb'] })
  person = await server.addUser()
})
afterAll(() => server.close())

describe('a client that guesses', () => {
  it('gets its code and its token as if it had asked below the issuer', async () => {
    const browser = createBrowser(server)
    const { url, verifier, redirectUri } = authorizeUrl(server, app)
    const guessed = new URL(url)
    expect(guessed.pathname).toBe('/tenant/authorize')
    guessed.pathname = '/authorize'
    await browser.open(guessed.href)
    expect(browser.view.url.pathname).toMatch(/^\/tenant\/login\//)
    const answer = await walk(browser, person)
    expect(answer.get('iss')).toBe('https://as.test/tenant')
    const response = await server.fetch('https://as.test/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://inspector.test' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: answer.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirectUri,
        client_id: app.client.id,
      }).toString(),
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) })
  })

  it('proves its key for the address that it asks, and for no other', async () => {
    const prover = createProver(server)
    const service = await server.addClient('service')
    await prover.learnNonce(service)
    const ask = async (htu: string) => {
      const fetch = (_: string | URL | Request, init?: object) => server.fetch('https://as.test/token', init)
      const at = { ...server, fetch }
      const grant = { grant_type: 'client_credentials' }
      return prover.post(service, grant, await prover.proof('/token', { htu }), at)
    }
    expect(await (await ask('https://as.test/token')).json()).toMatchObject({ token_type: 'DPoP' })
    const other = await ask('https://as.test/tenant/token')
    expect(other.status).toBe(400)
    expect(await other.json()).toMatchObject({ error: 'invalid_dpop_proof' })
  })

  it.each([
    ['POST', 400],
    ['GET', 405],
    ['OPTIONS', 204],
  ])('%s is answered as below the issuer: %i', async (method, status) => {
    for (const place of ['', '/tenant']) {
      const response = await server.fetch(`https://as.test${place}/token`, { method })
      expect(response.status, place).toBe(status)
      expect(response.headers.get('access-control-allow-origin'), place).toBe('*')
    }
  })

  it('finds nothing else at the root', async () => {
    for (const path of ['/userinfo', '/revoke', '/jwks', '/login/x', '/account'])
      expect((await server.fetch(`https://as.test${path}`)).status, path).toBe(404)
  })
})
