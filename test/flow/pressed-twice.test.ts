// A button that is pressed twice while the app is slow: both presses lead to the same place, by one code.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../support/authenticator.js'
import { type Browser, createBrowser, type View } from '../support/browser.js'
import { ask, enter } from '../support/device.js'
import { addPasskey, codeAt, enrolApp, openConfirmed, optionsOn, secretOn } from '../support/factors.js'
import { authorizeUrl, type Changes, redeem } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const fresh = 'glacier tandem origami pulse'
const home = 'https://app.test/home'

let server: TestServer
let app: Registered
let alice: Person
let browser: Browser

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { client_uri: home })
  alice = await server.addUser()
  browser = createBrowser(server)
})
afterEach(() => server.close())

/** The form of the page that holds all these fields or this button, ready to be sent any number of times. */
function formOn({ view }: Browser, values: Record<string, string>, tab = browser): () => Promise<View> {
  const names = Object.keys(values)
  const form = view.forms.find(({ inputs, fields, buttons }) =>
    names.every(
      (name) => inputs.includes(name) || name in fields || buttons.some((one) => one.name === name),
    ),
  )
  if (!form) throw new Error(`no form on "${view.heading}"`)
  return () => tab.newTab().post(form.action, { ...form.fields, ...values })
}

/** Presses one after the other. */
const twice = async (press: () => Promise<View>) => [await press(), await press()] as const
const codes = (views: readonly View[]) =>
  views.map(({ left }) => left?.params.get('code') ?? left?.params.get('error'))
const grants = () => server.deps.store.grants.list({ sub: alice.user.sub, limit: 100, now: server.clock.now })

async function atConsent(changes: Changes = {}, url = authorizeUrl(server, app, changes)) {
  await browser.open(url.url)
  await browser.signIn(alice)
  expect(browser.view.heading).toContain('Allow')
  return url
}

