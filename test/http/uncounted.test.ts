// F18: where the counters of the limits on guessing cannot be read or written, nothing passes uncounted.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/store/fault.js'
import type { Store } from '../../src/store/store.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { authorizeUrl, tokenRequest } from '../support/flow.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

let whole: TestServer
let alice: Person
beforeAll(async () => {
  whole = await createTestServer({ cheapPasswords: true })
  alice = await whole.addUser()
})
afterAll(() => whole.close())

const fails = () => Promise.reject(new StoreUnavailable('no counters'))

/** The same database behind a server whose counters fail when they are written, or at all. */
function withoutCounters(when: 'written' | 'used'): Promise<TestServer> {
  const { store } = whole.deps
  const broken: Store = {
    ...store,
    tallies: { ...store.tallies, take: fails, ...(when === 'used' && { find: fails }) },
  }
  return createTestServer({ store: broken, cheapPasswords: true, startAt: whole.clock.now })
}

it.each(['written', 'used'] as const)(
  'F18: counters that fail when %s are 503, and nobody gets in',
  async (when) => {
    const server = await withoutCounters(when)
    const web = await server.addClient('web')
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, web).url)
    const view = await browser.signIn(alice)
    expect([view.status, view.left]).toEqual([503, undefined])
    expect(Object.keys(browser.cookies).filter((name) => name.endsWith('session'))).toEqual([])
    expect((await browser.open('/account')).heading).toBe('Sign in')

    const unavailable = '503 temporarily_unavailable'
    const service = await server.addClient('service')
    const guess = { ...service, secret: 'guess' }
    const own = { grant_type: 'client_credentials', scope: '' }
    expect(await outcome(await tokenRequest(server, guess, own))).toBe(unavailable)
    const registered = await server.fetch('/register', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://app.test/cb'] }),
    })
    expect(await outcome(registered)).toBe(unavailable)
    await browser.open('/device')
    expect((await browser.submit({ user_code: 'BBBB-BBBB' })).status).toBe(503)
    await server.close()
  },
)
