// Holds the whole way through the real server in a real browser: without scripts, by keyboard, and out again.
import type { BrowserContext, BrowserContextOptions, Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { authorizeUrl, type Changes, redeem } from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Person, Registered } from '../support/server.js'
import { type AppOptions, type Arrival, startApp } from './site.js'
import { launchBrowser } from './support.js'

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const begin = async ({ tls = false } = {}) => {
  const server = await startServer({ tls })
  ending.push(server.close)
  return server
}

const openApp = async (options: AppOptions = {}) => {
  const app = await startApp(options)
  ending.push(app.close)
  return app
}

const openBrowser = async (options: BrowserContextOptions & { args?: string[] } = {}) => {
  const { browser, close } = await launchBrowser(options)
  ending.push(close)
  return browser
}

/** A tab with everything that Chromium complains about in it, blocked forms among that. */
const openTab = async (browser: BrowserContext) => {
  const tab = await browser.newPage()
  const complaints: string[] = []
  tab.on('console', (message) => void complaints.push(message.text()))
  return { tab, complaints }
}

const api = 'https://orchard.test'
const setUp = async (server: ListeningServer, kind: 'web' | 'native', redirectUri: string) => {
  await server.addResource(api, ['trees:read'], { name: 'Orchard API' })
  const person = await server.addUser({ username: 'ada' })
  const app = await server.addClient(kind, { client_name: 'Orchard Planner', redirect_uris: [redirectUri] })
  return { person, app }
}

const link = (server: ListeningServer, app: Registered, more: Changes = {}) =>
  authorizeUrl(server, app, { scope: 'openid email offline_access trees:read', resource: api, ...more })

const signIn = async (tab: Tab, { user, password }: Person) => {
  await tab.getByLabel('Username or email').fill(user.username)
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
}

const heading = (tab: Tab) => tab.getByRole('heading', { level: 1 }).textContent()
const first = (arrivals: Arrival[]) => {
  const [arrival] = arrivals
  if (!arrival) throw new Error('nothing arrived at the app')
  return arrival
}

describe('with scripts off', () => {
  it.each([false, true])('a person signs in, allows, disconnects and signs out; TLS: %s', async (tls) => {
    const server = await begin({ tls })
    const site = await openApp()
    const callback = `http://127.0.0.1:${site.port}/cb`
    const { person, app } = await setUp(server, 'web', callback)
    const browser = await openBrowser({
      javaScriptEnabled: false,
      ignoreHTTPSErrors: tls,
      args: [`--host-resolver-rules=MAP as.test:443 127.0.0.1:${server.port}`],
    })
    const { tab, complaints } = await openTab(browser)
    const asked = link(server, app)

    await tab.goto(asked.url)
    await signIn(tab, { ...person, password: 'not the password' })
    expect(await tab.title()).toBe('Error: Sign in \u00b7 Grantor')
    expect(await tab.getByLabel('Username or email').inputValue()).toBe('ada')
    await signIn(tab, person)
    expect(await heading(tab)).toBe('Allow Orchard Planner to access your account?')
    await tab.getByText('About this app').click()
    expect(await tab.getByText(app.client.id).isVisible()).toBe(true)
    await tab.getByRole('button', { name: 'Allow' }).click()
    await tab.waitForURL(`${callback}?**`)
    expect(await heading(tab)).toBe('Back at the app')
    const { params } = first(site.arrivals)
    expect(params.get('state')).toBe(asked.state)
    const tokens = await redeem(server, app, { ...asked, code: params.get('code') ?? '' })
    expect(tokens.refresh_token).toBeDefined()

    await tab.goto(`${server.issuer}/account/connections`)
    expect(await heading(tab)).toBe('Connected apps')
    await tab.getByText('What it can do').click()
    expect(await tab.getByText('may trees:read').isVisible()).toBe(true)
    await tab.getByRole('button', { name: 'Disconnect Orchard Planner' }).click()
    expect(await tab.getByRole('status').textContent()).toContain('Orchard Planner is disconnected.')
    const refreshed = await server.fetch('/token', {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${app.client.id}:${app.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
      }),
    })
    expect(refreshed.status).toBe(400)
    await tab.getByRole('button', { name: 'Sign out' }).click()
    expect(await heading(tab)).toBe('You are signed out')
    await tab.getByRole('link', { name: 'Sign in again' }).click()
    expect(await heading(tab)).toBe('Sign in')
    expect(complaints.filter((text) => /Content Security Policy/.test(text))).toEqual([])
  })

  it('a person says no', async () => {
    const server = await begin()
    const site = await openApp()
    const { person, app } = await setUp(server, 'web', `http://127.0.0.1:${site.port}/cb`)
    const { tab } = await openTab(await openBrowser({ javaScriptEnabled: false }))
    await tab.goto(link(server, app).url)
    await signIn(tab, person)
    await tab.getByRole('button', { name: 'Deny' }).click()
    await tab.waitForURL(`http://127.0.0.1:${site.port}/cb?**`)
    expect(first(site.arrivals).params.get('error')).toBe('access_denied')
  })
})

