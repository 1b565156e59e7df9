// The consent page: when it comes, and what the grant that follows is like; attacks are in security/consent.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { authorizeUrl, type Changes, claimsOf, codeFlow, getCode, redeem } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let alice: Person
let browser: Browser

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', [], {
    name: 'Events',
    scopes: [
      { name: 'read', description: 'See your events' },
      { name: 'write', description: 'Change your events' },
    ],
  })
  alice = await server.addUser({ claims: { name: 'Alice Liddell' } })
  browser = createBrowser(server)
})
afterEach(() => server.close())

/** Signs in for `app` and says yes once. */
const allowOnce = (app: Registered, params: Changes = {}) =>
  getCode(server, browser, app, { person: alice, params })

async function asksAgain(app: Registered, params: Changes = {}): Promise<boolean> {
  return (await browser.open(authorizeUrl(server, app, params).url)).left === undefined
}

describe('the page', () => {
  it.each<[string, string[], string]>([
    ['another port of this computer', ['http://127.0.0.1/cb'], 'an app on this computer'],
    ['a private-use scheme', ['com.example.app:/cb'], 'com.example.app: links'],
  ])('says that the answer goes to %s', async (_name, redirect_uris, words) => {
    const app = await server.addClient('native', { redirect_uris })
    await browser.open(authorizeUrl(server, app).url)
    expect((await browser.signIn(alice)).text).toContain(words)
  })
})

describe('an API that is asked for without a scope', () => {
  it('PO09: is named on the page, for its tokens carry the name of the user', async () => {
    const app = await server.addClient('web')
    const resource = 'https://api.test'
    await browser.open(authorizeUrl(server, app, { scope: undefined, resource }).url)
    const { text } = await browser.signIn(alice)
    expect(text).toContain('In Events')
    expect(text).toContain('Use this service with your account')
    expect(text).not.toContain('See your events')
    expect(text).not.toContain('nothing else')
    await browser.open(authorizeUrl(server, app, { scope: undefined, ui_locales: 'de' }).url)
    expect(browser.view.text).toContain('sonst nichts')
  })
})

describe('the question', () => {
  it('after a refusal is asked again', async () => {
    const app = await server.addClient('web')
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    await browser.deny()
    expect(await asksAgain(app)).toBe(true)
  })

  it('is not asked for an app of the house, unless it wants that', async () => {
    const app = await server.addClient('web', { skip_consent: true })
    await browser.open(authorizeUrl(server, app, { scope: 'openid read' }).url)
    expect((await browser.signIn(alice)).left?.params.has('code')).toBe(true)
    expect(await asksAgain(app, { prompt: 'consent' })).toBe(true)
  })

  it("is one person's: another is asked for themselves", async () => {
    const app = await server.addClient('web')
    await allowOnce(app)
    const bob = await server.addUser({ username: 'bob' })
    const other = createBrowser(server)
    await other.open(authorizeUrl(server, app).url)
    expect((await other.signIn(bob)).heading).toContain('Allow')
  })
})

describe('the grant', () => {
  it.each<[string, string, boolean]>([
    ['openid', 'openid', true],
    ['openid with offline_access', 'openid offline_access', false],
    ['an API alone', 'read', false],
  ])('for %s ends with the session: %s, %s', async (_name, scope, bound) => {
    const app = await server.addClient('web')
    const started = await allowOnce(app, { scope })
    const [grant] = await server.deps.store.grants.list({
      sub: alice.user.sub,
      limit: 9,
      now: server.clock.now,
    })
    expect(grant).toMatchObject({ kind: 'user', clientId: app.client.id, sessionBound: bound })
    await redeem(server, app, started)
    const after = await server.deps.store.grants.find(grant?.id ?? '')
    const life = bound ? server.config.sessionAbsoluteTtl : server.config.refreshAbsoluteTtl
    expect(after?.refreshExpiresAt).toBe(server.clock.now + life)
  })

  it('carries how and when the person signed in, not when the code was issued', async () => {
    const app = await server.addClient('web')
    await allowOnce(app)
    const at = server.clock.now
    server.clock.advance(500)
    const tokens = await codeFlow(server, browser, app, { params: { max_age: '1000' } })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({
      auth_time: at,
      amr: ['pwd'],
      acr: 'urn:grantor:acr:pwd',
    })
  })
})
