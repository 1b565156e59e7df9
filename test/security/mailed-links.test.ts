// Mailed links in other browsers and for other accounts, and forms of links that are sent twice.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import type { ActionToken } from '../../src/store/store.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { enrolApp } from '../support/factors.js'
import { authorizeUrl } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const fresh = 'glacier tandem origami pulse'
const home = 'https://app.test/home'
const german = { headers: { 'Accept-Language': 'de' } }

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true, config: { registration: 'on' } })
  app = await server.addClient('web', { client_name: 'Orchard', client_uri: home, skip_consent: true })
  alice = await server.addUser()
})
afterEach(() => server.close())

/** The link to sign up or to choose a password that was mailed last. */
const mailedLink = () =>
  server.mails
    .map(({ text }) => /https:\/\/as\.test\/(?:registration|reset-password)\/\S+/.exec(text)?.[0])
    .findLast((link) => link !== undefined) ?? ''
const linkFor = async (purpose: ActionToken['purpose'], { user } = alice, email = user.email ?? '') =>
  (await newLink(server.deps, { purpose, sub: user.sub, email }, 'trusted')).url
const grantsOf = (sub: string) => server.deps.store.grants.list({ sub, limit: 100, now: server.clock.now })

/** A browser on the way to the app that has asked for a mail to this address. */
async function asksFor(page: 'sign-up' | 'forgot-password', email: string, to = app): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, to, { state: 'of-the-first' }).url)
  const interaction = browser.view.url.pathname.split('/').at(-1)
  await browser.open(`/${page}?interaction=${interaction}`)
  await browser.submit({ email })
  return browser
}

