// Policy of APIs: which clients may request tokens for them (PO01), and the scopes of a request that names none (PO09).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Resource } from '../../src/protocol/resource.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { ask, enter, poll } from '../support/device.js'
import { exchangeScene, exchangeToken, stock } from '../support/exchange.js'
import {
  authenticatedPost,
  authorizeUrl,
  type Changes,
  claimsOf,
  codeFlow,
  exchange,
  getCode,
  refresh,
  type Tokens,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { appOf, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { assertionFor, bearer, idJagFor, api as trustedApi, trustingScene } from '../support/trusted.js'

const closed = 'https://closed.test'
const open = 'https://open.test'

let server: TestServer
let person: Person
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(closed, ['closed:read'])
  await server.addResource(open, ['open:read'], { clients: 'all' })
  person = await server.addUser()
})
afterEach(() => server.close())

const change = (facts: Partial<Resource>, identifier = open, on = server) => update(on, identifier, facts)

async function update(on: TestServer, identifier: string, facts: Partial<Resource>): Promise<void> {
  const { resources } = on.deps.store
  const before = await resources.find(identifier)
  await resources.update({ ...(before as Resource), ...facts }, on.clock.now)
}

/** The code of an error, if the description says how to open the API. */
async function told(response: Response, identifier: string): Promise<string> {
  const { error, error_description: text } = (await response.clone().json()) as Record<string, string>
  expect(text).toContain(`grantor resource update ${identifier} --clients`)
  return `${response.status} ${error}`
}

const selfRegistered = async () => appOf(await registerApp(server))

describe('a client that registered itself', () => {
  /** What /authorize says: `login` where it goes on, else its page with the error (RFC 9700 4.11.2). */
  const authorize = async (app: Registered, params: Changes) => {
    const { html, url } = await createBrowser(server).open(authorizeUrl(server, app, params).url)
    return url.pathname.startsWith('/login/') ? 'login' : html
  }

  it('PO01: is refused at /authorize and /par where the API did not open itself, and told how', async () => {
    const app = await selfRegistered()
    for (const params of [{ resource: closed }, { scope: 'closed:read' }]) {
      const error = 'resource' in params ? 'invalid_target' : 'invalid_scope'
      const page = await authorize(app, params)
      expect(page).toContain(error)
      // Whoever guesses at scopes does not learn the address of their API.
      const named = 'resource' in params ? closed : 'API'
      expect(page).toContain(`grantor resource update ${named} --clients all`)
      const query = Object.fromEntries(new URL(authorizeUrl(server, app, params).url).searchParams)
      const pushed = await authenticatedPost(server, '/par', app, query)
      expect(await told(pushed, named)).toBe(`400 ${error}`)
    }
    expect(await authorize(app, { resource: open, scope: 'open:read' })).toBe('login')
    await change({ clients: 'all' }, closed)
    expect(await authorize(app, { resource: closed })).toBe('login')
  })

  it('PO01: is refused by a device, and with its own name', async () => {
    const device = await server.addClient('device', {}, { verified: false })
    const service = await server.addClient('service', {}, { verified: false })
    const request = { scope: 'closed:read', resource: closed }
    expect(
      await told(await authenticatedPost(server, '/device_authorization', device, request), closed),
    ).toBe('400 invalid_target')
    const own = { grant_type: 'client_credentials' }
    expect(await told(await tokenRequest(server, service, { ...own, ...request }), closed)).toBe(
      '400 invalid_target',
    )
    expect(await told(await tokenRequest(server, service, { ...own, scope: 'closed:read' }), 'API')).toBe(
      '400 invalid_scope',
    )
    expect(await outcome(await tokenRequest(server, service, { ...own, resource: open }))).toBe('200')
  })

  it('PO01: may be one of those that the API lists, by any kind of id', async () => {
    const app = await selfRegistered()
    await change({ clients: [app.client.id] }, closed)
    expect(await authorize(app, { resource: closed })).toBe('login')
    expect(await authorize(await selfRegistered(), { resource: closed })).toContain('invalid_target')
    const response = await server.fetch(
      authorizeUrl(server, await server.addClient('web'), { resource: closed }).url,
    )
    expect(response.headers.get('location')).toContain('error=invalid_target')
  })
})

describe('an API that closes itself', () => {
  const scope = 'openid offline_access open:read'

  it('PO01: ends codes, device codes and refresh tokens of clients that it no longer lets in [RT07]', async () => {
    const app = await selfRegistered()
    const browser = createBrowser(server)
    const tokens = await codeFlow(server, browser, app, { person, params: { scope, resource: open } })
    const got = await getCode(server, browser, app, { params: { scope, resource: open } })
    const television = await server.addClient('device', {}, { verified: false })
    const asked = await ask(server, television, { scope: 'open:read', resource: open })
    await enter(browser, asked)
    await browser.allow()
    await change({ clients: 'registered' })
    expect(await told(await exchange(server, app, got), open)).toBe('400 invalid_target')
    expect(await told(await poll(server, television, asked), open)).toBe('400 invalid_target')
    const token = tokens.refresh_token ?? ''
    for (const more of [{}, { resource: open }])
      expect(await told(await refresh(server, app, token, more), open)).toBe('400 invalid_target')
    // What else was granted goes on, and nothing was spent by what was refused.
    const own = await tokensOf(await refresh(server, app, token, { resource: server.issuer }))
    expect(claimsOf(own.access_token)).toMatchObject({ aud: server.issuer, scope: 'openid offline_access' })
    await change({ clients: 'all' })
    expect(await outcome(await exchange(server, app, got))).toBe('200')
    expect(await outcome(await refresh(server, app, own.refresh_token ?? ''))).toBe('200')
  })

  it('PO01: narrows a connection with several APIs to the others', async () => {
    await server.addResource('https://second.test', ['second:read'], { clients: 'all' })
    const app = await selfRegistered()
    const resource = [open, 'https://second.test']
    const params = { scope: 'offline_access open:read second:read', resource }
    const { refresh_token: token = '' } = await codeFlow(server, createBrowser(server), app, {
      person,
      params,
    })
    await change({ clients: ['c_other'] })
    const narrowed = await tokensOf(await refresh(server, app, token))
    expect(claimsOf(narrowed.access_token)).toMatchObject({
      aud: 'https://second.test',
      scope: 'second:read',
    })
  })
})

