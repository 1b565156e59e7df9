// Owns the proof that the harness of the black-box tests behaves like a browser and like the world.
import * as client from 'openid-client'
import { afterEach, describe, expect, it } from 'vitest'
import { createBrowser } from './support/browser.js'
import { authorizeUrl, claimsOf, codeFlow, getCode, refresh, tokensOf, walk } from './support/flow.js'
import { readDocument } from './support/html.js'
import { createTestServer, type ServerOptions, type TestServer } from './support/server.js'

let server: TestServer
const start = async (options?: ServerOptions) => {
  server = await createTestServer(options)
  return server
}
afterEach(() => server?.close())

describe('the flow', () => {
  it('goes from sign-in to tokens and on to refreshed ones', async () => {
    await start()
    const app = await server.addClient('web')
    const person = await server.addUser()
    const browser = createBrowser(server)
    const tokens = await codeFlow(server, browser, app, {
      person,
      params: { scope: 'openid offline_access' },
    })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ iss: server.issuer, sub: person.user.sub })
    const again = await tokensOf(await refresh(server, app, tokens.refresh_token ?? ''))
    expect(claimsOf(again.access_token)).toMatchObject({ sub: person.user.sub, iat: server.clock.now })
  })

  it.each(['spa', 'native'] as const)('works for a %s client with form_post', async (kind) => {
    await start({ cheapPasswords: true })
    const app = await server.addClient(kind)
    const person = await server.addUser({ username: 'bob', password: 'a password of his own' })
    const params = { response_mode: 'form_post' }
    const { code, answer } = await getCode(server, createBrowser(server), app, { person, params })
    expect(code).toMatch(/./)
    expect(answer.get('iss')).toBe(server.issuer)
  })

  it.each(['https://as.test', 'https://as.test/tenant', 'http://localhost:9000'])(
    'satisfies openid-client at %s',
    async (issuer) => {
      await start({ issuer })
      const app = await server.addClient('web')
      const person = await server.addUser()
      const authentication = client.ClientSecretBasic(app.secret)
      const config = await client.discovery(new URL(issuer), app.client.id, {}, authentication, {
        [client.customFetch]: server.fetch,
        execute: [client.allowInsecureRequests],
      })
      const pkceCodeVerifier = client.randomPKCECodeVerifier()
      const expectedState = client.randomState()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: 'https://app.test/cb',
        scope: 'openid',
        state: expectedState,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      })
      const browser = createBrowser(server)
      await browser.open(url)
      await walk(browser, person)
      const back = browser.view.left?.url ?? new URL('about:blank')
      const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState })
      expect(tokens.claims()?.sub).toBe(person.user.sub)
    },
  )
})

describe('the browser', () => {
  it('keeps its sign-in, forgets it with its cookies, and shares it between tabs', async () => {
    await start()
    const app = await server.addClient('web')
    const person = await server.addUser()
    const browser = createBrowser(server)
    await codeFlow(server, browser, app, { person })
    const { url } = authorizeUrl(server, app)
    expect((await browser.newTab().open(url)).left?.params.get('code')).toMatch(/./)
    expect((await createBrowser(server).open(url)).heading).toBe('Sign in')
    browser.forgetCookies()
    expect((await browser.open(url)).heading).toBe('Sign in')
  })

  it('sends no Lax cookies with a POST from another site, and says where it comes from', async () => {
    await start()
    const browser = createBrowser(server)
    browser.setCookie('x', 'y')
    const seen: (string | null)[][] = []
    server.fetchFrom = async (_, request) => {
      seen.push(['cookie', 'origin', 'sec-fetch-site'].map((name) => request.headers.get(name)))
      return new Response('')
    }
    await browser.open('/')
    await browser.post('/', {})
    await browser.post('/', {}, { from: 'https://evil.test' })
    await browser.open('/', { from: 'https://evil.test' })
    expect(seen).toEqual([
      ['x=y', null, 'none'],
      ['x=y', server.issuer, 'same-origin'],
      [null, 'https://evil.test', 'cross-site'],
      ['x=y', null, 'cross-site'],
    ])
  })

  it('lets cookies go when their time has come', async () => {
    await start()
    const browser = createBrowser(server)
    const setCookie = (value: string) => async () => new Response('', { headers: { 'Set-Cookie': value } })
    server.fetchFrom = setCookie('a=1; Path=/; Max-Age=60')
    await browser.open('/')
    expect(browser.cookies).toEqual({ a: '1' })
    server.clock.advance(60)
    server.fetchFrom = setCookie('b=1; Path=/; Max-Age=0')
    await browser.open('/')
    expect(browser.cookies).toEqual({})
    server.fetchFrom = setCookie('__Host-a=1; Path=/')
    await expect(browser.open('/')).rejects.toThrow('refuse the cookie')
  })

  it('obeys form-action through redirects, as Chromium does', async () => {
    await start()
    const browser = createBrowser(server)
    const page =
      (policy: string) =>
      async (_: string, { method }: Request) =>
        method === 'GET'
          ? new Response('<form method="post" action="/"></form>', {
              headers: { 'Content-Security-Policy': policy },
            })
          : new Response('', { status: 303, headers: { Location: 'https://app.test/cb' } })
    server.fetchFrom = page("default-src 'none'; form-action 'self'")
    await browser.open('/')
    await expect(browser.submit()).rejects.toThrow('form-action blocks https://app.test/cb')
    for (const policy of ["form-action 'self' https://app.test", "default-src 'none'"]) {
      server.fetchFrom = page(policy)
      await browser.open('/')
      expect((await browser.submit()).left?.url.href).toBe('https://app.test/cb')
    }
  })
})

describe('the reader of pages', () => {
  it('sees headings, fields and buttons', () => {
    const html = `<main><h1>A &amp; <bdi>B</bdi></h1><form method="post" action="/x?a=1&amp;b=2">
      <input type="hidden" name="csrf" value="&quot;t&#39;"/><input type="radio" name="r" value="1"/>
      <input type="radio" name="r" value="2" checked=""/><input name="u"/><input name="off" disabled=""/>
      <button name="decision" value="deny">No <b>thanks</b></button></form></main>`
    const { heading, forms } = readDocument(html, 'https://as.test/page')
    expect(heading).toBe('A & B')
    expect(forms).toEqual([
      {
        method: 'POST',
        action: 'https://as.test/x?a=1&b=2',
        fields: { csrf: `"t'`, r: '2', u: '' },
        inputs: ['r', 'u'],
        buttons: [{ name: 'decision', value: 'deny', text: 'No thanks' }],
      },
    ])
  })
})