describe('by keyboard alone', () => {
  /** Presses Tab until the focus is on the element with this text or label. */
  const reach = async (tab: Tab, name: string) => {
    for (let stops = 0; stops < 20; stops++) {
      const here = await tab.evaluate(() => {
        const { activeElement } = document
        const label = activeElement instanceof HTMLInputElement ? activeElement.labels?.[0] : undefined
        return (label ?? activeElement)?.textContent
      })
      if (here === name) return
      await tab.keyboard.press('Tab')
    }
    throw new Error(`${name} is out of reach`)
  }

  it.each([
    ['Allow', 'code'],
    ['Deny', 'error'],
  ])('a person signs in and answers: %s', async (answer, carries) => {
    const server = await begin()
    const site = await openApp()
    const { person, app } = await setUp(server, 'web', `http://127.0.0.1:${site.port}/cb`)
    const { tab } = await openTab(await openBrowser())
    await tab.goto(link(server, app).url)
    await reach(tab, 'Username or email')
    await tab.keyboard.type(person.user.username)
    await tab.keyboard.press('Tab')
    await tab.keyboard.type('not the password')
    await tab.keyboard.press('Enter')
    await tab.waitForURL(/\/login\//)
    await tab.getByRole('alert').waitFor()
    await reach(tab, 'Password')
    await tab.keyboard.type(person.password)
    await tab.keyboard.press('Enter')
    await tab.waitForURL(/\/consent\//)
    await reach(tab, answer)
    await tab.keyboard.press('Enter')
    await tab.waitForURL(`http://127.0.0.1:${site.port}/cb?**`)
    expect(first(site.arrivals).params.has(carries)).toBe(true)
  })
})

describe('consent really leaves', () => {
  const answerAt = async (
    redirectUri: string,
    { args = [], ...more }: Changes & { args?: string[] } = {},
  ) => {
    const server = await begin()
    const { person, app } = await setUp(
      server,
      redirectUri.startsWith('https:') ? 'web' : 'native',
      redirectUri,
    )
    const { tab, complaints } = await openTab(await openBrowser({ ignoreHTTPSErrors: true, args }))
    const requests: string[] = []
    tab.on('request', (request) => void requests.push(request.url()))
    await tab.goto(link(server, app, more).url)
    await signIn(tab, person)
    await tab.getByRole('button', { name: 'Allow' }).click({ noWaitAfter: true })
    return { tab, complaints, requests }
  }

  it('for an app on this computer', async () => {
    const site = await openApp()
    const { tab, complaints } = await answerAt(`http://127.0.0.1:${site.port}/cb`)
    await tab.waitForURL(`http://127.0.0.1:${site.port}/cb?**`)
    expect(first(site.arrivals).params.get('code')).toMatch(/./)
    expect(complaints).toEqual([])
  })

  it('for another host', async () => {
    const site = await openApp({ host: 'other.test' })
    const { tab, complaints } = await answerAt('https://other.test/cb', {
      args: [`--host-resolver-rules=MAP other.test:443 127.0.0.1:${site.port}`],
    })
    await tab.waitForURL('https://other.test/cb?**')
    expect(first(site.arrivals).params.get('code')).toMatch(/./)
    expect(complaints).toEqual([])
  })

  it('for an app that opens links of its own', async () => {
    const { tab, complaints, requests } = await answerAt('com.example.planner:/cb')
    // Chromium hands the address to the system, which knows no such app; a blocked form never asks for it.
    await expect.poll(() => requests.at(-1)).toMatch(/^com\.example\.planner:\/cb\?.*code=/)
    expect(tab.url()).toContain('/consent/')
    expect(complaints).toEqual([])
  })

  it('by form_post, and lets the app send people on to another host', async () => {
    const home = await openApp({ host: 'home.test' })
    const site = await openApp({ host: 'other.test', onward: 'https://home.test/welcome' })
    const rules = [`MAP other.test:443 127.0.0.1:${site.port}`, `MAP home.test:443 127.0.0.1:${home.port}`]
    const { tab, complaints } = await answerAt('https://other.test/cb', {
      response_mode: 'form_post',
      args: [`--host-resolver-rules=${rules.join(', ')}`],
    })
    await tab.waitForURL('https://home.test/welcome')
    expect(first(site.arrivals)).toMatchObject({ method: 'POST' })
    expect(first(site.arrivals).params.get('code')).toMatch(/./)
    expect(complaints).toEqual([])
  })
})

it('a popup keeps the window that opened it', async () => {
  const server = await begin()
  const site = await openApp({
    page: '<h1>App</h1><script>document.title = String(opener !== null)</script>',
  })
  const { person, app } = await setUp(server, 'web', `http://127.0.0.1:${site.port}/cb`)
  const { tab } = await openTab(await openBrowser())
  await tab.goto(`http://127.0.0.1:${site.port}/`)
  const opened = tab.waitForEvent('popup')
  await tab.evaluate((url) => void window.open(url), link(server, app).url)
  const popup = await opened
  await signIn(popup, person)
  await popup.getByRole('button', { name: 'Allow' }).click()
  await popup.waitForURL(`http://127.0.0.1:${site.port}/cb?**`)
  expect(await popup.title()).toBe('true')
})
