// The state of a request: back whole, or not at all (RFC 6749 4.1.2.1).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { authorizeUrl, getCode } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { ask } from '../support/verdict.js'

let server: TestServer
let app: Registered
let browser: Browser
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  browser = createBrowser(server)
  await getCode(server, browser, app, { person: await server.addUser() })
})
afterAll(() => server.close())

it.each(['query', 'form_post'])(
  'PC05: 4,096 bytes of any characters come back by %s, from a POST and from a pushed request',
  async (response_mode) => {
    for (const state of ['s'.repeat(4096), '"'.repeat(4096), '\u{10ffff}'.repeat(1024)]) {
      const params = { state, response_mode }
      expect(await ask(server, app, params, { browser, method: 'POST' })).toBe('code')
      await browser.open((await pushedUrl(server, app, params)).url)
      const left = await delivered()
      expect(left?.params.get('state')).toBe(state)
      expect(left?.params.has('code')).toBe(true)
    }
  },
)

it('PC05: a longer one comes back whole with the error, as far as the redirect stays below 8,192 bytes', async () => {
  const { redirectUri, left } = await refusedWith('s'.repeat(4097))
  expect(left?.params.get('state')).toHaveLength(4097)
  const rest = (left?.url.href.length ?? 0) - 4097
  const longest = 's'.repeat(8191 - rest)
  expect((await refusedWith(longest)).left?.params.get('state')).toBe(longest)
  for (const state of [`${longest}s`, 's'.repeat(60_000), '"'.repeat(4097)]) {
    const { left } = await refusedWith(state)
    expect(left?.url.href).toContain(`${redirectUri}?error=invalid_request`)
    expect(left?.params.has('state')).toBe(false)
  }
})

it('PC05: a form has room for any', async () => {
  const state = '"'.repeat(20_000)
  const { left } = await refusedWith(state, { response_mode: 'form_post' })
  expect(left?.params.get('error')).toBe('invalid_request')
  expect(left?.params.get('state')).toBe(state)
})

/** What the app hears of a request that is wrong by its state alone. */
async function refusedWith(state: string, changes = {}) {
  const { url, redirectUri } = authorizeUrl(server, app, { state, ...changes })
  const fields = Object.fromEntries(new URL(url).searchParams)
  await browser.post('/authorize', fields, { from: 'https://app.test' })
  return { redirectUri, left: await delivered() }
}

/** The response that the browser has taken to the app, by its redirect or by the button of the page. */
async function delivered() {
  return browser.view.left ?? (await browser.submit()).left
}