describe('a mailed link in another browser', () => {
  it('BR01: sign-up ends signed in, with a way back to the app by a new request', async () => {
    const first = await asksFor('sign-up', 'new@example.test')
    const other = createBrowser(server, { address: '198.51.100.7' })
    await other.open(mailedLink())
    const { headers, heading, html, left } = await other.submit({ password: fresh })
    expect([heading, left]).toEqual(['Your account is ready', undefined])
    expect(html).toContain(`<a class="button primary" href="${home}">Back to Orchard</a>`)
    expect(html).not.toMatch(/another browser\b.*belongs|of-the-first/)
    expect(headers.get('location')).toBeNull()
    expect((await other.newTab().open('/account')).text).toContain('new@example.test')
    // The first browser has got nothing from it, and goes on by signing in there.
    expect((await first.reload()).left).toBeUndefined()
    const user = await server.deps.store.users.findByIdentifier('new@example.test')
    expect(await grantsOf(user?.sub ?? '')).toEqual([])
    await first.open(authorizeUrl(server, app).url)
    expect((await first.submit({ username: 'new@example.test', password: fresh })).left?.url.origin).toBe(
      'https://app.test',
    )
  })

  it('BR01: the app is told who sends the user where it registered initiate_login_uri', async () => {
    const initiate_login_uri = 'https://app.test/login?from=idp'
    const named = await server.addClient('web', { initiate_login_uri, skip_consent: true })
    await asksFor('sign-up', 'new@example.test', named)
    const other = createBrowser(server)
    await other.open(mailedLink())
    expect((await other.submit({ password: fresh })).html).toContain(
      'href="https://app.test/login?from=idp&amp;iss=https%3A%2F%2Fas.test"',
    )
  })

  it('BR01: a reset ends with the way back, and the interaction stays with its browser', async () => {
    await asksFor('forgot-password', 'alice')
    const other = createBrowser(server)
    await other.open(mailedLink(), german)
    const { heading, html } = await other.submit({ password: fresh })
    expect(heading).toBe('Your password has changed')
    expect(html).toContain(`href="${home}">Back to Orchard</a>`)
    expect(html).not.toContain('/authorize/')
    // No session comes of it: the sign-in asks for the password, and for a second factor if there is one.
    expect((await other.newTab().open('/account')).heading).toBe('Sign in')
    expect(await grantsOf(alice.user.sub)).toEqual([])
  })

  it('BR01: in the browser that asked, sign-up and reset go on to the app', async () => {
    const first = await asksFor('sign-up', 'new@example.test')
    await first.open(mailedLink())
    expect((await first.submit({ password: fresh })).left?.params.get('state')).toBe('of-the-first')
    const second = await asksFor('forgot-password', 'alice')
    await second.open(mailedLink())
    const { html } = await second.submit({ password: fresh })
    expect(html).toMatch(/href="\/authorize\/\w{16}"/)
    expect(html).not.toContain('Back to Orchard')
  })

  it('BR01: a confirmation needs no sign-in there, and leads to a plain one', async () => {
    const other = createBrowser(server)
    await other.open(await linkFor('verify_email'), german)
    expect(other.view.heading).toBe('E-Mail-Adresse bestätigen')
    expect((await other.submit()).status).toBe(200)
    expect((await other.open('/account/profile')).heading).toBe('Sign in')
  })

  it('BR01: a link never stands in for a second factor', async () => {
    const here = createBrowser(server)
    await here.open('/account')
    await here.signIn(alice)
    await enrolApp(server, here)
    await asksFor('forgot-password', 'alice')
    const other = createBrowser(server)
    await other.open(mailedLink())
    await other.submit({ password: fresh })
    await other.open('/account')
    expect((await other.submit({ username: 'alice', password: fresh })).heading).toBe('Enter a code')
    expect(await grantsOf(alice.user.sub)).toEqual([])
  })

  it('AZ14, BR01: a phisher who mails a victim a link of their own interaction gets no code, and plants none', async () => {
    const phisher = await asksFor('forgot-password', 'alice')
    const before = phisher.view.url.href
    const victim = createBrowser(server)
    await victim.open('/account')
    await victim.signIn(alice)
    const view = await victim.open(mailedLink())
    expect(view.html).not.toMatch(/of-the-first|\/authorize\//)
    const done = await victim.submit({ password: fresh })
    expect([done.left, done.html.includes('/authorize/')]).toEqual([undefined, false])
    // Signed in again, the victim is led nowhere by what the phisher began, and the phisher is nobody here.
    await victim.open('/login')
    await victim.submit({ username: 'alice', password: fresh })
    expect((await phisher.open(before)).left).toBeUndefined()
    expect((await phisher.open('/account')).heading).toBe('Sign in')
    expect(await grantsOf(alice.user.sub)).toEqual([])
  })

  it('BR01: a self-registered app is not linked to', async () => {
    const metadata = { client_name: 'Stranger', client_uri: 'https://stranger.test/' }
    const stranger = await server.addClient('web', metadata, { verified: false })
    await asksFor('sign-up', 'new@example.test', stranger)
    const other = createBrowser(server)
    await other.open(mailedLink())
    const { heading, html } = await other.submit({ password: fresh })
    expect(heading).toBe('Your account is ready')
    expect(html).not.toContain('stranger.test')
  })

  it('BR01: programs that open links use none up, and a link works once', async () => {
    await asksFor('forgot-password', 'alice')
    for (let n = 0; n < 3; n++) expect((await createBrowser(server).open(mailedLink())).status).toBe(200)
    const other = createBrowser(server)
    await other.open(mailedLink())
    await other.submit({ password: fresh })
    const late = createBrowser(server)
    expect((await late.open(mailedLink())).heading).toBe('This link does not work any more')
  })
})

describe('a confirmation link of one account while another is in front', () => {
  let bob: Person
  let browser: Browser
  const present = async () => (await browser.newTab().open('/account')).text

  beforeEach(async () => {
    bob = await server.addUser({ username: 'bob', email: 'bob@example.test' })
    browser = createBrowser(server)
    await browser.open('/account')
    await browser.signIn(bob)
  })

  const alsoAlice = async () => {
    await browser.open('/select-account')
    await browser.submit({}, 'Use another account')
    await browser.signIn(alice)
    await browser.open('/select-account')
    await browser.submit({ account: bob.user.sub }, 'Continue')
    expect(await present()).toContain('bob')
  }

  it('BR05: the change of an address says so and offers the switch, to an account that is signed in here', async () => {
    await alsoAlice()
    const link = await linkFor('change_email', alice, 'new@example.test')
    const view = await browser.open(link)
    expect(view.text).toMatch(/another account than the one that you are signed in with here: .*bob/)
    expect(view.text).not.toContain('Use this address Switch')
    expect((await browser.open(link, german)).text).toContain('gehört zu einem anderen Konto')
    await browser.submit({}, 'Zum Konto des Links wechseln')
    expect(browser.view.heading).toBe('Use this email address?')
    await browser.submit({}, 'Use this address')
    expect(browser.view.heading).toBe('Your email address is confirmed')
    expect((await server.deps.store.users.find(alice.user.sub))?.email).toBe('new@example.test')
    expect((await server.deps.store.users.find(bob.user.sub))?.email).toBe('bob@example.test')
  })

  it('BR05: and to one that has to sign in first', async () => {
    await browser.open(await linkFor('change_email', alice, 'new@example.test'))
    await browser.submit({}, 'Switch to the account of the link')
    expect(browser.view.heading).toBe('Choose an account')
    await browser.submit({}, 'Use another account')
    expect((await browser.signIn(alice)).heading).toBe('Use this email address?')
  })

  it('AC02, BR05: a form sent as if it were the other account changes nothing', async () => {
    await browser.open(await linkFor('change_email', alice, 'new@example.test'))
    const form = browser.view.forms[0]
    const { csrf = '' } = form?.fields ?? {}
    expect((await browser.post(form?.action ?? '', { csrf })).text).toContain('another account')
    expect((await server.deps.store.users.find(alice.user.sub))?.email).toBe(alice.user.email)
  })

  it('BR05: the confirmation of an address works without the switch, and leads to the choice of an account', async () => {
    await browser.open(await linkFor('verify_email'))
    expect(browser.view.text).toMatch(/another account than the one that you are signed in with here: .*bob/)
    await browser.submit({}, 'This is my address')
    expect(browser.view.html).toContain('href="/select-account"')
    expect(await present()).toContain('bob')
  })

  it('BR05: a reset of the other account leads to no page of the one in front', async () => {
    await browser.open(await linkFor('reset_password'))
    const { html } = await browser.submit({ password: fresh })
    expect(html).toContain('href="/select-account"')
    expect(html).not.toContain('href="/account/check"')
  })
})

describe('the button of a mailed link, pressed twice', () => {
  /** Opens the link and sends its form two times, one after the other or at once. */
  async function twice(link: string, fields: Record<string, string>, browser = createBrowser(server)) {
    await browser.open(link)
    const form = browser.view.forms[0]
    const press = () => browser.newTab().post(form?.action ?? '', { ...form?.fields, ...fields })
    return { browser, again: press, views: [await press(), await press()] as const }
  }

  it('BR06: a sign-up leads on, and makes one account', async () => {
    const first = await asksFor('sign-up', 'new@example.test')
    const { views } = await twice(mailedLink(), { password: fresh }, first)
    expect(views.map(({ left }) => left?.params.get('state'))).toEqual(['of-the-first', 'of-the-first'])
  })

  it('BR06: a reset and a confirmation say that they are done, for a minute and in the same browser', async () => {
    const reset = await twice(await linkFor('reset_password'), { password: fresh })
    expect(reset.views.map(({ heading }) => heading)).toEqual([
      'Your password has changed',
      'Your password has changed',
    ])
    expect(reset.views[1].text).not.toContain('alice')
    const other = await createBrowser(server).post(reset.views[0].url, { password: fresh, csrf: 'x' })
    expect(other.status).toBe(410)
    const { views } = await twice(await linkFor('verify_email'), {})
    expect(views.map(({ heading }) => heading)).toEqual(Array(2).fill('Your email address is confirmed'))
    server.clock.advance(60)
    expect((await reset.again()).heading).toBe('This link does not work any more')
    expect(server.mails.filter(({ subject }) => /reset/.test(subject))).toHaveLength(1)
  })
})