it('PO01: a client that the API does not list gets no token for it by exchange', async () => {
  const scene = await exchangeScene()
  await update(scene.server, stock, { clients: [scene.app.client.id] })
  expect(await told(await exchangeToken(scene), stock)).toBe('400 invalid_target')
  await update(scene.server, stock, { clients: [scene.api.client.id] })
  expect(await outcome(await exchangeToken(scene))).toBe('200')
  await scene.server.close()
})

it('PO01: nor by an assertion, which is not spent by that', async () => {
  const scene = await trustingScene()
  await update(scene.server, trustedApi, { clients: ['c_other'] })
  const assertion = await assertionFor(scene)
  expect(await told(await bearer(scene, assertion), trustedApi)).toBe('400 invalid_target')
  await update(scene.server, trustedApi, { clients: [scene.client.client.id] })
  expect(await outcome(await bearer(scene, assertion))).toBe('200')
  await scene.server.close()
})

describe('a request that names no scope', () => {
  const two = 'https://two.test'
  beforeEach(() => server.addResource(two, ['two:read', 'two:write'], { defaultScope: ['two:read'] }))
  const none = { scope: undefined, resource: two }
  const scopeOf = ({ access_token, scope }: Tokens) => {
    expect(claimsOf(access_token).scope).toBe(scope)
    return scope
  }

  it('PO09: gets the default scopes of the API by a code, and keeps them when it refreshes', async () => {
    const app = await server.addClient('web')
    const tokens = await codeFlow(server, createBrowser(server), app, { person, params: none })
    expect(scopeOf(tokens)).toBe('two:read')
    await change({ defaultScope: ['two:write'] }, two)
    const token = tokens.refresh_token ?? ''
    expect(scopeOf(await tokensOf(await refresh(server, app, token)))).toBe('two:read')
  })

  it('PO09: goes on with none where the API has no default: MCP clients leave it out [specs.md 9]', async () => {
    await change({ defaultScope: [] }, two)
    const app = await server.addClient('web')
    const tokens = await codeFlow(server, createBrowser(server), app, { person, params: none })
    expect(scopeOf(tokens)).toBeUndefined()
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: two })
  })

  it('PO09: gets them by a device', async () => {
    const television = await server.addClient('device')
    const asked = await ask(server, television, none)
    const browser = createBrowser(server)
    await enter(browser, asked, person)
    await browser.allow()
    expect(scopeOf(await tokensOf(await poll(server, television, asked)))).toBe('two:read')
  })

  const refused = async (response: Response, identifier: string) => {
    const { error_description: text } = (await response.clone().json()) as Record<string, string>
    expect(text).toContain(`grantor resource update ${identifier} --default-scope`)
    return outcome(response)
  }

  it('PO09: gets them by client_credentials, and an error that names the switch where there are none', async () => {
    const service = await server.addClient('service')
    const own = () => tokenRequest(server, service, { grant_type: 'client_credentials', resource: two })
    expect(scopeOf(await tokensOf(await own()))).toBe('two:read')
    await change({ defaultScope: [] }, two)
    expect(await refused(await own(), two)).toBe('400 invalid_scope')
  })

  it('PO09: gets them by exchange, as far as the subject token and the registration reach', async () => {
    const scene = await exchangeScene()
    const asked = () => exchangeToken(scene)
    await update(scene.server, stock, { defaultScope: ['stock:write', 'orders:read'] })
    expect(scopeOf(await tokensOf(await asked()))).toBe('orders:read')
    for (const defaultScope of [[], ['stock:write']]) {
      await update(scene.server, stock, { defaultScope })
      expect(await refused(await asked(), stock)).toBe('400 invalid_scope')
    }
    await scene.server.close()
  })

  it('PO09: gets them by an assertion, unless that names its scopes', async () => {
    const scene = await trustingScene()
    await update(scene.server, trustedApi, { defaultScope: ['read'] })
    const by = async (claims: Record<string, unknown> = {}) =>
      bearer(scene, await idJagFor(scene, { claims }))
    expect(scopeOf(await tokensOf(await by()))).toBe('read')
    expect(scopeOf(await tokensOf(await by({ scope: 'write read' })))).toBe('read write')
    await update(scene.server, trustedApi, { defaultScope: [] })
    expect(await refused(await by(), trustedApi)).toBe('400 invalid_scope')
    expect(scopeOf(await tokensOf(await by({ scope: 'write' })))).toBe('write')
    await scene.server.close()
  })
})
