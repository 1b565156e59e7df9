// Proves the server by a library of other people in the browser: oidc-client-ts, by redirect and by popup.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { listen, startServer } from '../support/listening.js'
import type { Person } from '../support/server.js'
import { launchBrowser } from './support.js'

const library = readFileSync(
  createRequire(import.meta.url)
    .resolve('oidc-client-ts')
    .replace(/dist\/.*/, 'dist/browser/oidc-client-ts.min.js'),
  'utf8',
)

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A single-page app with the library's manager as `manager`; `/cb` finishes whatever was begun. */
const startSpa = async (settings: (origin: string) => Record<string, string>) => {
  let origin = ''
  const page = () => `<!doctype html><html lang="en"><title>SPA</title><h1>SPA</h1>
<script src="/library.js"></script>
<script>
const manager = new oidc.UserManager({ ...${JSON.stringify(settings(origin))}, loadUserInfo: true })
const finished = location.pathname === '/cb' ? manager.signinCallback() : undefined
</script>`
  const { port, close } = await listen((request) => {
    const isLibrary = new URL(request.url).pathname === '/library.js'
    const type = isLibrary ? 'text/javascript' : 'text/html; charset=utf-8'
    return new Response(isLibrary ? library : page(), { headers: { 'content-type': type } })
  })
  origin = `http://127.0.0.1:${port}`
  return { origin, close }
}

const setUp = async () => {
  const server = await startServer()
  ending.push(server.close)
  let clientId = ''
  const spa = await startSpa((origin) => ({
    authority: server.issuer,
    client_id: clientId,
    redirect_uri: `${origin}/cb`,
    post_logout_redirect_uri: `${origin}/bye`,
    scope: 'openid email offline_access',
  }))
  ending.push(spa.close)
  const { client } = await server.addClient('spa', {
    client_name: 'Single page',
    redirect_uris: [`${spa.origin}/cb`],
    post_logout_redirect_uris: [`${spa.origin}/bye`],
  })
  clientId = client.id
  const person = await server.addUser({ username: 'ada' })
  const { browser, close } = await launchBrowser()
  ending.push(close)
  const tab = await browser.newPage()
  await tab.goto(`${spa.origin}/`)
  return { spa, person, tab }
}

const walkThrough = async (tab: Tab, { user, password }: Person) => {
  await tab.getByLabel('Username or email').fill(user.username)
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
  await tab.getByRole('button', { name: 'Allow' }).click()
}

type SignedIn = { sub: string; email: string; accessToken: string; refreshToken: string }
/** What the manager knows, as plain data: the code runs in the page. */
const userOf = (tab: Tab) =>
  tab.evaluate<SignedIn>(`manager.getUser().then((user) => ({
    sub: user.profile.sub, email: user.profile.email,
    accessToken: user.access_token, refreshToken: user.refresh_token,
  }))`)

describe('oidc-client-ts', () => {
  it('signs in by redirect, reads userinfo, refreshes and signs out', async () => {
    const { spa, person, tab } = await setUp()
    await tab.evaluate('void manager.signinRedirect()')
    await walkThrough(tab, person)
    await tab.waitForURL(`${spa.origin}/cb?**`)
    await tab.evaluate('finished')
    const user = await userOf(tab)
    expect(user).toMatchObject({ sub: person.user.sub, email: person.user.email })

    await tab.evaluate('manager.signinSilent().then(() => {})')
    const refreshed = await userOf(tab)
    expect(refreshed.sub).toBe(user.sub)
    expect(refreshed.accessToken).not.toBe(user.accessToken)
    expect(refreshed.refreshToken).not.toBe(user.refreshToken)

    await tab.evaluate('void manager.signoutRedirect()')
    await tab.waitForURL(`${spa.origin}/bye**`)
  })

  it('signs in by popup', async () => {
    const { person, tab } = await setUp()
    const opened = tab.waitForEvent('popup')
    const signedIn = tab.evaluate('manager.signinPopup().then(() => {})')
    await walkThrough(await opened, person)
    await signedIn
    expect(await userOf(tab)).toMatchObject({ sub: person.user.sub, email: person.user.email })
  })
})
