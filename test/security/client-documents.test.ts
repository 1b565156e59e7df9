// Apps that nobody registered, named by the address of a document (docs/threats.md RG06, RG10 to RG12, SS01 to SS06).
import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetched, FetchRefusal } from '../../src/outbound/guarded-fetch.js'
import { createBrowser } from '../support/browser.js'
import {
  aDocument,
  appOfDocument,
  createWorld,
  type Host,
  type Members,
  sendJson,
  startHost,
} from '../support/client-documents.js'
import { outcome } from '../support/connected.js'
import { askAnyhow, deviceGrant } from '../support/device.js'
import { authorizeUrl, codeFlow, getCode, refresh, walk } from '../support/flow.js'
import { closedAfterEach } from '../support/opened.js'
import { createTestServer, type Person, type ServerOptions, type TestServer } from '../support/server.js'

const keep = closedAfterEach()

const start = async (options: ServerOptions = {}) =>
  keep(await createTestServer({ cheapPasswords: true, ...options }))

/** The page that an app with this client_id leads to. */
async function visit(server: TestServer, clientId: string, redirect = 'http://127.0.0.1:7777/callback') {
  const app = appOfDocument(aDocument(clientId))
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app, { redirect_uri: redirect, nonce: undefined }).url)
  return browser.view
}

const unchecked = 'This app could not be checked'

