// The same journey under other issuers: with a path, and over http on loopback.
import { expect, it } from 'vitest'
import { type CookieKind, cookieName } from '../../src/http/cookies.js'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, codeFlow } from '../support/flow.js'
import { createTestServer } from '../support/server.js'

it.each(['https://as.test/tenant', 'http://localhost:9000', 'http://127.0.0.1:9000/a/b'])(
  '%s: every page, form and cookie is its own',
  async (issuer) => {
    const named = (kind: CookieKind) => cookieName({ issuer }, kind)
    const server = await createTestServer({ issuer, cheapPasswords: true })
    const app = await server.addClient('web', { post_logout_redirect_uris: ['https://app.test/bye'] })
    const alice = await server.addUser()
    const browser = createBrowser(server)
    const base = new URL(issuer).pathname.replace(/\/$/, '')
    const tokens = await codeFlow(server, browser, app, { person: alice })
    expect(Object.keys(browser.cookies)).toEqual([named('browser'), named('session')])

    const pages = [
      await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url),
      await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url),
      await browser.open(authorizeUrl(server, app, { prompt: 'consent' }).url),
      await browser.open(`${issuer}/account`),
      await browser.open(`${issuer}/`),
      await browser.open(issuer),
      await browser.open(`${issuer}/end-session`),
      await browser.open(authorizeUrl(server, app, { client_id: 'nobody' }).url),
    ]
    for (const { status, url, html, heading } of pages) {
      expect([200, 400], heading).toContain(status)
      expect(url.href.startsWith(`${issuer}/`), heading).toBe(true)
      for (const [, own = ''] of html.matchAll(/(?:action|href)="(\/[^"]*)"/g)) {
        expect(own.startsWith(`${base}/`), own).toBe(true)
      }
    }
    const query = `id_token_hint=${tokens.id_token}&post_logout_redirect_uri=https://app.test/bye`
    expect((await browser.open(`${issuer}/end-session?${query}`)).left?.url.href).toBe('https://app.test/bye')
    expect(Object.keys(browser.cookies)).toEqual([named('browser')])
    await server.close()
  },
)
