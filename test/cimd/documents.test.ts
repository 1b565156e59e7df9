// Client ID Metadata Documents: how long one is believed, what a person sees of it, and what is left of it here.
import { beforeEach, describe, expect, it } from 'vitest'
import { freshness } from '../../src/clients/freshness.js'
import { createBrowser } from '../support/browser.js'
import { aDocument, createWorld } from '../support/client-documents.js'
import { authorizeUrl, claimsOf, codeFlow, getCode, redeem, refresh, walk } from '../support/flow.js'
import { closedAfterEach } from '../support/opened.js'
import { createTestServer, type Person, type ServerOptions, type TestServer } from '../support/server.js'

const keep = closedAfterEach()
const start = async (options: ServerOptions = {}): Promise<TestServer> =>
  keep(await createTestServer({ cheapPasswords: true, fetch: world.fetch, ...options }))

const url = 'https://tools.test/client.json'
let world: ReturnType<typeof createWorld>
let server: TestServer
let person: Person
beforeEach(async () => {
  world = createWorld()
  server = await start()
  person = await server.addUser()
})

/** A request for what cannot end in a page of ours unless the app is not known. */
const ask = async (app = world.publish(url)) => {
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app).url)
  return browser
}

describe('how long a document is believed', () => {
  it.each<[number, Record<string, string>]>([
    [300, {}],
    [60, { 'cache-control': 'max-age=0' }],
    [60, { 'cache-control': 'no-store' }],
    [60, { 'cache-control': 'public, no-cache, max-age=600' }],
    [600, { 'cache-control': 'public, max-age=600' }],
    [600, { 'cache-control': 'MAX-AGE="600"' }],
    [500, { 'cache-control': 'max-age=600', age: '100' }],
    [60, { 'cache-control': 'max-age=600', age: '9999' }],
    [86_400, { 'cache-control': 'max-age=31536000, immutable' }],
    [300, { 'cache-control': 'max-age=-1' }],
    [300, { 'cache-control': 'max-age=tomorrow' }],
    [300, { 'cache-control': 's-maxage=7' }],
  ])('%i s for %o', (seconds, headers) => {
    expect(freshness(headers)).toBe(seconds)
  })

  it('so long it is not asked for, and after it is', async () => {
    const app = world.publish(url, {}, { 'cache-control': 'max-age=100' })
    await ask(app)
    server.clock.advance(99)
    await ask(app)
    expect(world.asked).toEqual([url])
    server.clock.advance(1)
    await ask(app)
    expect(world.asked).toEqual([url, url])
  })

  it('not beyond that when its host is gone: the person is told', async () => {
    const app = world.publish(url)
    await ask(app)
    world.answer(url, { refused: 'timeout', why: 'x' })
    server.clock.advance(301)
    expect((await ask(app)).view.heading).toBe('This app could not be checked')
  })
})

describe('the person', () => {
  it('sees the host of the document, that nobody has checked the app, and where the answer goes', async () => {
    const browser = await ask(world.publish(url, { client_name: 'Your Bank' }))
    await browser.signIn(person)
    const { heading, text } = browser.view
    expect(heading).toBe('Allow Your Bank to access your account?')
    expect(text).toContain('tools.test')
    expect(text).toContain('Nobody has checked who is behind this app')
    expect(text).toContain('an app on this computer')
    expect(text).toContain('You will be asked every time')
  })

  it('finds it under connected apps, and can end it there', async () => {
    const app = world.publish(url)
    const browser = createBrowser(server)
    const tokens = await codeFlow(server, browser, app, {
      person,
      params: { scope: 'openid offline_access' },
    })
    await browser.open('/account/connections')
    expect(browser.view.text).toContain('Orchard Tools')
    expect(browser.view.text).toContain('tools.test')
    await browser.submit({}, 'Disconnect')
    expect(browser.view.text).toContain('Orchard Tools is disconnected')
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(400)
  })

  it('PC13: with a document that a database cannot hold, tells the developer so', async () => {
    const app = world.publish(url)
    const bytes = Buffer.from(JSON.stringify(aDocument(url, { contacts: ['x\u0000'] })))
    world.answer(url, { status: 200, headers: { 'content-type': 'application/json' }, bytes })
    expect((await ask(app)).view.text).toContain('the document holds a NUL or half of a surrogate pair')
  })

  it('with a document that cannot be read, is told what to do, and the developer what was wrong', async () => {
    const app = world.publish(url)
    const bytes = Buffer.from(JSON.stringify(aDocument(url, { client_name: 'x\u0000' })))
    world.answer(url, { status: 200, headers: { 'content-type': 'application/json' }, bytes })
    const { view } = await ask(app)
    expect(view.text).toContain('You were not signed in; nothing was shared.')
    expect(view.text).toContain('client_name: has control or invisible characters')
    expect(view.text).toContain('Try again')
  })
})

