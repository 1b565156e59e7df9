// Holds what goes wrong on ordinary days in a real browser: a button pressed twice, mail in another browser, two accounts.
import { EventEmitter, once } from 'node:events'
import type { BrowserContext, BrowserContextOptions, Locator, Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import { authorizeUrl, redeem } from '../support/flow.js'
import { type ListeningServer, listen, startServer } from '../support/listening.js'
import type { Person } from '../support/server.js'
import { launchBrowser } from './support.js'

const fresh = 'glacier tandem origami pulse'
const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const openTab = async (
  options: BrowserContextOptions = {},
): Promise<{ tab: Tab; browser: BrowserContext }> => {
  const { browser, close } = await launchBrowser(options)
  ending.push(close)
  return { tab: await browser.newPage(), browser }
}

const begin = async (): Promise<ListeningServer> => {
  const server = await startServer()
  ending.push(server.close)
  return server
}

/** An app whose callback does not answer before it has been called so many times. */
const slowApp = async (calls: number) => {
  const codes: (string | null)[] = []
  const events = new EventEmitter()
  const answered = once(events, 'answered')
  /** Resolves once the app has been called. */
  const called = once(events, 'called')
  const { port, close } = await listen(async (request) => {
    const url = new URL(request.url)
    if (url.pathname === '/cb') {
      const posted = request.method === 'POST' ? new URLSearchParams(await request.text()) : url.searchParams
      codes.push(posted.get('code'))
      events.emit('called')
      if (codes.length >= calls) events.emit('answered')
      else await answered
    }
    const html = '<!doctype html><html lang="en"><title>App</title><h1>Back at the app</h1>'
    return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })
  })
  ending.push(close)
  return { callback: `http://127.0.0.1:${port}/cb`, home: `http://127.0.0.1:${port}/`, codes, called }
}

const fillIn = async (tab: Tab, { user, password }: Person) => {
  await tab.getByLabel('Username or email').fill(user.username)
  await tab.getByLabel('Password').fill(password)
  return tab.getByRole('button', { name: 'Sign in', exact: true })
}

const signIn = async (tab: Tab, person: Person) => (await fillIn(tab, person)).click()

/** By the mouse, for a locator waits until the first navigation is over; the second press comes when the app is called. */
const pressTwice = async (tab: Tab, button: Locator, called: Promise<unknown>) => {
  await button.scrollIntoViewIfNeeded()
  const { x = 0, y = 0, width = 0, height = 0 } = (await button.boundingBox()) ?? {}
  const press = () => tab.mouse.click(x + width / 2, y + height / 2)
  await press()
  await called
  await press()
}

const heading = (tab: Tab) => tab.getByRole('heading', { level: 1 }).textContent()

describe('BR06: a button pressed twice while the app is slow', () => {
  it.each([true, false])('leads to the app with one code; scripts: %s', async (javaScriptEnabled) => {
    const server = await begin()
    const site = await slowApp(2)
    const person = await server.addUser({ username: 'ada' })
    const app = await server.addClient('web', { client_name: 'Slow', redirect_uris: [site.callback] })
    const { tab } = await openTab({ javaScriptEnabled })
    const started = authorizeUrl(server, app)
    await tab.goto(started.url)
    await signIn(tab, person)
    await pressTwice(tab, tab.getByRole('button', { name: 'Allow' }), site.called)
    await tab.getByRole('heading', { name: 'Back at the app' }).waitFor()
    expect(site.codes).toHaveLength(2)
    expect(site.codes[1]).toBe(site.codes[0])
    const tokens = await redeem(server, app, { ...started, code: site.codes[0] ?? '' })
    expect(tokens.access_token).toBeTruthy()
  })

  it('leads to the app from the sign-in, too', async () => {
    const server = await begin()
    const site = await slowApp(2)
    const person = await server.addUser({ username: 'ada' })
    const app = await server.addClient('web', { skip_consent: true, redirect_uris: [site.callback] })
    const { tab } = await openTab({ javaScriptEnabled: false })
    await tab.goto(authorizeUrl(server, app).url)
    const press = await fillIn(tab, person)
    await pressTwice(tab, press, site.called)
    await tab.getByRole('heading', { name: 'Back at the app' }).waitFor()
    expect(site.codes[1]).toBe(site.codes[0])
  })
})

describe('mail', () => {
  it('BR01: in another browser, sign-up ends signed in, with the way back to the app', async () => {
    const server = await begin()
    const site = await slowApp(1)
    const metadata = { client_name: 'Orchard', client_uri: site.home, redirect_uris: [site.callback] }
    const app = await server.addClient('web', metadata)
    const { tab } = await openTab()
    await tab.goto(authorizeUrl(server, app).url)
    await tab.getByRole('link', { name: 'Create an account' }).click()
    await tab.getByLabel('Email').fill('ada@example.test')
    await tab.getByRole('button', { name: 'Send the mail' }).click()
    await tab.getByRole('status').waitFor()
    const link = /https?:\/\/\S+\/registration\/\S+/.exec(server.mails.at(-1)?.text ?? '')?.[0] ?? ''
    const { tab: other } = await openTab({ javaScriptEnabled: false })
    await other.goto(link)
    await other.getByLabel('Password').fill(fresh)
    await other.getByRole('button', { name: 'Create the account' }).click()
    expect(await heading(other)).toBe('Your account is ready')
    await other.getByRole('link', { name: 'Back to Orchard' }).click()
    expect(await heading(other)).toBe('Back at the app')
    await other.goto(`${server.issuer}/account`)
    expect(await other.textContent('body')).toContain('ada@example.test')
    expect(site.codes).toEqual([])
  })

  it('BR05: a link of one account, while another is in front, says so and switches', async () => {
    const server = await begin()
    const ada = await server.addUser({ username: 'ada', email: 'ada@example.test' })
    const grace = await server.addUser({ username: 'grace', email: 'grace@example.test' })
    const { tab } = await openTab({ javaScriptEnabled: false })
    await tab.goto(`${server.issuer}/login`)
    await signIn(tab, grace)
    const about = { purpose: 'change_email', sub: ada.user.sub, email: 'new@example.test' } as const
    await tab.goto((await newLink(server.deps, about, 'trusted')).url)
    expect(await tab.textContent('main')).toContain('another account')
    await tab.getByRole('button', { name: 'Switch to the account of the link' }).click()
    await tab.getByRole('button', { name: 'Use another account' }).click()
    await signIn(tab, ada)
    expect(await heading(tab)).toBe('Use this email address?')
    await tab.getByRole('button', { name: 'Use this address' }).click()
    expect(await heading(tab)).toBe('Your email address is confirmed')
    expect((await server.deps.store.users.find(ada.user.sub))?.email).toBe('new@example.test')
  })
})