describe('consent', () => {
  it('BR06: both presses lead to the app with one code, which works once', async () => {
    const started = await atConsent()
    const views = await twice(formOn(browser, { decision: 'allow' }))
    const [first, second] = views.map(({ left }) => left?.url.href)
    expect(first).toContain('code=')
    expect(second).toBe(first)
    expect(await grants()).toHaveLength(1)
    const tokens = await redeem(server, app, { ...started, code: codes(views)[1] ?? '' })
    expect(tokens.access_token).toBeTruthy()
  })

  it('BR06: presses at the same moment lead to the app with one code', async () => {
    await atConsent()
    const press = formOn(browser, { decision: 'allow' })
    const found = new Set(codes(await Promise.all([press(), press(), press()])))
    expect(found.size).toBe(1)
    expect([...found][0]).toMatch(/\w{20}/)
    expect(await grants()).toHaveLength(1)
  })

  it('BR06: the second press reaches another node, which waits for the first', async () => {
    await atConsent()
    const other = await createTestServer({
      cheapPasswords: true,
      store: server.deps.store,
      startAt: server.clock.now,
    })
    const elsewhere = createBrowser(other)
    for (const [name, value] of Object.entries(browser.cookies)) elsewhere.setCookie(name, value)
    const fields = { decision: 'allow' }
    const views = await Promise.all([formOn(browser, fields)(), formOn(browser, fields, elsewhere)()])
    expect(new Set(codes(views)).size).toBe(1)
    expect(views.every(({ left }) => left?.params.has('code'))).toBe(true)
    expect(await grants()).toHaveLength(1)
  })

  it('BR06: a refusal is repeated, too; another answer than the first one is not taken', async () => {
    await atConsent()
    const [deny, allow] = [formOn(browser, { decision: 'deny' }), formOn(browser, { decision: 'allow' })]
    expect(codes(await twice(deny))).toEqual(['access_denied', 'access_denied'])
    expect(await allow()).toMatchObject({ status: 400, heading: 'This page was already used' })
    expect(await grants()).toEqual([])
  })

  it('BR06: a form post is repeated as a form post', async () => {
    await atConsent({ response_mode: 'form_post' })
    const press = formOn(browser, { decision: 'allow' })
    const [first, second] = await twice(press)
    expect(first.forms[0]?.fields.code).toBeTruthy()
    expect(second.forms[0]).toEqual(first.forms[0])
  })

  it('BR06: a pushed request does not become invalid', async () => {
    await atConsent({}, await pushedUrl(server, app))
    const [first, second] = codes(await twice(formOn(browser, { decision: 'allow' })))
    expect(first).toBeTruthy()
    expect(second).toBe(first)
  })

  it('AZ14, BR06: no other browser, nor another user of this one, gets the code', async () => {
    await atConsent()
    const press = formOn(browser, { decision: 'allow' })
    const thief = createBrowser(server)
    const stolen = formOn(browser, { decision: 'allow' }, thief)
    await press()
    expect((await stolen()).left).toBeUndefined()
    // Bob's session in the place of alice's, as after a sign-out.
    const bob = await server.addUser({ username: 'bob' })
    const his = createBrowser(server)
    await his.open('/account')
    await his.signIn(bob)
    const session = '__Host-grantor_session'
    browser.setCookie(session, his.cookies[session] ?? '')
    expect(await press()).toMatchObject({ status: 400, heading: 'This page was already used' })
  })

  it('AZ14, BR06: the code of a sign-in in another tab is not for the next user', async () => {
    const trusted = await server.addClient('web', { skip_consent: true })
    await browser.open(authorizeUrl(server, trusted).url)
    const resume = browser.view.url.pathname.replace('/login/', '/authorize/')
    const tab = browser.newTab()
    await tab.open('/account')
    await tab.signIn(alice)
    expect((await browser.open(resume)).left?.params.has('code')).toBe(true)
    expect((await browser.open(`${resume}?sent=1`)).left?.params.has('code')).toBe(true)
    const bob = await server.addUser({ username: 'bob' })
    const his = createBrowser(server)
    await his.open('/account')
    await his.signIn(bob)
    const session = '__Host-grantor_session'
    browser.setCookie(session, his.cookies[session] ?? '')
    expect((await browser.open(`${resume}?sent=1`)).left).toBeUndefined()
  })

  it('TK01, BR06: a code that the app has redeemed is not sent again, and its tokens stay good', async () => {
    const started = await atConsent()
    const press = formOn(browser, { decision: 'allow' })
    const code = (await press()).left?.params.get('code') ?? ''
    await redeem(server, app, { ...started, code })
    const { html, refresh, status } = await press()
    expect([status, refresh]).toEqual([200, home])
    expect(html).not.toContain(code)
    expect((await grants())[0]?.revokedAt).toBeUndefined()
  })

  it('BR06: the response is sealed in the database, and no longer repeated once the code has expired', async () => {
    await atConsent()
    const press = formOn(browser, { decision: 'allow' })
    const id = browser.view.url.pathname.split('/').at(-1) ?? ''
    const code = (await press()).left?.params.get('code') ?? 'none'
    const { response = '' } = (await server.deps.store.interactions.find(id)) ?? {}
    expect(response.length).toBeGreaterThan(100)
    expect(Buffer.from(response, 'base64url').toString('latin1') + response).not.toContain(code)
    server.clock.advance(server.config.codeTtl)
    expect(await press()).toMatchObject({ status: 400, heading: 'This page was already used' })
  })
})

describe('signing in', () => {
  beforeEach(async () => {
    app = await server.addClient('web', { client_uri: home, skip_consent: true })
    await browser.open(authorizeUrl(server, app).url)
  })
  const password = () => formOn(browser, { username: 'alice', password: alice.password })

  it('BR06: by password, one after the other and at once', async () => {
    const press = password()
    const [first, second] = codes(await twice(press))
    expect(first).toBeTruthy()
    expect(second).toBe(first)
    browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const atOnce = codes(await Promise.all([password()(), password()()]))
    expect(atOnce[0]).toBeTruthy()
    expect(new Set(atOnce).size).toBe(1)
  })

  it('AZ14, BR06: another user name is another answer', async () => {
    const bob = await server.addUser({ username: 'bob' })
    await password()()
    const view = await formOn(browser, { username: 'bob', password: bob.password })()
    expect(view).toMatchObject({ status: 400, heading: 'This page was already used' })
    expect((await browser.open('/account')).text).toContain('alice')
  })

  it('BR06: cancelled', async () => {
    expect(codes(await twice(formOn(browser, { decision: 'deny' })))).toEqual([
      'access_denied',
      'access_denied',
    ])
  })

  it('BR06: by a code, and by a passkey', async () => {
    const here = createBrowser(server)
    await here.open('/account')
    await here.signIn(alice)
    const { code } = await enrolApp(server, here)
    const authenticator = await addPasskey(server, here)
    browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    const [first, second] = codes(await twice(formOn(browser, { code: code() })))
    expect(first).toBeTruthy()
    expect(second).toBe(first)
    browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const passkey = authenticator.assert(optionsOn(browser))
    const again = codes(await twice(formOn(browser, { passkey })))
    expect(again[0]).toBeTruthy()
    expect(again[1]).toBe(again[0])
    expect(await grants()).toHaveLength(2)
  })

  it('BR06: to the account, and for a device', async () => {
    await browser.open('/login')
    const views = await twice(password())
    expect(views.map(({ url }) => url.pathname)).toEqual(['/account', '/account'])
    const television = await server.addClient('device')
    await enter(browser, await ask(server, television))
    const outcomes = await twice(formOn(browser, { decision: 'allow' }))
    expect(outcomes.map(({ heading }) => heading)).toEqual(Array(2).fill('Go back to your device'))
    expect(await grants()).toHaveLength(1)
  })
})

