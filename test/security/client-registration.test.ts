// Apps that register themselves, and what strangers try with that (docs/threats.md RG01 to RG09, RG12).
import { beforeEach, describe, expect, it } from 'vitest'
import { withdraw } from '../../src/clients/clients.js'
import { makeInvitation } from '../../src/crypto/client-registration.js'
import { createBrowser } from '../support/browser.js'
import { createWorld } from '../support/client-documents.js'
import { outcome } from '../support/connected.js'
import { askAnyhow, deviceGrant } from '../support/device.js'
import { authorizeUrl, codeFlow, exchange, getCode, refresh, tokenRequest } from '../support/flow.js'
import { closedAfterEach } from '../support/opened.js'
import {
  appOf,
  type Information,
  manage,
  minimal,
  postRegistration,
  registerApp,
} from '../support/registration.js'
import { createTestServer, type ServerOptions, type TestServer } from '../support/server.js'

const keep = closedAfterEach()
const start = async (options: ServerOptions = {}): Promise<TestServer> =>
  keep(await createTestServer({ cheapPasswords: true, ...options }))
let server: TestServer
beforeEach(async () => {
  server = await start()
})

const refused = async (body: unknown, headers: Record<string, string> = {}) =>
  outcome(await postRegistration(server, body, headers))
const rows = () => server.deps.store.clients.list({ limit: 1000 })

