// Cookies as Chromium keeps them: of two servers on one host, of two accounts, planted ones, and for how long.
import type { BrowserContext, Page as Tab } from 'playwright-core'
import { afterEach, expect, it } from 'vitest'
import { type CookieKind, cookieName } from '../../src/http/cookies.js'
import { authorizeUrl } from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Person } from '../support/server.js'
import { launchBrowser } from './support.js'

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

const day = 86_400

async function begin(servers: number, tls = false) {
  const started: ListeningServer[] = []
  for (let count = 0; count < servers; count++) {
    const server = await startServer({ tls })
    ending.push(server.close)
    started.push(server)
  }
  const [first] = started
  if (!first) throw new Error('no server')
  const { browser, close } = await launchBrowser({
    javaScriptEnabled: false,
    ignoreHTTPSErrors: tls,
    args: [`--host-resolver-rules=MAP as.test:443 127.0.0.1:${first.port}`],
  })
  ending.push(close)
  return { first, started, browser, tab: await browser.newPage() }
}

const named = ({ config }: ListeningServer, kind: CookieKind) => cookieName(config, kind)

/** Seconds until Chromium forgets it; -1 for a cookie that ends with the browser, undefined where there is none. */
async function ageOf(browser: BrowserContext, server: ListeningServer, kind: CookieKind) {
  const found = (await browser.cookies()).find(({ name }) => name === named(server, kind))
  return found && (found.expires < 0 ? -1 : Math.round(found.expires - Date.now() / 1000))
}

async function signIn(tab: Tab, { user, password }: Person, { keep = false } = {}) {
  await tab.getByLabel('Username or email').fill(user.username)
  await tab.getByLabel('Password').fill(password)
  if (keep) await tab.getByLabel('Keep me signed in').check()
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
}

const heading = (tab: Tab) => tab.getByRole('heading', { level: 1 }).textContent()

it('BR04: two servers on one host leave each other signed in', async () => {
  const { started, tab } = await begin(2)
  for (const server of started) {
    await tab.goto(`${server.issuer}/login`)
    await signIn(tab, await server.addUser())
  }
  for (const { issuer } of started) {
    await tab.goto(`${issuer}/account`)
    expect(await heading(tab)).toBe('Your account')
  }
})

it('BR04: a planted cookie is deleted, and a reload goes on where the user was', async () => {
  const { first: server, browser, tab } = await begin(1)
  await tab.goto(`${server.issuer}/login`)
  await signIn(tab, await server.addUser())
  const app = await server.addClient('web')
  await tab.goto(authorizeUrl(server, app, { prompt: 'login' }).url)
  const own = (await browser.cookies()).length
  const { hostname: domain, pathname } = new URL(tab.url())
  await browser.addCookies(
    (['session', 'browser'] as const).flatMap((kind) =>
      ['/login', pathname].map((path) => ({ name: named(server, kind), value: 'planted', domain, path })),
    ),
  )
  expect((await tab.reload())?.status()).toBe(400)
  expect(await heading(tab)).toBe('Your browser sent one cookie twice')
  await tab.getByRole('link', { name: 'Try again' }).click()
  expect(await heading(tab)).toBe('Confirm that it is you')
  expect(await browser.cookies()).toHaveLength(own)
})

it.each([false, true])(
  'BR02: the choice to be kept lasts, and is of one account alone; TLS: %s',
  async (tls) => {
    const { first: server, browser, tab } = await begin(1, tls)
    const [ada, bob] = [await server.addUser({ username: 'ada' }), await server.addUser({ username: 'bob' })]
    await tab.goto(`${server.issuer}/login`)
    await signIn(tab, ada, { keep: true })
    expect(await ageOf(browser, server, 'kept_session')).toBeGreaterThan(89 * day)
    expect(await ageOf(browser, server, 'session')).toBeUndefined()

    const app = await server.addClient('web', { redirect_uris: [`${server.issuer}/nothing`] })
    await tab.goto(authorizeUrl(server, app, { prompt: 'login' }).url)
    await tab.getByLabel('Password').fill(ada.password)
    await tab.getByRole('button', { name: 'Confirm', exact: true }).click()
    expect(await heading(tab)).toContain('Allow')
    expect(await ageOf(browser, server, 'kept_session')).toBeGreaterThan(89 * day)
    expect(await ageOf(browser, server, 'session')).toBeUndefined()

    await tab.goto(`${server.issuer}/select-account`)
    await tab.getByRole('button', { name: 'Use another account' }).click()
    await signIn(tab, bob)
    expect(await ageOf(browser, server, 'session')).toBe(-1)
    const kept = await server.deps.store.sessions.list({ now: server.clock.now, limit: 9 })
    expect(kept.map((session) => [session.sub === ada.user.sub, session.kept]).sort()).toEqual([
      [false, false],
      [true, true],
    ])
    // What Chromium does when it is closed.
    await browser.clearCookies({ name: named(server, 'session') })
    await tab.goto(`${server.issuer}/account`)
    expect(await tab.textContent('body')).toContain('ada')
    expect(await tab.textContent('body')).not.toContain('bob')
  },
)

it('BR03: a page with a form renews the name of the browser', async () => {
  const { first: server, browser, tab } = await begin(1)
  const shorten = async () => {
    const cookies = await browser.cookies()
    const soon = Math.floor(Date.now() / 1000) + 30
    await browser.addCookies(cookies.map((cookie) => ({ ...cookie, expires: soon })))
    expect(await ageOf(browser, server, 'browser')).toBeLessThan(31)
  }
  for (const path of ['/device', '/forgot-password', '/login']) {
    await tab.goto(`${server.issuer}${path}`)
    await shorten()
    await tab.reload()
    expect(await ageOf(browser, server, 'browser'), path).toBeGreaterThan(3590)
  }
  await signIn(tab, await server.addUser())
  await shorten()
  await tab.goto(`${server.issuer}/account`)
  expect(await ageOf(browser, server, 'browser')).toBeGreaterThan(179 * day)
})
