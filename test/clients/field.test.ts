// Replays what real clients send, as read in their sources and reports, with what they need to get.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import {
  authorizeUrl,
  type Changes,
  claimsOf,
  refresh,
  type Tokens,
  tokenRequest,
  tokensOf,
  walk,
} from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let person: Person
let browser: Browser
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://mcp.test/mcp', ['tools:read', 'tools:call'], {
    isDefault: true,
    clients: 'all',
  })
  await server.addResource('https://plain.test', ['notes:read'], { clients: 'all' })
  await server.addResource('https://slashed.test/', ['mail:read'], { clients: 'all' })
  person = await server.addUser()
})
beforeEach(() => {
  browser = createBrowser(server)
})
afterAll(() => server.close())

/** An app as its makers register it: public, on the person's own machine. */
const register = (...redirect_uris: string[]) => server.addClient('native', { redirect_uris })

/** Claude on the web: public as well, since it registers itself anywhere. */
const hostedUri = 'https://claude.ai/api/mcp/auth_callback'
const registerHosted = () =>
  server.addClient('web', { redirect_uris: [hostedUri], token_endpoint_auth_method: 'none' })

/** Whatever a desktop app got from its operating system. */
const port = 49_152 + Math.floor(Math.random() * 16_384)

type Asked = {
  redirect_uri: string
  scope?: string
  resource?: string
  prompt?: string
  state?: string
}

type Connected = { app: Registered; tokens: Tokens & { refresh_token: string } }

/** The person lets the app in. No nonce, the redirect again at the token endpoint, with `more` beside it. */
async function connect(app: Registered, asked: Asked, more: Changes = {}): Promise<Connected> {
  const params = { scope: undefined, nonce: undefined, state: undefined, ...asked }
  const { url, verifier } = authorizeUrl(server, app, params)
  await browser.open(url)
  const answer = await walk(browser, person)
  const { left } = browser.view
  const place = new URL(left?.url ?? '')
  place.search = ''
  expect(place.href).toBe(new URL(asked.redirect_uri).href)
  expect(answer.get('iss')).toBe(server.issuer)
  expect(answer.get('state')).toBe(asked.state ?? null)
  const response = await tokenRequest(server, app, {
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: asked.redirect_uri,
    ...more,
  })
  const { refresh_token = '', ...tokens } = await tokensOf(response)
  return { app, tokens: { ...tokens, refresh_token } }
}

const refreshed = async ({ app, tokens }: Connected, more: Changes = {}): Promise<Tokens> =>
  tokensOf(await refresh(server, app, tokens.refresh_token, more))

const mcp = { aud: 'https://mcp.test/mcp', scope: 'tools:read tools:call' }

describe('the address that an app is answered at', () => {
  /** Codex names each API that it connects to in its address. */
  const codexId = createHash('sha256')
    .update('https://mcp.test/mcp')
    .digest()
    .subarray(0, 9)
    .toString('base64url')

  it.each([
    ['Claude Code: a random port', ['http://localhost/callback'], `http://localhost:${port}/callback`],
    [
      'Claude Code, registered with the port of that day',
      ['http://localhost:3118/callback'],
      `http://localhost:${port}/callback`,
    ],
    ['Codex', [`http://127.0.0.1/callback/${codexId}`], `http://127.0.0.1:${port}/callback/${codexId}`],
    [
      'opencode, its usual port taken',
      ['http://127.0.0.1:19876/mcp/oauth/callback'],
      `http://127.0.0.1:${port}/mcp/oauth/callback`,
    ],
    ['MCP Inspector', ['http://localhost:6274/oauth/callback'], 'http://localhost:6274/oauth/callback'],
    ['an app on IPv6', ['http://[::1]/callback'], `http://[::1]:${port}/callback`],
  ])('%s', async (_name, registered, redirect_uri) => {
    const { tokens } = await connect(await register(...registered), { redirect_uri, state: 'a' })
    expect(claimsOf(tokens.access_token)).toMatchObject(mcp)
  })

  const vsCode = [
    'https://insiders.vscode.dev/redirect',
    'https://vscode.dev/redirect',
    'http://127.0.0.1/',
    'http://127.0.0.1:33418/',
  ]
  it.each([
    ['its usual port', 'http://127.0.0.1:33418/'],
    ['its usual port, no path', 'http://127.0.0.1:33418'],
    ['another port when that is taken', `http://127.0.0.1:${port}/`],
    ['its web site, from a remote window', 'https://vscode.dev/redirect'],
  ])('VS Code: %s', async (_name, redirect_uri) => {
    const asked = { redirect_uri, resource: 'https://mcp.test/mcp', scope: 'tools:read' }
    const { tokens } = await connect(await register(...vsCode), asked, { resource: asked.resource })
    expect(claimsOf(tokens.access_token)).toMatchObject({ ...mcp, scope: 'tools:read' })
  })

  const cursor = [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://www.cursor.com/agents/mcp/oauth/callback',
    'http://localhost:8787/callback',
  ]
  it.each(cursor)('Cursor, which registers three at once: %s', async (redirect_uri) => {
    const { tokens } = await connect(await register(...cursor), { redirect_uri, state: 'a' })
    expect(claimsOf(tokens.access_token)).toMatchObject(mcp)
  })

  it('hosted apps keep theirs to the letter', async () => {
    const app = await registerHosted()
    const redirect_uri = hostedUri
    const { tokens } = await connect(app, { redirect_uri, state: 'a' })
    expect(claimsOf(tokens.access_token)).toMatchObject(mcp)
    const { url } = authorizeUrl(server, app, { redirect_uri: `${redirect_uri}/` })
    expect((await browser.open(url)).status).toBe(400)
  })
})