describe('RG01: who may register', () => {
  it('nobody where it is off, which it is unless said', async () => {
    const closed = await start({ config: { clientRegistration: 'off' } })
    expect((await postRegistration(closed, minimal)).status).toBe(404)
    const metadata = await (await closed.fetch('/.well-known/openid-configuration')).json()
    expect(metadata).not.toHaveProperty('registration_endpoint')
  })

  it('with a token where one is asked for: as often as it says, as long as it says, and only what we made', async () => {
    const { store } = server.deps
    const invited = await start({ store, config: { clientRegistration: 'token' } })
    const { secrets, random, now } = invited.deps
    const make = (id: string, uses: number, exp = now() + 60) =>
      `Bearer ${makeInvitation(secrets, { id, uses, exp }, random)}`
    const by = async (Authorization?: string) =>
      outcome(await postRegistration(invited, minimal, Authorization ? { Authorization } : {}))
    expect(await by()).toBe('401 invalid_token')
    expect(await by('Bearer gi_x')).toBe('401 invalid_token')
    expect(await by('Basic Z2k6eA==')).toBe('401 invalid_token')
    const token = make('one', 2)
    expect(await by(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBe('401 invalid_token')
    expect(await by(make('old', 2, now()))).toBe('401 invalid_token')
    const all = await Promise.all(Array.from({ length: 20 }, () => by(token)))
    expect(all.filter((one) => one.startsWith('201'))).toHaveLength(2)
    expect(await rows()).toHaveLength(2)
    expect(await by(token)).toBe('401 invalid_token')
    const gone = make('gone', 2)
    await store.revokedTokens.add('gone', now() + 60)
    expect(await by(gone)).toBe('401 invalid_token')
  })

  it('a token is not spent on what is refused', async () => {
    const invited = await start({ config: { clientRegistration: 'token' } })
    const { secrets, random, now } = invited.deps
    const Authorization = `Bearer ${makeInvitation(secrets, { id: 'x', uses: 1, exp: now() + 60 }, random)}`
    expect((await postRegistration(invited, {}, { Authorization })).status).toBe(400)
    expect((await postRegistration(invited, minimal, { Authorization })).status).toBe(201)
  })

  it('a bad token is refused where none is needed', async () => {
    expect(await refused(minimal, { Authorization: 'Bearer x' })).toBe('401 invalid_token')
  })
})

describe('RG02, RU08 to RU10: redirect URIs', () => {
  it.each([
    'http://app.test/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'https://app.test/cb#',
    'https://me@app.test/cb',
    'https://app.test/../cb',
    'https://*.app.test/cb',
    'https://app.test/cb?code=1',
    '/cb',
    '',
    'https://',
    'https://app.test:99999/',
    `https://app.test/${'x'.repeat(2048)}`,
  ])('%s is refused, alone and beside a good one', async (uri) => {
    expect(await refused({ ...minimal, redirect_uris: [uri] })).toBe('400 invalid_redirect_uri')
    const beside = ['http://127.0.0.1/callback', uri]
    expect(await refused({ ...minimal, redirect_uris: beside })).toBe('400 invalid_redirect_uri')
    expect(await refused({ ...minimal, post_logout_redirect_uris: [uri] })).toBe('400 invalid_redirect_uri')
  })

  it.each([[undefined], [null], [[]], ['http://127.0.0.1/'], [[7]], [{ 0: 'http://127.0.0.1/' }], [[null]]])(
    '%j is no list of them',
    async (redirect_uris) => {
      expect(await refused({ ...minimal, redirect_uris })).toBe('400 invalid_client_metadata')
    },
  )
})

describe('PO04: schemes of native apps that register themselves', () => {
  const loopback = 'http://127.0.0.1/callback'
  const allowed = [
    'com.example.app:/cb',
    'org.example-app.x2://cb',
    ...['cursor', 'vscode', 'vscode-insiders', 'windsurf', 'zed'].map((scheme) => `${scheme}://host/cb`),
  ]

  it('PO04, RU10: reverse domain names, and those of well-known editors', async () => {
    const made = await registerApp(server, { ...minimal, redirect_uris: allowed })
    expect(made).toMatchObject({ redirect_uris: allowed, application_type: 'native' })
  })

  it.each(['myapp:/cb', 'slack://cb', 'web+app:/cb', 'com.:/cb', '.com:/cb', 'com..app:/cb', 'com.app-:/cb'])(
    'PO04, RU10: %s alone is refused, with the way out',
    async (uri) => {
      const response = await postRegistration(server, { ...minimal, redirect_uris: [uri] })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        error: 'invalid_redirect_uri',
        ...(/^[a-z]/.test(uri) && { error_description: expect.stringContaining('only an administrator') }),
      })
    },
  )

  it('PO04: among good ones it is left out, and the 201 says which are left (RFC 7591 3.2.1)', async () => {
    const redirect_uris = ['myapp:/cb', loopback, 'slack://cb', 'cursor://cb']
    const out = ['myapp:/out', 'com.example.app:/out']
    const made = await registerApp(server, { ...minimal, redirect_uris, post_logout_redirect_uris: out })
    expect(made).toMatchObject({
      redirect_uris: [loopback, 'cursor://cb'],
      post_logout_redirect_uris: ['com.example.app:/out'],
    })
    const client = await server.deps.clients.find(made.client_id, () => '')
    expect(client?.metadata.redirect_uris).toEqual([loopback, 'cursor://cb'])
    const changed = await manage(server, made, 'PUT', {
      ...minimal,
      client_id: made.client_id,
      redirect_uris,
    })
    expect(await changed.json()).toMatchObject({ redirect_uris: [loopback, 'cursor://cb'] })
  })

  it('PO04: what is wrong in another way is refused beside good ones, as before', async () => {
    for (const uri of ['javascript:alert(1)', 'myapp:', 'MYAPP:/cb', 'myapp:/cb?code=1'])
      expect(await refused({ ...minimal, redirect_uris: [loopback, uri] }), uri).toBe(
        '400 invalid_redirect_uri',
      )
  })

  it('PO04: an app that asks for one it could not register is told why', async () => {
    const app = appOf(await registerApp(server))
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app, { redirect_uri: 'myapp:/cb' }).url)
    expect(browser.view.text).toContain('only an administrator registers the scheme myapp')
  })

  it('PO04: GRANTOR_NATIVE_SCHEMES says which, also of what was sealed before', async () => {
    const { store } = server.deps
    const startAt = server.clock.now
    const open = await start({ store, startAt, config: { nativeSchemes: ['myapp'] } })
    const made = await registerApp(open, { ...minimal, redirect_uris: ['myapp:/cb', 'com.example.app:/cb'] })
    expect(made.redirect_uris).toEqual(['myapp:/cb', 'com.example.app:/cb'])
    const alone = await registerApp(open, { ...minimal, redirect_uris: ['myapp:/cb'] })
    expect(await refused({ ...minimal, redirect_uris: ['cursor://cb'] })).toMatch(/^201/)
    const strict = await start({ store, config: { nativeSchemes: [] } })
    const found = await strict.deps.clients.find(made.client_id, () => '')
    expect(found?.metadata.redirect_uris).toEqual(['com.example.app:/cb'])
    expect(await strict.deps.clients.find(alone.client_id, () => '')).toBeUndefined()
  })
})

