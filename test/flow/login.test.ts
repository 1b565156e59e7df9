// Signing in as people meet it; who attacks it is in test/security/sessions.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/protocol/error.js'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, claimsOf, codeFlow, refresh, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { createDoor, type Door } from '../support/sign-in.js'
import { prepared } from '../support/values.js'

let server: TestServer
let app: Registered
let alice: Person
let door: Door

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  alice = await server.addUser({ username: 'alice', email: 'alice@example.test' })
  door = createDoor(server, app)
})
afterEach(() => server.close())

const sessionCookie = '__Host-grantor_session'

describe('the session', () => {
  it('is a 256-bit handle of which the store has only the hash, in a cookie with every attribute', async () => {
    const browser = await door.atLogin()
    const { forms, url } = browser.view
    const response = await browser.request(url, {
      method: 'POST',
      fields: { ...forms[0]?.fields, username: 'alice', password: alice.password },
      from: server.issuer,
    })
    expect(response.status).toBe(303)
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith(sessionCookie)) ?? ''
    expect(cookie).toMatch(
      /^__Host-grantor_session=[0-9A-Za-z]{16}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
    const [, id = '', secret = ''] = /=(\w+)\.([\w-]+);/.exec(cookie) ?? []
    const row = await server.deps.store.sessions.find(id)
    expect(row?.sub).toBe(alice.user.sub)
    expect(JSON.stringify(row)).not.toContain(secret)
  })

  it('writes when it was seen at most once a minute', async () => {
    const browser = await door.atLogin()
    await browser.signIn(alice)
    await browser.allow()
    const [id = ''] = (browser.cookies[sessionCookie] ?? '').split('.')
    const seen = async () => (await server.deps.store.sessions.find(id))?.lastSeenAt ?? 0
    const start = await seen()
    server.clock.advance(59)
    await door.silently(browser)
    expect(await seen()).toBe(start)
    server.clock.advance(1)
    await door.silently(browser)
    expect(await seen()).toBe(start + 60)
  })

  it('of another person stays, with what is bound to it, when somebody else signs in', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const browser = createBrowser(server)
    const bound = await codeFlow(server, browser, app, { person: alice })
    const durable = await codeFlow(server, browser, app, { params: { scope: 'openid offline_access' } })
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await browser.submit({}, 'Use another account')
    await browser.signIn(bob)
    for (const { refresh_token = '' } of [bound, durable]) {
      const { access_token } = await tokensOf(await refresh(server, app, refresh_token))
      expect(claimsOf(access_token).sub).toBe(alice.user.sub)
    }
  })
})

describe('a form of our own', () => {
  it('at an address that is not ours by name says so', async () => {
    const browser = await door.atLogin()
    const { url, forms } = browser.view
    const response = await browser.request(url, {
      method: 'POST',
      fields: { ...forms[0]?.fields, username: 'alice', password: alice.password },
      from: server.issuer,
      headers: { Origin: 'https://sso.lan' },
    })
    expect(response.status).toBe(403)
    const html = await response.text()
    expect(html).toContain('This server is known by another address')
    expect(html).toContain('https://sso.lan')
    expect(html).toContain('GRANTOR_ISSUER')
    expect(html).toContain(`href="${server.issuer}/account"`)
  })
})

describe('an account', () => {
  it('that is closed, or gets a new password, while one is being checked stays out', async () => {
    const { passwords, store } = server.deps
    const { sub } = alice.user
    const verify = passwords.verify
    const meanwhile = async (act: () => Promise<unknown>) => {
      passwords.verify = async () => {
        passwords.verify = verify
        await act()
        return true
      }
      const browser = await door.atLogin()
      const view = await browser.signIn(alice)
      expect(browser.cookies[sessionCookie]).toBeUndefined()
      return view.status
    }
    const another = await passwords.hash(prepared('another long password'))
    expect(await meanwhile(() => store.users.setPassword(sub, another, server.clock.now))).toBe(422)
    expect(await meanwhile(() => store.users.setDisabled(sub, true, server.clock.now))).toBe(403)
  })

  it('that is disabled is told so only to who knows its password', async () => {
    await server.deps.store.users.setDisabled(alice.user.sub, true, server.clock.now)
    expect((await door.guess('alice')).status).toBe(422)
    const browser = await door.atLogin()
    const view = await browser.signIn(alice)
    expect(view).toMatchObject({ status: 403 })
    expect(view.text).toContain('disabled')
    expect(browser.cookies[sessionCookie]).toBeUndefined()
  })
})