describe('what the token is for', () => {
  const redirect_uri = `http://localhost:${port}/callback`
  let app: Registered
  beforeAll(async () => {
    app = await register('http://localhost/callback')
  })

  it('neither scope nor resource: the default API with all of its scopes', async () => {
    const { tokens } = await connect(app, { redirect_uri })
    expect(claimsOf(tokens.access_token)).toMatchObject(mcp)
    expect(tokens.scope, 'a client that named none has to be told').toBe(mcp.scope)
  })

  it.each([
    ['https://plain.test', 'https://plain.test', 'notes:read'],
    ['https://plain.test/', 'https://plain.test', 'notes:read'],
    ['https://slashed.test/', 'https://slashed.test/', 'mail:read'],
    ['https://slashed.test', 'https://slashed.test/', 'mail:read'],
    ['https://mcp.test/mcp', 'https://mcp.test/mcp', mcp.scope],
  ])('resource %s without scope: aud is %s, as registered', async (resource, aud, scope) => {
    const connected = await connect(app, { redirect_uri, resource }, { resource })
    expect(claimsOf(connected.tokens.access_token)).toMatchObject({ aud, scope })
    expect(claimsOf((await refreshed(connected, { resource })).access_token)).toMatchObject({ aud, scope })
  })

  it('resource in the link only, or spelled differently at the token endpoint', async () => {
    const resource = 'https://plain.test'
    for (const later of [undefined, `${resource}/`]) {
      const connected = await connect(app, { redirect_uri, resource }, { resource: later })
      expect(claimsOf(connected.tokens.access_token).aud).toBe(resource)
      expect(claimsOf((await refreshed(connected)).access_token).aud).toBe(resource)
    }
  })

  it('a scope alone: the API that has it', async () => {
    const { tokens } = await connect(app, { redirect_uri, scope: 'mail:read' })
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: 'https://slashed.test/', scope: 'mail:read' })
  })

  it('the scopes of both metadata, all at once, with the resource that has two of them', async () => {
    const scopes = async (path: string) =>
      ((await (await server.fetch(path)).json()) as { scopes_supported: string[] }).scopes_supported
    const all = [
      ...(await scopes('/.well-known/oauth-authorization-server')),
      ...(await scopes(`/resource-metadata?resource=${encodeURIComponent(mcp.aud)}`)),
    ]
    const asked = { redirect_uri, resource: mcp.aud, scope: all.join(' '), prompt: 'consent' }
    const { tokens } = await connect(app, asked, { resource: mcp.aud })
    expect(claimsOf(tokens.access_token)).toMatchObject(mcp)
  })

  it('a path that is another: told so at the app, not on a page', async () => {
    const { url } = authorizeUrl(server, app, {
      redirect_uri,
      resource: 'https://mcp.test/mcp/',
      scope: undefined,
    })
    expect((await browser.open(url)).left?.params.get('error')).toBe('invalid_target')
  })
})

describe('a connection that is to last', () => {
  const redirect_uri = `http://localhost:${port}/callback`
  const lasting = { redirect_uri, scope: 'tools:read offline_access', prompt: 'consent', resource: mcp.aud }
  let app: Registered
  beforeAll(async () => {
    app = await register('http://localhost/callback')
  })

  it('offline_access with prompt=consent, as the MCP SDK asks: refused to nobody, asked each time', async () => {
    // An app for which a person is asked once, but for prompt=consent.
    const hosted = await registerHosted()
    const asked = { ...lasting, redirect_uri: hostedUri }
    const { tokens } = await connect(hosted, asked, { resource: mcp.aud })
    expect(tokens.refresh_token).not.toBe('')
    expect(tokens.id_token).toBeUndefined()
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: mcp.aud, scope: 'tools:read' })
    const { prompt, ...quiet } = asked
    expect((await browser.open(authorizeUrl(server, hosted, quiet).url)).left?.params.has('code')).toBe(true)
    await browser.open(authorizeUrl(server, hosted, { ...quiet, prompt }).url)
    expect(browser.view.heading).toBe('Allow A web app to access your account?')
    await connect(app, lasting, { resource: mcp.aud })
  })

  it('refreshes with nothing but the token, and is not narrowed by having once asked for less', async () => {
    const connected = await connect(app, { redirect_uri })
    const less = await refreshed(connected, { scope: 'tools:read', resource: mcp.aud })
    expect(claimsOf(less.access_token)).toMatchObject({ ...mcp, scope: 'tools:read' })
    const again = { app, tokens: { ...less, refresh_token: less.refresh_token ?? '' } }
    expect(claimsOf((await refreshed(again)).access_token)).toMatchObject(mcp)
  })

  it('survives that several processes refresh the one token that they share (Codex, Claude Code)', async () => {
    const connected = await connect(app, lasting)
    const all = await Promise.all([1, 2, 3, 4].map(() => refreshed(connected)))
    expect(new Set(all.map(({ refresh_token }) => refresh_token)).size).toBe(1)
  })

  it('outlives the sign-out in the browser', async () => {
    const connected = await connect(app, { redirect_uri, resource: mcp.aud })
    await browser.open('/end-session')
    await browser.allow()
    expect(claimsOf((await refreshed(connected)).access_token)).toMatchObject(mcp)
  })

  it('tells a dead refresh token and an unknown client apart, as clients act on it', async () => {
    expect(await outcome(await refresh(server, app, 'gone'))).toBe('400 invalid_grant')
    const unknown = { ...app, client: { ...app.client, id: 'c_unknown' } }
    expect(await outcome(await refresh(server, unknown, 'gone'))).toBe('401 invalid_client')
  })
})