describe('pages of the account', () => {
  beforeEach(async () => {
    await browser.open('/account')
    await browser.signIn(alice)
  })

  it('BR06: a new password', async () => {
    await openConfirmed(browser, '/account/password')
    const views = await twice(formOn(browser, { password: fresh }))
    expect(views.map(({ status, url }) => [status, url.pathname + url.search])).toEqual(
      Array(2).fill([200, '/account/password?changed=1']),
    )
  })

  it('BR06: two-step sign-in is on, and new recovery codes are there to be made', async () => {
    await openConfirmed(browser, '/account/second-factor/set-up')
    const views = await twice(formOn(browser, { code: codeAt(secretOn(browser), server.clock.now) }))
    expect(views.map(({ status }) => status)).toEqual([200, 200])
    expect(views[1].url.pathname).toBe('/account/second-factor')
  })

  it('BR06: a passkey is added once, and removed once', async () => {
    const authenticator = createAuthenticator(server.config.issuerOrigin)
    await openConfirmed(browser, '/account/passkeys')
    const passkey = authenticator.register(optionsOn(browser))
    const added = await twice(formOn(browser, { passkey, name: 'Key' }))
    expect(added.map(({ status }) => status)).toEqual([200, 200])
    expect(await server.deps.store.passkeys.listByUser(alice.user.sub)).toHaveLength(1)
    await browser.open('/account/passkeys')
    if (browser.view.url.pathname.startsWith('/second-factor/')) {
      await browser.submit({ passkey: authenticator.assert(optionsOn(browser)) })
    }
    const remove = browser.view.forms.find(({ action }) => action.endsWith('/remove'))
    const press = () => browser.newTab().post(remove?.action ?? '', remove?.fields ?? {})
    const removed = await twice(press)
    expect(removed.map(({ url }) => url.pathname)).toEqual(Array(2).fill('/account/passkeys'))
  })

  it('BR06: signing out, and deleting the account', async () => {
    const out = browser.view.forms.find(({ action }) => action.endsWith('/sign-out'))
    const views = await twice(() => browser.newTab().post(out?.action ?? '', out?.fields ?? {}))
    expect(views.map(({ heading }) => heading)).toEqual(Array(2).fill('You are signed out'))
    await browser.open('/account')
    await browser.signIn(alice)
    await openConfirmed(browser, '/account/delete')
    const deleted = await twice(formOn(browser, { confirm: 'alice' }))
    expect(deleted.map(({ heading }) => heading)).toEqual(Array(2).fill('Your account is deleted'))
    expect(server.mails.filter(({ subject }) => subject === 'Your account is deleted')).toHaveLength(1)
  })

  it('BR06: an account that an administrator has disabled is not called deleted', async () => {
    await openConfirmed(browser, '/account/delete')
    const press = formOn(browser, { confirm: 'alice' })
    await server.deps.store.users.setDisabled(alice.user.sub, true, server.clock.now)
    expect((await press()).heading).not.toBe('Your account is deleted')
    expect(await server.deps.store.users.find(alice.user.sub)).toMatchObject({ disabled: true })
  })
})
