// Accounts that begin with a mail: registration, invitation, confirming an address.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, walk } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

const password = 'glacier tandem origami pulse'
let server: TestServer
let app: Registered

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { skip_consent: true })
})
afterEach(() => server.close())

const mailedLink = () => /https:\/\/as\.test\/\S+/.exec(server.mails.at(-1)?.text ?? '')?.[0] ?? ''

describe('registration', () => {
  it('leads from an app through the mail back to the app', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const [, href = ''] = /href="(\/sign-up\?interaction=\w+)"/.exec(browser.view.html) ?? []
    await browser.open(href)
    await browser.submit({ email: 'Ada@Example.test' })
    expect(browser.view.text).toContain('Ada@Example.test')
    await browser.open(mailedLink())
    expect(browser.view.heading).toBe('Create your account')
    await browser.submit({ name: 'Ada Lovelace', password })
    expect((await walk(browser)).has('code')).toBe(true)
    const user = await server.deps.store.users.findByIdentifier('ada@example.test')
    expect(user).toMatchObject({
      username: 'Ada@Example.test',
      emailVerified: true,
      claims: { name: 'Ada Lovelace' },
    })
  })

  it('of an address that got an account in the meantime makes no second one', async () => {
    const browser = createBrowser(server)
    await browser.open('/sign-up')
    await browser.submit({ email: 'ada@example.test' })
    await browser.open(mailedLink())
    await server.addUser({ username: 'ada', email: 'ada@example.test' })
    await browser.submit({ password })
    expect(browser.view.status).toBe(410)
    expect(browser.view.heading).toBe('This link does not work any more')
  })

  it('is not there unless configured, nor without mail', async () => {
    for (const options of [{ config: { registration: 'off' as const } }, { mail: 'none' as const }]) {
      const other = await createTestServer({ cheapPasswords: true, ...options })
      const client = await other.addClient('web')
      const browser = createBrowser(other)
      expect((await browser.open('/sign-up')).status).toBe(404)
      expect(browser.view.heading).toBe('You cannot create an account here')
      await browser.open(authorizeUrl(other, client).url)
      expect(browser.view.html).not.toContain('/sign-up')
      await other.close()
    }
  })
})

describe('without mail', () => {
  it('a forgotten password is a case for the administrator, and the pages say so', async () => {
    const other = await createTestServer({ cheapPasswords: true, mail: 'none' })
    const browser = createBrowser(other)
    await browser.open('/login')
    expect(browser.view.html).not.toContain('/forgot-password')
    expect(await browser.open('/forgot-password')).toMatchObject({
      status: 404,
      heading: 'No mail can be sent here',
    })
    await other.close()
  })
})

describe('an invitation', () => {
  it('lets in who chooses a password, once', async () => {
    const { user } = await server.addUser({ username: 'ada', hasPassword: false, emailVerified: false })
    const { url } = await newLink(
      server.deps,
      {
        purpose: 'invitation',
        sub: user.sub,
        email: user.email ?? '',
      },
      'trusted',
    )
    const browser = createBrowser(server)
    await browser.open(url)
    expect(browser.view.heading).toBe('Welcome')
    await browser.submit({ name: 'Ada', password })
    expect(browser.view.heading).toBe('Your account')
    expect(await server.deps.store.users.find(user.sub)).toMatchObject({
      emailVerified: true,
      hasPassword: true,
      claims: { name: 'Ada' },
    })
    expect((await browser.open(url)).status).toBe(410)
  })
})

describe('an address', () => {
  it('is confirmed by a button, not by opening the link', async () => {
    const person = await server.addUser({ username: 'ada', emailVerified: false })
    const browser = createBrowser(server)
    await browser.open('/account/profile')
    await browser.signIn(person)
    await browser.submit({}, 'Send a confirmation mail')
    const verified = async () => (await server.deps.store.users.find(person.user.sub))?.emailVerified
    await browser.open(mailedLink())
    expect(await verified()).toBe(false)
    await browser.submit()
    expect(browser.view.heading).toBe('Your email address is confirmed')
    expect(await verified()).toBe(true)
  })
})

describe('the profile', () => {
  it('keeps names and language, and what an administrator has added', async () => {
    const person = await server.addUser({ username: 'ada', claims: { name: 'A', gender: 'x' } })
    const browser = createBrowser(server)
    await browser.open('/account/profile')
    await browser.signIn(person)
    await browser.submit({ name: ' Ada Lovelace ', given_name: 'Ada', family_name: '' })
    expect((await server.deps.store.users.find(person.user.sub))?.claims).toEqual({
      name: 'Ada Lovelace',
      given_name: 'Ada',
      gender: 'x',
    })
    expect((await browser.submit({ name: 'x'.repeat(201) })).status).toBe(422)
  })
})

describe('an app that is let in for longer than a visit', () => {
  it('is told by mail, and one that is let in for a visit is not', async () => {
    const person = await server.addUser({ username: 'ada' })
    const asking = await server.addClient('web', { client_name: 'Orchard' })
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, asking).url)
    await browser.signIn(person)
    await browser.allow()
    const subjects = () => server.mails.map(({ subject }) => subject)
    expect(subjects()).not.toContain('An app is connected to your account')
    await browser.open(authorizeUrl(server, asking, { scope: 'openid offline_access' }).url)
    await browser.allow()
    expect(subjects()).toContain('An app is connected to your account')
    expect(server.mails.at(-1)?.text).toContain('Orchard (app.test)')
  })
})