it.each(['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'])(
  'RG03: %s that runs is refused',
  async (member) => {
    for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'file:///x', '//x', 7])
      expect(await refused({ ...minimal, [member]: uri }), String(uri)).toBe('400 invalid_client_metadata')
  },
)

describe('RG04: what is not an app\u2019s own to say', () => {
  it('is passed over', async () => {
    const asked = {
      ...minimal,
      skip_consent: true,
      require_second_factor: true,
      rotate_refresh_token: false,
      resources: ['https://api.test'],
      scope: 'admin',
      verified: true,
      disabled: false,
      kind: 'service',
      client_id: 'demo-web',
      client_secret: 'mine',
      id: 'demo-web',
      ownGrantId: 'x',
      grant_types: ['authorization_code', 'client_credentials', 'password', 'implicit'],
    }
    const made = await registerApp(server, asked)
    expect(made.client_id).toMatch(/^dcr_/)
    expect(made.grant_types).toEqual(['authorization_code'])
    for (const member of ['client_secret', 'skip_consent', 'scope', 'resources', 'verified', 'kind'])
      expect(made, member).not.toHaveProperty(member)
    const client = await server.deps.clients.find(made.client_id, () => '')
    expect(client).toMatchObject({ verified: false, metadata: { skip_consent: false } })
    expect(client?.metadata.rotate_refresh_token).toBeUndefined()
  })

  it('tokens in its own name are for no app that registered itself', async () => {
    const app = appOf(await registerApp(server, { redirect_uris: ['https://app.test/cb'] }))
    expect(await outcome(await tokenRequest(server, app, { grant_type: 'client_credentials' }))).toBe(
      '400 unauthorized_client',
    )
    expect(await refused({ ...minimal, grant_types: ['client_credentials'] })).toBe(
      '400 invalid_client_metadata',
    )
    expect(await refused({ ...minimal, response_types: ['token'] })).toBe('400 invalid_client_metadata')
  })

  it('codes for devices neither: there is no address that says who shows them', async () => {
    const grant_types = ['authorization_code', deviceGrant]
    const made = await registerApp(server, { ...minimal, grant_types })
    expect(made.grant_types).toEqual(['authorization_code'])
    expect(await outcome(await askAnyhow(server, appOf(made)))).toBe('400 unauthorized_client')
  })

  it('leave to go without PKCE is refused, so that its maker hears of it now', async () => {
    expect(await refused({ ...minimal, require_pkce: false })).toBe('400 invalid_client_metadata')
  })

  it('PKCE and consent stay', async () => {
    const app = appOf(await registerApp(server))
    const person = await server.addUser()
    const browser = createBrowser(server)
    await getCode(server, browser, app, { person })
    await browser.open(authorizeUrl(server, app).url)
    expect(browser.view.text).toContain('Nobody has checked who is behind this app')
    const plain = authorizeUrl(server, app, { code_challenge: undefined }).url
    expect((await browser.open(plain)).left?.params.get('error')).toBe('invalid_request')
  })
})