describe('what is left here', () => {
  it('nothing until a person says yes', async () => {
    const app = world.publish(url)
    const browser = await ask(app)
    await browser.signIn(person)
    expect(await server.deps.store.clients.list({ limit: 10 })).toEqual([])
    await browser.deny()
    expect(await server.deps.store.clients.list({ limit: 10 })).toEqual([])
    await getCode(server, createBrowser(server), app, { person })
    expect(await server.deps.store.clients.list({ limit: 10 })).toMatchObject([{ id: url, verified: false }])
  })

  it('a row for as long as a connection can last, and no longer', async () => {
    const { store } = server.deps
    await codeFlow(server, createBrowser(server), world.publish(url), { person })
    server.clock.advance(90 * 86_400)
    await store.sweep(server.clock.now, 100)
    expect(await store.clients.find(url)).toBeDefined()
    server.clock.advance(3 * 86_400)
    await store.sweep(server.clock.now, 100)
    expect(await store.clients.find(url)).toBeUndefined()
    const again = await codeFlow(server, createBrowser(server), world.publish(url), { person })
    expect(claimsOf(again.access_token).client_id).toBe(url)
  })

  it('the newest that a person has agreed to', async () => {
    await getCode(server, createBrowser(server), world.publish(url), { person })
    server.clock.advance(400)
    const redirect_uris = ['https://tools.test/callback']
    await getCode(server, createBrowser(server), world.publish(url, { redirect_uris }), { person })
    expect(await server.deps.store.clients.find(url)).toMatchObject({
      kind: 'web',
      metadata: { redirect_uris, application_type: 'web' },
    })
  })

  it('enough to refresh while its host is gone', async () => {
    const app = world.publish(url)
    const tokens = await codeFlow(server, createBrowser(server), app, {
      person,
      params: { scope: 'openid offline_access' },
    })
    world.answer(url, { refused: 'unreachable', why: 'x' })
    server.clock.advance(86_400 + 1)
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(200)
  })

  it('on one node is there on the other', async () => {
    const other = await start({ store: server.deps.store })
    const app = world.publish(url)
    const browser = createBrowser(server)
    const got = await getCode(server, browser, app, { person })
    const tokens = await redeem(other, app, got)
    expect(claimsOf(tokens.access_token)).toMatchObject({ client_id: url, iss: server.issuer })
  })
})

it('an ordinary client costs what it did: no address is asked for', async () => {
  const { client } = await server.addClient('web')
  expect(await server.deps.clients.find(client.id, () => '')).toBe(
    await server.deps.store.clients.find(client.id),
  )
  expect(await server.deps.clients.find('c_nobody', () => 'unknown')).toBeUndefined()
  expect(world.asked).toEqual([])
})

it('is announced unless it is off (RFC 8414)', async () => {
  const flag = async (one: TestServer) => {
    const metadata = await one.fetch('/.well-known/oauth-authorization-server')
    return ((await metadata.json()) as Record<string, unknown>).client_id_metadata_document_supported
  }
  expect(await flag(server)).toBe(true)
  expect(await flag(await start({ config: { clientDocuments: ['claude.ai'] } }))).toBe(true)
  expect(await flag(await start({ config: { clientDocuments: 'off' } }))).toBeUndefined()
})

describe('the documents of real apps', () => {
  const port = 49_152 + Math.floor(Math.random() * 16_384)

  it.each<[string, string, Record<string, unknown>, string[]]>([
    [
      'Claude Code',
      'https://claude.ai/oauth/claude-code-client-metadata',
      {
        client_name: 'Claude Code',
        client_uri: 'https://claude.ai',
        redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
      [`http://localhost:${port}/callback`, `http://127.0.0.1:${port}/callback`],
    ],
    [
      'VS Code',
      'https://vscode.dev/oauth/client-metadata.json',
      {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        logo_uri: 'https://code.visualstudio.com/assets/icon.png',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        application_type: 'native',
        redirect_uris: [
          'http://127.0.0.1:33418/',
          'http://127.0.0.1/',
          'https://vscode.dev/redirect',
          'https://insiders.vscode.dev/redirect',
        ],
      },
      ['http://127.0.0.1:33418/', `http://127.0.0.1:${port}/`, 'https://vscode.dev/redirect'],
    ],
    [
      'Codex',
      'https://chatgpt.com/oauth/codex/client.json',
      {
        client_name: 'Codex',
        redirect_uris: ['http://127.0.0.1/callback/abc', 'http://localhost/callback/abc'],
      },
      [`http://127.0.0.1:${port}/callback/abc`],
    ],
    [
      'opencode',
      'https://opencode.ai/oauth/opencode/client.json',
      { client_name: 'OpenCode', redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'] },
      [`http://127.0.0.1:${port}/mcp/oauth/callback`],
    ],
    [
      'Claude on the web',
      'https://claude.ai/oauth/mcp-oauth-client-metadata',
      { client_name: 'Claude', redirect_uris: ['https://claude.ai/api/mcp/auth_callback'] },
      ['https://claude.ai/api/mcp/auth_callback'],
    ],
  ])('%s connects', async (_name, clientId, members, redirects) => {
    await server.addResource('https://mcp.test/mcp', ['tools:call'], { isDefault: true, clients: 'all' })
    const app = world.publish(clientId, members)
    for (const redirect_uri of redirects) {
      const params = { redirect_uri, scope: undefined, nonce: undefined, resource: 'https://mcp.test/mcp' }
      const browser = createBrowser(server)
      const started = authorizeUrl(server, app, params)
      await browser.open(started.url)
      const answer = await walk(browser, person)
      const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
      expect(tokens.refresh_token).toBeDefined()
      expect(claimsOf(tokens.access_token)).toMatchObject({
        aud: 'https://mcp.test/mcp',
        client_id: clientId,
      })
    }
  })
})
