// Where a person goes from a page that leads nowhere: the app's own sign-in, else its home, else the account.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
afterEach(() => server.close())

/** The links of the page for an interaction of another browser. */
async function linksFor(app: Registered): Promise<string[]> {
  const { url } = await createBrowser(server).open(authorizeUrl(server, app).url)
  const other = createBrowser(server)
  await other.open(authorizeUrl(server, app).url)
  const { html } = await other.open(url)
  return [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href)
}

it('the sign-in of the app, told who sends them (OIDC Core 4)', async () => {
  const uris = { initiate_login_uri: 'https://app.test/login?x=1', client_uri: 'https://app.test/' }
  expect(await linksFor(await server.addClient('web', uris))).toEqual([
    'https://app.test/login?x=1&amp;iss=https%3A%2F%2Fas.test',
  ])
})

it('else the home of the app', async () => {
  const app = await server.addClient('web', { client_uri: 'https://app.test/' })
  expect(await linksFor(app)).toEqual(['https://app.test/'])
})

it('else their account; never the address that a request named', async () => {
  expect(await linksFor(await server.addClient('web'))).toEqual(['/account'])
})