describe('RG05: too much, and too strange', () => {
  it.each<[string, unknown, number]>([
    ['a megabyte', `{"x":"${'x'.repeat(1_000_000)}"}`, 413],
    [
      'a thousand URIs',
      { redirect_uris: Array.from({ length: 1000 }, (_, n) => `https://a.test/${n}`) },
      400,
    ],
    ['ten thousand that are none', { redirect_uris: Array(10_000).fill(1) }, 400],
    ['more than an id can hold', { ...minimal, contacts: Array.from({ length: 10 }, () => noise(200)) }, 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['a text', '"x"', 400],
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['deep', `{"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400],
    ['bytes that are no UTF-8', '{"client_name":"\ufffd"}', 400],
    ['NUL', { ...minimal, client_name: 'a\0b' }, 400],
    ['half a surrogate pair', '{"redirect_uris":["http://127.0.0.1/"],"client_name":"\\ud800"}', 400],
    ['numbers for texts', { ...minimal, client_name: 7 }, 400],
  ])('%s is refused, in few words', async (_what, body, status) => {
    const response = await postRegistration(server, body)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    const text = await response.text()
    expect(text.length).toBeLessThan(4000)
    expect(JSON.parse(text)).toMatchObject({
      error: expect.any(String),
      error_description: expect.any(String),
    })
  })

  it('names of what every object has change nothing', async () => {
    const body = `{"__proto__":{"client_name":"x","verified":true},"constructor":{"prototype":{"polluted":1}},
      "toString":"x","hasOwnProperty":"x","redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"none"}`
    const made = await registerApp(server, body)
    expect(made.client_name).not.toBe('x')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).verified).toBeUndefined()
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'as %j is refused',
    async (type) => {
      expect(await refused(minimal, { 'Content-Type': type })).toBe('400 invalid_request')
    },
  )
})

it.each(['Orchard\u202eslooT', 'Or\u200bchard', 'a\nb', 'a\u2028b', '\u0007'])(
  'RG06: the name %j is refused',
  async (client_name) => {
    expect(await refused({ ...minimal, client_name })).toBe('400 invalid_client_metadata')
  },
)

it('RG06: markup in a name is text, and the host stands beside it', async () => {
  const client_name = '<b>Your Bank</b>'
  const app = appOf(await registerApp(server, { client_name, redirect_uris: ['https://evil.test/cb'] }))
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app).url)
  await browser.signIn(await server.addUser())
  expect(browser.view.text).toContain(client_name)
  expect(browser.view.html).not.toContain('<b>Your')
  expect(browser.view.text).toContain('evil.test')
})

describe('RG07: the token for a registration', () => {
  it('is good for that one alone', async () => {
    const [a, b] = [await registerApp(server), await registerApp(server)]
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const crossed = { ...b, registration_access_token: a.registration_access_token }
      const body = method === 'PUT' ? { ...minimal, client_id: b.client_id } : undefined
      expect(await outcome(await manage(server, crossed, method, body)), method).toBe('401 invalid_token')
      const none = await server.fetch(b.registration_client_uri, { method })
      expect(none.status).toBe(401)
      expect(none.headers.get('www-authenticate')).toBe('Bearer')
    }
    expect((await manage(server, b, 'GET')).status).toBe(200)
  })

  it('is good for no client of an administrator', async () => {
    const { client } = await server.addClient('web')
    const { registration_access_token } = await registerApp(server)
    const asked = { headers: { Authorization: `Bearer ${registration_access_token}` } }
    expect((await server.fetch(`/register/${client.id}`, asked)).status).toBe(401)
  })

  it('is worth nothing once the client is gone, with a row or without', async () => {
    const person = await server.addUser()
    for (const used of [false, true]) {
      const made = await registerApp(server)
      const app = appOf(made)
      const browser = createBrowser(server)
      const tokens = used ? await codeFlow(server, browser, app, { person }) : undefined
      expect((await manage(server, made, 'DELETE')).status).toBe(204)
      for (const method of ['GET', 'DELETE']) expect((await manage(server, made, method)).status).toBe(401)
      const again = { ...minimal, client_id: made.client_id }
      expect((await manage(server, made, 'PUT', again)).status).toBe(401)
      await browser.open(authorizeUrl(server, app).url)
      expect(browser.view.heading).toBe('This app is not known here')
      const refreshed = await refresh(server, app, tokens?.refresh_token ?? 'x')
      expect(await outcome(refreshed)).toBe('401 invalid_client')
    }
  })

  it('a deletion while the person reads the page wins', async () => {
    const person = await server.addUser()
    const made = await registerApp(server)
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, appOf(made)).url)
    await browser.signIn(person)
    await manage(server, made, 'DELETE')
    await browser.allow()
    expect(browser.view.left).toBeUndefined()
    expect(await rows()).toEqual([])
  })

  it('a deletion between finding an app and letting it in wins too', async () => {
    const { clients, store } = server.deps
    const { client_id } = await registerApp(server)
    const found = await clients.find(client_id, () => '')
    await withdraw(store, client_id, server.clock.now)
    if (found) await clients.keep(found)
    expect(found).toBeDefined()
    expect(await rows()).toEqual([])
    expect(await clients.find(client_id, () => '')).toBeUndefined()
  })

  it('enables no client that an administrator has disabled', async () => {
    const person = await server.addUser()
    const made = await registerApp(server)
    await getCode(server, createBrowser(server), appOf(made), { person })
    await server.deps.store.clients.setDisabled(made.client_id, true, server.clock.now)
    const change = { ...minimal, client_id: made.client_id, disabled: false }
    for (const [method, body] of [['GET'], ['PUT', change], ['DELETE']] as const)
      expect((await manage(server, made, method, body)).status, method).toBe(403)
    expect(await server.deps.store.clients.find(made.client_id)).toMatchObject({ disabled: true })
  })
})