describe('guessing', () => {
  it('is told how long to wait', async () => {
    for (let i = 0; i < 8; i++) {
      await door.guess('alice')
      server.clock.advance(4)
    }
    const browser = await door.atLogin('203.0.113.200')
    const view = await browser.submit({ username: 'alice', password: alice.password })
    expect(view.status).toBe(429)
    expect(view.headers.get('retry-after')).toBe('4')
    expect(view.text).toContain('4 seconds')
    expect(view.forms[0]?.fields.username).toBe('alice')
  })

  it('that stopped an account is forgotten when its password is set anew', async () => {
    for (let i = 0; i < 6; i++) await door.guess('alice')
    expect((await door.guess('alice', alice.password)).status).toBe(429)
    server.clock.advance(1)
    const hash = (await server.deps.store.users.password(alice.user.sub))?.hash ?? ''
    for (let i = 0; i < 3; i++) await door.guess('alice')
    await server.deps.store.users.setPassword(alice.user.sub, hash, server.clock.now)
    expect((await door.guess('alice', alice.password)).status).toBe(200)
  })

  it('leaves a trail without the password', async () => {
    await door.guess('alice', 'hunter2hunter2')
    const [entry] = await server.deps.store.audit.list({ limit: 1, type: 'user.sign_in_failed' })
    expect(entry).toMatchObject({
      sub: alice.user.sub,
      clientId: app.client.id,
      ip: expect.stringMatching(/^198\.18\./),
    })
    expect(JSON.stringify(entry) + server.log.join()).not.toContain('hunter2')
  })
})

describe('a password', () => {
  it('and a name that are missing are both asked for', async () => {
    const browser = await door.atLogin()
    const { url, forms } = browser.view
    const view = await browser.post(url, { csrf: forms[0]?.fields.csrf ?? '' })
    expect(view).toMatchObject({ status: 422 })
    expect(view.text).toContain('Enter your username and password')
  })

  it('that is missing is asked for, and costs no try', async () => {
    const browser = await door.atLogin()
    for (let i = 0; i < 30; i++) {
      expect((await browser.submit({ username: 'alice' })).text).toContain('Enter your password')
    }
    expect((await browser.signIn(alice)).heading).toContain('Allow')
  })

  it('that cannot be checked now is 503 with Retry-After, and costs no try (SE09)', async () => {
    const { passwords } = server.deps
    const verify = passwords.verify
    passwords.verify = async () => {
      throw new OAuthError('temporarily_unavailable', 'busy')
    }
    for (let i = 0; i < 10; i++) {
      const browser = await door.atLogin()
      const view = await browser.signIn(alice)
      expect(view).toMatchObject({ status: 503 })
      expect(view.headers.get('retry-after')).toBe('5')
    }
    passwords.verify = verify
    expect((await door.guess('alice', alice.password)).status).toBe(200)
  })
})

describe('signing in for oneself', () => {
  it('shows no button to cancel for an app, and explains itself when used twice', async () => {
    const browser = createBrowser(server)
    const { url } = await browser.open(`${server.issuer}/account`)
    expect(browser.view.forms).toHaveLength(1)
    await browser.signIn(alice)
    const again = await browser.open(url)
    expect(again).toMatchObject({ status: 400, heading: 'This page was already used' })
    expect(again.html).toContain('href="/account"')
  })
})