describe('RG10: a client_id that is no usable URL', () => {
  it.each([
    'http://app.test/client.json',
    'https://app.test',
    'https://app.test?x=/',
    'https://me@app.test/client.json',
    'https://me:you@app.test/client.json',
    'https://@app.test/client.json',
    'https://app.test/client.json#',
    'https://app.test/client.json#top',
    'https://app.test/a/../client.json',
    'https://app.test/./client.json',
    'https://app.test/a/%2e%2E/client.json',
    'https://app.test\\client.json',
    'https://APP.test/client.json',
    'https://app.test:443/client.json',
    'https://b\u00fccher.test/client.json',
    'https://app.test/a b',
    'https://',
    'https:///client.json',
    `https://app.test/${'x'.repeat(2000)}`,
  ])('%s is a page, and nobody is asked', async (clientId) => {
    const world = createWorld()
    const server = await start({ fetch: world.fetch })
    world.publish(clientId)
    const view = await visit(server, clientId)
    expect({ status: view.status, heading: view.heading, left: view.left }).toEqual({
      status: 400,
      heading: unchecked,
      left: undefined,
    })
    expect(world.asked).toEqual([])
  })

  it.each(['https://app.test/', 'https://app.test:8443/client.json', 'https://app.test/client?v=2'])(
    '%s is one',
    async (clientId) => {
      const world = createWorld()
      const server = await start({ fetch: world.fetch })
      world.publish(clientId)
      expect((await visit(server, clientId)).url.pathname).toMatch(/^\/login\//)
    },
  )
})

describe('RG10: what is published there', () => {
  let host: Host
  let server: TestServer
  let person: Person
  beforeEach(async () => {
    host = keep(await startHost((response) => sendJson(response, aDocument(host.url))))
    server = await start({ issuer: 'http://localhost:9000' })
    person = await server.addUser()
  })

  const members = (more: Members) => () => {
    host.state.answer = (response) => sendJson(response, aDocument(host.url, more))
  }
  const status = (code: number, headers: Record<string, string>) => () => {
    host.state.answer = (response) => {
      const body = JSON.stringify(aDocument(host.url))
      response.writeHead(code, { 'Content-Type': 'application/json', ...headers }).end(body)
    }
  }
  const raw =
    (body: string, type = 'application/json') =>
    () => {
      host.state.answer = (response) => void response.writeHead(200, { 'Content-Type': type }).end(body)
    }

  it.each<[string, () => void]>([
    ['404', status(404, {})],
    ['500', status(500, {})],
    ['201', status(201, {})],
    ['a redirect', status(302, { Location: 'http://127.0.0.1:1/client.json' })],
    ['HTML', raw('<!doctype html>', 'text/html')],
    ['JSON that says it is HTML', () => raw(JSON.stringify(aDocument(host.url)), 'text/html')()],
    ['no JSON', raw('{"client_id":')],
    ['a list', raw('[]')],
    ['null', raw('null')],
    ['more than 5 KB', members({ padding: 'x'.repeat(5120) })],
    ['another client_id', members({ client_id: 'https://app.test/client.json' })],
    ['its client_id with another spelling', () => members({ client_id: `${host.url}?` })()],
    ['no client_id', members({ client_id: undefined })],
    ['a client_id that is a list of it', () => members({ client_id: [host.url] })()],
    ['a client_secret', members({ client_secret: 'x' })],
    ['an empty client_secret', members({ client_secret: null })],
    ['client_secret_expires_at', members({ client_secret_expires_at: 0 })],
    ['client_secret_basic', members({ token_endpoint_auth_method: 'client_secret_basic' })],
    ['client_secret_post', members({ token_endpoint_auth_method: 'client_secret_post' })],
    ['client_secret_jwt', members({ token_endpoint_auth_method: 'client_secret_jwt' })],
    ['no redirect URIs', members({ redirect_uris: undefined })],
    ['an empty list of them', members({ redirect_uris: [] })],
    ['a redirect URI over plain http', members({ redirect_uris: ['http://app.test/callback'] })],
    ['one that runs', members({ redirect_uris: ['javascript:alert(1)'] })],
    ['one that is no text', members({ redirect_uris: [7] })],
    ['RG06: a name that hides', members({ client_name: 'Orchard\u202eslooT' })],
    ['RG06: a name with a line break', members({ client_name: 'Orchard\nVerified' })],
    ['RG03: a home that runs', members({ client_uri: 'javascript:alert(1)' })],
    ['RG03: a logo of data', members({ logo_uri: 'data:image/png,x' })],
  ])('%s: a page, and the next try is a new one', async (_what, publish) => {
    publish()
    const view = await visit(server, host.url)
    expect({ status: view.status, heading: view.heading, left: view.left }).toEqual({
      status: 400,
      heading: unchecked,
      left: undefined,
    })
    expect(view.text).not.toContain('Orchard')
    members({})()
    expect((await visit(server, host.url)).url.pathname).toMatch(/^\/login\//)
  })

  it('PO04: a scheme that only an administrator registers is left out, and alone refused', async () => {
    members({ redirect_uris: ['myapp:/cb', 'cursor://cb'] })()
    expect((await visit(server, host.url, 'cursor://cb')).url.pathname).toMatch(/^\/login\//)
    const view = await visit(server, host.url, 'myapp:/cb')
    expect(view.status).toBe(400)
    expect(view.text).toContain('only an administrator registers the scheme myapp')
    server.clock.advance(301)
    members({ redirect_uris: ['myapp:/cb'] })()
    expect((await visit(server, host.url, 'myapp:/cb')).text).toContain('only an administrator registers')
  })

  it('RG04: what is not its own to say is passed over', async () => {
    members({
      skip_consent: true,
      verified: true,
      scope: 'openid',
      grant_types: ['client_credentials', 'authorization_code'],
    })()
    const browser = createBrowser(server)
    await getCode(server, browser, appOfDocument(aDocument(host.url)), { person })
    const row = await server.deps.store.clients.find(host.url)
    expect(row).toMatchObject({
      verified: false,
      metadata: { skip_consent: false, grant_types: ['authorization_code'] },
    })
    expect(row?.metadata.scope).toBeUndefined()
  })

  it('RG04: shows no codes of devices', async () => {
    members({ grant_types: ['authorization_code', deviceGrant] })()
    const app = appOfDocument(aDocument(host.url))
    expect(await outcome(await askAnyhow(server, app))).toBe('400 unauthorized_client')
  })

  it('SS05: closed, silent, refused and 404 look the same', async () => {
    const texts = new Set<string>()
    const look = async (clientId: string) => {
      const { text, status } = await visit(server, clientId)
      texts.add(`${status} ${text.replaceAll(clientId, 'URL').replace(/Request ID\s*\S+/, '')}`)
    }
    status(404, {})()
    await look(host.url)
    await look('https://10.0.0.1/client.json')
    await look('https://nobody.invalid/client.json')
    const closed = keep(await startHost(() => {}))
    await closed.close()
    await look(closed.url)
    expect(texts.size).toBe(1)
  })

  it('SS01: nobody here is asked where this is not development', async () => {
    const elsewhere = await start()
    for (const clientId of [`https://127.0.0.1:${host.port}/client.json`, `https://localhost:${host.port}/c`])
      expect((await visit(elsewhere, clientId)).heading).toBe(unchecked)
    expect((await visit(elsewhere, host.url)).heading).toBe(unchecked)
    expect(host.state.connections).toBe(0)
  })

  it.each(['127.0.0.1', 'app.internal', 'logout=127.0.0.1', 'keys=app.internal'])(
    'PO02: %s in GRANTOR_FETCH_ALLOW opens nothing to the addresses of documents',
    async (entry) => {
      const config = { fetchAllow: [entry] }
      const elsewhere = await start({ config, lookup: async () => ['127.0.0.1'] })
      const id = `https://app.internal:${host.port}/client.json`
      expect((await visit(elsewhere, id)).heading).toBe(unchecked)
      expect(host.state.connections).toBe(0)
      const open = await start({
        config: { fetchAllow: ['documents=app.internal'] },
        lookup: async () => ['127.0.0.1'],
      })
      await visit(open, id)
      expect(host.state.connections).toBeGreaterThan(0)
    },
  )

  it('SS02: a name that leads here, at once or the second time', async () => {
    const answers = [['93.184.216.34', '127.0.0.1'], ['127.0.0.1']]
    const elsewhere = await start({ lookup: async () => answers.shift() ?? ['127.0.0.1'] })
    for (let tries = 0; tries < 3; tries++)
      expect((await visit(elsewhere, `https://rebind.test:${host.port}/client.json`)).heading).toBe(unchecked)
    expect(host.state.connections).toBe(0)
  })

  it('SS06: fifty at once ask once', async () => {
    const held: (() => void)[] = []
    host.state.answer = (response) => void held.push(() => sendJson(response, aDocument(host.url)))
    const all = Promise.all(Array.from({ length: 50 }, () => visit(server, host.url)))
    await expect.poll(() => held.length).toBe(1)
    for (const answer of held) answer()
    for (const view of await all) expect(view.url.pathname).toMatch(/^\/login\//)
    expect(host.state.asked).toBe(1)
  })

  it('SS06: a host is not asked more than thirty times a minute for one sender, whatever the URLs', async () => {
    host.state.answer = (response) => void response.writeHead(404).end()
    const headings: string[] = []
    for (let tries = 0; tries < 32; tries++)
      headings.push((await visit(server, `${host.url}?${tries}`)).heading)
    expect(headings.slice(0, 30)).toEqual(Array(30).fill(unchecked))
    expect(headings.at(-1)).not.toBe(unchecked)
    expect(host.state.asked).toBe(30)
    server.clock.advance(61)
    expect((await visit(server, host.url)).heading).toBe(unchecked)
    expect(host.state.asked).toBe(31)
  })

  it('EX04: another sender is not stopped by the first one', async () => {
    host.state.answer = (response) => void response.writeHead(404).end()
    for (let tries = 0; tries < 30; tries++) await visit(server, `${host.url}?${tries}`)
    expect((await visit(server, `${host.url}?x`)).status).toBe(429)
    host.state.answer = (response) => sendJson(response, aDocument(host.url))
    const { url } = authorizeUrl(server, appOfDocument(aDocument(host.url)))
    const elsewhere = await server.fetchFrom('198.51.100.1', new Request(url))
    expect(elsewhere.headers.get('location')).toContain('/authorize/')
  })

  it('EX04: twenty hosts that hang do not stop the next one', async () => {
    const hosts = await Promise.all(Array.from({ length: 20 }, () => startHost(() => {})))
    const waiting = hosts.map(({ url }) => visit(server, url))
    await expect.poll(() => hosts.every(({ state }) => state.asked === 1)).toBe(true)
    expect((await visit(server, host.url)).url.pathname).toMatch(/^\/login\//)
    await Promise.all(hosts.map((one) => one.close()))
    for (const view of await Promise.all(waiting)) expect(view.heading).toBe(unchecked)
  })

  it('SS06: of one host no more than two are asked for at once', async () => {
    host.state.answer = () => {}
    const waiting = [1, 2].map((n) => visit(server, `${host.url}?${n}`))
    await expect.poll(() => host.state.asked).toBe(2)
    expect((await visit(server, `${host.url}?3`)).status).toBe(429)
    expect(host.state.asked).toBe(2)
    await host.close()
    for (const view of await Promise.all(waiting)) expect(view.heading).toBe(unchecked)
  })
})

it('EX04: every request is counted for the client address that caused it, also where a page only names the app', async () => {
  const world = createWorld()
  const counted: string[] = []
  const server = await start({
    fetch: (url, options) => {
      if ('countedBy' in options.requester) counted.push(options.requester.countedBy)
      return world.fetch(url, options)
    },
  })
  const url = 'https://app.test/client.json'
  const app = world.publish(url)
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app, { redirect_uri: 'http://127.0.0.1/callback' }).url)
  const { pathname } = browser.view.url
  // The page of an interaction that has expired, and of one that another browser began.
  server.clock.advance(1200)
  expect((await browser.reload()).status).toBe(400)
  server.clock.advance(590)
  expect((await createBrowser(server).open(pathname)).status).toBe(400)
  expect(counted).toHaveLength(3)
  expect(new Set(counted).size).toBe(1)
})

describe('RG11: a document that changes', () => {
  const url = 'https://app.test/client.json'
  const redirect_uri = 'https://app.test/callback'
  let world: ReturnType<typeof createWorld>
  let server: TestServer
  let person: Person
  beforeEach(async () => {
    world = createWorld()
    server = await start({ fetch: world.fetch })
    person = await server.addUser()
  })

  it.each<[string, Members]>([
    ['its name', { client_name: 'Orchard Bank' }],
    ['its redirect URIs', { redirect_uris: ['https://app.test/callback', 'https://evil.test/callback'] }],
  ])('while the person reads the page: %s. The answer does not count', async (_what, change) => {
    const app = world.publish(url, { redirect_uris: [redirect_uri] })
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(person)
    expect(browser.view.heading).toBe('Allow Orchard Tools to access your account?')
    world.publish(url, { redirect_uris: [redirect_uri], ...change })
    server.clock.advance(301)
    await browser.allow()
    expect(browser.view.left).toBeUndefined()
    expect(browser.view.heading).toMatch(/^Allow Orchard/)
    expect(await server.deps.store.clients.find(url)).toBeUndefined()
    await browser.allow()
    expect(browser.view.left?.params.has('code')).toBe(true)
  })

  it('is asked about each time; it renews in silence only as the user has allowed it (CF07)', async () => {
    const app = world.publish(url, { redirect_uris: [redirect_uri] })
    const browser = createBrowser(server)
    await getCode(server, browser, app, { person })
    await browser.open(authorizeUrl(server, app).url)
    expect(browser.view.heading).toBe('Allow Orchard Tools to access your account?')
    const silently = async () => (await browser.open(authorizeUrl(server, app, { prompt: 'none' }).url)).left
    server.clock.advance(1)
    const bob = await server.addUser({ username: 'bob' })
    await getCode(server, createBrowser(server), app, { person: bob })
    expect((await silently())?.params.has('code')).toBe(true)
    const changes = [
      { redirect_uris: [redirect_uri, 'https://app.test/other'] },
      { redirect_uris: [redirect_uri], client_name: 'Orchard Bank' },
    ]
    for (const change of changes) {
      world.publish(url, change)
      server.clock.advance(301)
      expect(await silently()).toBeUndefined()
      expect(browser.view.status).toBe(400)
    }
    await getCode(server, createBrowser(server), app, { person: bob })
    expect(await silently()).toBeUndefined()
    await getCode(server, browser, app)
    expect((await silently())?.params.has('code')).toBe(true)
  })

  it('to leave out where an answer was to go: nobody is sent there', async () => {
    const app = world.publish(url, { redirect_uris: [redirect_uri] })
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    world.publish(url, { redirect_uris: ['https://app.test/other'] })
    server.clock.advance(301)
    await browser.signIn(person)
    expect(browser.view.left).toBeUndefined()
    expect(browser.view.status).toBe(400)
  })
})

describe('EX04: an app that a person has let in, while its document cannot be had', () => {
  const url = 'https://app.test/client.json'
  let world: ReturnType<typeof createWorld>
  let server: TestServer
  beforeEach(async () => {
    world = createWorld()
    server = await start({ fetch: world.fetch })
    const person = await server.addUser()
    await getCode(server, createBrowser(server), world.publish(url), { person })
    server.clock.advance(301)
  })
  const document = (status: number, body: unknown = aDocument(url)) => {
    const headers = { 'content-type': 'application/json' }
    return { status, headers, bytes: Buffer.from(JSON.stringify(body)) }
  }

  it.each<[string, Fetched | FetchRefusal]>([
    ['over its limit', { refused: 'busy', why: 'x' }],
    ['out of reach', { refused: 'unreachable', why: 'x' }],
    ['too slow for us', { refused: 'timeout', why: 'x' }],
    ['broken', document(500)],
  ])('EX04: %s: served from the last good one', async (_how, answer) => {
    world.answer(url, answer)
    expect((await visit(server, url)).url.pathname).toMatch(/^\/login\//)
    const stranger = 'https://app.test/other.json'
    world.answer(stranger, answer)
    expect((await visit(server, stranger)).status, 'and no other app').toBeGreaterThanOrEqual(400)
  })

  it('EX04: slow: served from the last good one within a second or so', async () => {
    world.hang(url)
    const began = performance.now()
    expect((await visit(server, url)).url.pathname).toMatch(/^\/login\//)
    // Three requests of one visit wait once.
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('EX04: slow, and then a fault of ours: nobody is left to hear of it, and the server goes on', async () => {
    let fail = (_error: Error) => {}
    world.hang(url, new Promise<never>((_resolve, reject) => (fail = reject)))
    expect((await visit(server, url)).url.pathname).toMatch(/^\/login\//)
    fail(new Error('a fault'))
    await new Promise((resolve) => setImmediate(resolve))
    expect((await visit(server, url)).status).toBeGreaterThanOrEqual(200)
  })

  it.each<[string, Fetched]>([
    ['withdrawn', document(404)],
    ['gone', document(410)],
    ['of another app', document(200, aDocument('https://app.test/other.json'))],
  ])('EX04: %s: not served any more', async (_how, answer) => {
    world.answer(url, answer)
    expect((await visit(server, url)).heading).toBe(unchecked)
  })

  it('EX04: the last good one is the newest that was read, not the one that was agreed to', async () => {
    world.publish(url, { redirect_uris: ['https://app.test/new'] })
    expect((await visit(server, url, 'https://app.test/new')).url.pathname).toMatch(/^\/login\//)
    server.clock.advance(301)
    world.answer(url, { refused: 'unreachable', why: 'x' })
    expect((await visit(server, url, 'https://app.test/new')).url.pathname).toMatch(/^\/login\//)
  })
})

it('EX04: five hundred documents are kept, and the oldest goes first', async () => {
  const world = createWorld()
  const server = await start({ fetch: world.fetch })
  const url = (n: number) => `https://app${n}.test/client.json`
  for (let n = 0; n <= 500; n++) {
    world.publish(url(n))
    await server.deps.clients.current(url(n), () => '')
  }
  await server.deps.clients.current(url(500), () => '')
  expect(world.asked).toHaveLength(501)
  await server.deps.clients.current(url(0), () => '')
  expect(world.asked).toHaveLength(502)
})

describe('RG12: what an administrator has made', () => {
  const url = 'https://app.test/client.json'

  it('is not touched by a document of its name', async () => {
    const world = createWorld()
    const server = await start({ fetch: world.fetch })
    const { client } = await server.addClient('web')
    world.publish(url, { client_id: client.id })
    expect((await visit(server, url)).heading).toBe(unchecked)
    expect(await server.deps.store.clients.find(client.id)).toEqual(client)
  })

  it('disabled stays disabled, whatever is published', async () => {
    const world = createWorld()
    const server = await start({ fetch: world.fetch })
    const app = world.publish(url)
    const person = await server.addUser()
    const tokens = await codeFlow(server, createBrowser(server), app, { person })
    await server.deps.store.clients.setDisabled(url, true, server.clock.now)
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(401)
    world.publish(url, { client_name: 'Orchard Reborn' })
    server.clock.advance(400)
    expect((await visit(server, url)).heading).toBe('This app is switched off')
  })

  it('policy off or another host: nobody is asked, and what was let in before is out', async () => {
    const world = createWorld()
    const folder = await start({ fetch: world.fetch })
    const { store } = folder.deps
    const app = world.publish(url)
    const person = await folder.addUser()
    const tokens = await codeFlow(folder, createBrowser(folder), app, { person })
    const before = world.asked.length
    for (const clientDocuments of ['off' as const, ['other.test', 'test', 'sub.app.test']]) {
      const strict = await start({ fetch: world.fetch, store, config: { clientDocuments } })
      const view = await visit(strict, url)
      expect({ status: view.status, heading: view.heading }).toEqual({
        status: 400,
        heading: 'Apps from this address are not let in',
      })
      expect((await refresh(strict, app, tokens.refresh_token ?? '')).status).toBe(401)
    }
    expect(world.asked.length).toBe(before)
    const open = await start({ fetch: world.fetch, store, config: { clientDocuments: ['app.test'] } })
    const browser = createBrowser(open)
    await browser.open(authorizeUrl(open, app).url)
    expect((await walk(browser, person)).has('code')).toBe(true)
  })
})