it('RG08: a sector_identifier_uri that lacks a redirect is refused', async () => {
  const world = createWorld()
  const reading = await start({ fetch: world.fetch })
  const uri = 'https://sector.test/uris.json'
  const [one, two] = ['https://app.test/cb', 'https://app.test/other']
  const ask = async (sector_identifier_uri: unknown) =>
    outcome(await postRegistration(reading, { redirect_uris: [one, two], sector_identifier_uri }))
  const list = (...uris: unknown[]) =>
    world.answer(uri, { status: 200, headers: {}, bytes: Buffer.from(JSON.stringify(uris)) })
  expect(await ask(uri)).toBe('400 invalid_client_metadata')
  list(one)
  expect(await ask(uri)).toBe('400 invalid_client_metadata')
  world.answer(uri, { status: 200, headers: {}, bytes: Buffer.from('{') })
  expect(await ask(uri)).toBe('400 invalid_client_metadata')
  for (const bad of ['http://sector.test/', 7, [], 'x'])
    expect(await ask(bad)).toBe('400 invalid_client_metadata')
  list(two, one, 'https://app.test/third')
  expect((await ask(uri)).startsWith('201')).toBe(true)
})

describe('RG09: a flood', () => {
  it('of a thousand leaves no row, and from one address is cut off at a hundred an hour', async () => {
    const statuses: number[] = []
    for (let from = 0; from < 10; from++) {
      for (let n = 0; n < 110; n++) {
        const request = new Request(`${server.issuer}/register`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(minimal),
        })
        const response = await server.fetchFrom(`198.51.100.${from}`, request)
        statuses.push(response.status)
        if (response.status !== 429) continue
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' })
      }
    }
    expect(statuses.filter((status) => status === 201)).toHaveLength(1000)
    expect(statuses.filter((status) => status === 429)).toHaveLength(100)
    expect(await rows()).toEqual([])
    expect(await server.deps.store.audit.list({ limit: 10 })).toEqual([])
    server.clock.advance(3600)
    expect((await postRegistration(server, minimal)).status).toBe(201)
  })

  it('of changes is cut off at a hundred an hour, and changes nothing then', async () => {
    const made = await registerApp(server)
    const change = (client_name: string) =>
      manage(server, made, 'PUT', { ...minimal, client_id: made.client_id, client_name })
    // With its registration these are a hundred.
    for (let n = 1; n < 100; n++) expect((await change(`Name ${n}`)).status).toBe(200)
    const response = await change('One more')
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await outcome(response)).toBe('429 temporarily_unavailable')
    expect(await (await manage(server, made, 'GET')).json()).toMatchObject({ client_name: 'Name 99' })
    server.clock.advance(3600)
    expect((await change('Later')).status).toBe(200)
  })

  it('an app that nobody uses any more is forgotten', async () => {
    const { store } = server.deps
    const made = await registerApp(server)
    await getCode(server, createBrowser(server), appOf(made), { person: await server.addUser() })
    server.clock.advance(366 * 86_400)
    await store.sweep(server.clock.now, 100)
    expect(await rows()).toEqual([])
    expect((await manage(server, made, 'GET')).status).toBe(401)
  })
})

