// Self-registered apps that an administrator has disabled, by id or by host, also where they have no row (PO03).
import { beforeEach, describe, expect, it } from 'vitest'
import { allowHost, allowId, denyHost, denyId } from '../../src/clients/deny-list.js'
import { createShell } from '../cli/support.js'
import { createBrowser } from '../support/browser.js'
import { aDocument, appOfDocument, createWorld } from '../support/client-documents.js'
import { outcome, userinfoStatus } from '../support/connected.js'
import { authorizeUrl, codeFlow, refresh } from '../support/flow.js'
import { closedAfterEach } from '../support/opened.js'
import { appOf, manage, minimal, postRegistration, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const keep = closedAfterEach()
const url = 'https://tools.evil.test/client.json'

let world: ReturnType<typeof createWorld>
let server: TestServer
let person: Person
beforeEach(async () => {
  world = createWorld()
  server = keep(await createTestServer({ cheapPasswords: true, fetch: world.fetch }))
  person = await server.addUser()
})

async function visit(app: Registered, on = server) {
  const browser = createBrowser(on)
  await browser.open(authorizeUrl(on, app).url)
  return browser.view
}
const switchedOff = { status: 400, heading: 'This app is switched off' }
const connect = (app: Registered) =>
  codeFlow(server, createBrowser(server), app, { person, params: { scope: 'openid offline_access' } })

describe('PO03: an app without a row is disabled by its id', () => {
  it('PO03: the address of a document, of which nothing is asked', async () => {
    const app = world.publish(url)
    await denyId(server.deps, url)
    expect(await visit(app)).toMatchObject(switchedOff)
    expect(world.asked).toEqual([])
    const other = world.publish('https://tools.evil.test/other.json')
    expect((await visit(other)).url.pathname).toMatch(/^\/login\//)
    expect(await allowId(server.deps, url)).toBe(true)
    expect((await visit(app)).url.pathname).toMatch(/^\/login\//)
    expect(await allowId(server.deps, url)).toBe(false)
  })

  it('PO03: a registration that is sealed in the id', async () => {
    const made = await registerApp(server)
    await denyId(server.deps, made.client_id)
    expect(await visit(appOf(made))).toMatchObject(switchedOff)
    expect((await manage(server, made, 'GET')).status).toBe(403)
    expect((await manage(server, made, 'PUT', { ...minimal, client_id: made.client_id })).status).toBe(403)
    expect((await visit(appOf(await registerApp(server)))).url.pathname).toMatch(/^\/login\//)
    await allowId(server.deps, made.client_id)
    expect((await visit(appOf(made))).url.pathname).toMatch(/^\/login\//)
  })

  it('PO03: also while a person is about to let it in', async () => {
    const app = world.publish(url)
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(person)
    await denyId(server.deps, url)
    await browser.allow()
    expect(browser.view.left).toBeUndefined()
    expect((await server.deps.store.clients.find(url))?.disabled).not.toBe(false)
  })
})

describe('PO03: what an app was given ends with it', () => {
  it('PO03: by its id, and does not come back', async () => {
    const app = world.publish(url)
    const tokens = await connect(app)
    await denyId(server.deps, url)
    expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('401 invalid_client')
    await allowId(server.deps, url)
    expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('400 invalid_grant')
  })

  it('PO03: by its host, that of the document or of a redirect URI', async () => {
    const cb = ['https://app.evil.test/cb']
    const apps = [world.publish(url), appOf(await registerApp(server, { ...minimal, redirect_uris: cb }))]
    const given = await Promise.all(apps.map(connect))
    const kept = await connect(world.publish('https://app.test/client.json'))
    const registered = await server.addClient('web', { redirect_uris: ['https://evil.test/cb'] })
    const trusted = await connect(registered)
    await denyHost(server.deps, 'evil.test')
    for (const { access_token } of given) expect(await userinfoStatus(server, access_token)).toBe(401)
    expect(await outcome(await refresh(server, registered, trusted.refresh_token ?? ''))).toBe('200')
    for (const [at, app] of apps.entries())
      expect(await outcome(await refresh(server, app, given[at]?.refresh_token ?? ''))).toBe(
        '401 invalid_client',
      )
    expect(await allowHost(server.deps, 'evil.test')).toBe(true)
    for (const [at, app] of apps.entries())
      expect(await outcome(await refresh(server, app, given[at]?.refresh_token ?? ''))).toBe(
        '400 invalid_grant',
      )
    const app = appOfDocument(aDocument('https://app.test/client.json'))
    expect(await outcome(await refresh(server, app, kept.refresh_token ?? ''))).toBe('200')
  })
})

describe('PO03: a host', () => {
  it.each([
    'https://evil.test/client.json',
    'https://a.b.evil.test/client.json',
    'https://evil.test./client.json',
    'https://evil.test:8443/client.json',
  ])('PO03: covers %s, of which nothing is asked', async (id) => {
    const app = world.publish(id)
    await denyHost(server.deps, 'evil.test')
    expect(await visit(app)).toMatchObject(switchedOff)
    expect(world.asked).toEqual([])
  })

  it.each(['https://notevil.test/client.json', 'https://evil.test.example/client.json'])(
    'PO03: does not cover %s',
    async (id) => {
      await denyHost(server.deps, 'evil.test')
      expect((await visit(world.publish(id))).url.pathname).toMatch(/^\/login\//)
    },
  )

  it('PO03: covers a document elsewhere that is answered there, and registrations', async () => {
    await denyHost(server.deps, 'evil.test')
    const redirect_uris = ['https://evil.test/cb']
    expect(await visit(world.publish('https://good.test/c.json', { redirect_uris }))).toMatchObject(
      switchedOff,
    )
    const response = await postRegistration(server, { ...minimal, redirect_uris })
    expect(await outcome(response)).toBe('400 invalid_redirect_uri')
    const made = await registerApp(server)
    const changed = await manage(server, made, 'PUT', {
      ...minimal,
      client_id: made.client_id,
      redirect_uris,
    })
    expect(changed.status).toBe(400)
  })

  it('PO03: leaves clients that an administrator has registered alone', async () => {
    const app = await server.addClient('web', { redirect_uris: ['https://evil.test/cb'] })
    await denyHost(server.deps, 'evil.test')
    expect((await visit(app)).url.pathname).toMatch(/^\/login\//)
    expect(await server.deps.clients.find(app.client.id, () => '')).toBe(
      await server.deps.store.clients.find(app.client.id),
    )
  })
})

it('PO03: the command line is obeyed by a running server at once', async () => {
  const shell = createShell()
  await shell.json('client list')
  const running = keep(
    await createTestServer({ databaseUrl: shell.env.GRANTOR_DATABASE_URL ?? '', fetch: world.fetch }),
  )
  const app = world.publish(url)
  expect((await visit(app, running)).url.pathname).toMatch(/^\/login\//)
  for (const target of [url, '--host evil.test']) {
    await shell.json(`client disable ${target}`)
    expect(await visit(app, running), target).toMatchObject(switchedOff)
    await shell.json(`client enable ${target}`)
    expect((await visit(app, running)).url.pathname, target).toMatch(/^\/login\//)
  }
})