describe('RG12: an id', () => {
  it('that was not made here is no client', async () => {
    const other = await start()
    const made = await registerApp(server)
    const id = made.client_id
    const bent = [
      `${id}A`,
      id.slice(0, -1),
      `dcr_${'A'.repeat(200)}`,
      'dcr_',
      `${id}=`,
      `dcr_${'A'.repeat(9000)}`,
    ]
    for (const one of bent) expect(await other.deps.clients.find(one, () => ''), one).toBeUndefined()
    for (let at = 4; at < id.length; at += 7) {
      const flipped = `${id.slice(0, at)}${id[at] === 'A' ? 'B' : 'A'}${id.slice(at + 1)}`
      expect(await server.deps.clients.find(flipped, () => ''), flipped).toBeUndefined()
    }
  })

  it('is its own, and begins like nobody else\u2019s', async () => {
    const ids = new Set<string>()
    for (let n = 0; n < 20; n++) ids.add((await registerApp(server)).client_id)
    expect(ids.size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^dcr_[\w-]{1,1000}$/)
  })

  it('sealed while registration was open is nobody once it is closed, unless a person let it in', async () => {
    const person = await server.addUser()
    const [used, unused] = [await registerApp(server), await registerApp(server)]
    await getCode(server, createBrowser(server), appOf(used), { person })
    const closed = await start({ store: server.deps.store, config: { clientRegistration: 'token' } })
    expect(await closed.deps.clients.find(used.client_id, () => '')).toBeDefined()
    expect(await closed.deps.clients.find(unused.client_id, () => '')).toBeUndefined()
  })
})

it('RU11: no page of ours leads to where an app says it lives that nobody has checked', async () => {
  const client_uri = 'https://evil.test/home'
  const app = appOf(await registerApp(server, { ...minimal, client_uri, initiate_login_uri: client_uri }))
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app, { redirect_uri: 'http://127.0.0.1/other' }).url)
  expect(browser.view.status).toBe(400)
  expect(browser.view.html).not.toContain('evil.test')
})

it('what was changed does not come back when its row is gone', async () => {
  const { store } = server.deps
  const made = await registerApp(server)
  const change = { ...minimal, client_id: made.client_id, redirect_uris: ['http://127.0.0.1/new'] }
  expect((await manage(server, made, 'PUT', change)).status).toBe(200)
  server.clock.advance(93 * 86_400)
  await store.sweep(server.clock.now, 100)
  expect(await rows()).toEqual([])
  expect(await server.deps.clients.find(made.client_id, () => '')).toBeUndefined()
})

describe('a derived secret', () => {
  const confidential = { redirect_uris: ['https://app.test/cb'] }
  const withSecret = (made: Information, client_secret: string) => appOf({ ...made, client_secret })

  it('is that of one client, and nobody can do without it', async () => {
    const person = await server.addUser()
    const [a, b] = [await registerApp(server, confidential), await registerApp(server, confidential)]
    const got = await getCode(server, createBrowser(server), appOf(a), { person })
    for (const secret of [b.client_secret ?? '', a.registration_access_token, '', 'x'])
      expect(await outcome(await exchange(server, withSecret(a, secret), got))).toBe('401 invalid_client')
    expect((await exchange(server, appOf(a), got)).status).toBe(200)
  })

  it('that was replaced or withdrawn does not come back', async () => {
    const { store } = server.deps
    const made = await registerApp(server, confidential)
    const app = appOf(made)
    await getCode(server, createBrowser(server), app, { person: await server.addUser() })
    await withdraw(store, made.client_id, server.clock.now)
    await store.clients.expireSecrets(made.client_id, '', server.clock.now)
    const ask = async () => outcome(await tokenRequest(server, app, { grant_type: 'x' }))
    expect(await ask()).toBe('401 invalid_client')
    server.clock.advance(93 * 86_400)
    await store.sweep(server.clock.now, 100)
    expect(await rows()).toEqual([])
    expect(await ask()).toBe('401 invalid_client')
  })
})

function noise(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join('')
}
