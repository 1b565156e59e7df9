// The catalogue of threats, EN07: one account for a mailbox, in whatever form a browser sends its domain.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { openConfirmed } from '../support/factors.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

let server: TestServer
let max: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  max = await server.addUser({ username: 'max', email: 'Max@M\u00fcller.example', emailVerified: true })
})
afterEach(() => server.close())

const spellings = ['max@m\u00fcller.example', 'MAX@XN--MLLER-KVA.example', 'max@mu\u0308ller.example']
const refused = ['max@-m\u00fcller-.example', 'max@xn--zzzzzz999999.example', 'max@\u05d0a.example']

async function post(page: string, fields: Record<string, string>) {
  const browser = createBrowser(server)
  await browser.open(page)
  return browser.submit(fields)
}

describe('an address with an international domain', () => {
  it('EN07: signs in to one account in every spelling, and is shown as it was given', async () => {
    for (const username of spellings) {
      const browser = createBrowser(server)
      await browser.open('/account/profile')
      await browser.submit({ username, password: max.password })
      expect(browser.view.text, username).toContain('Max@M\u00fcller.example')
    }
  })

  it('EN07: is known to registration and reset in every spelling', async () => {
    for (const [i, email] of spellings.entries()) {
      await post('/sign-up', { email })
      expect(server.mails.at(-1)?.to).toBe('Max@M\u00fcller.example')
      expect(server.mails.at(-1)?.text).toContain('/login')
      server.clock.advance(3600)
      await post('/forgot-password', { email })
      expect(server.mails.at(-1)?.text).toContain('/reset-password/')
      expect(server.mails).toHaveLength(2 * i + 2)
      server.clock.advance(3600)
    }
  })

  it('EN07: is one recipient to the limit on mail', async () => {
    const statuses: number[] = []
    for (const email of [...spellings, 'Max@M\u00dcLLER.example']) {
      statuses.push((await post('/forgot-password', { email })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  it('EN07: from before, which no new account gets, still gets a link to reset the password', async () => {
    for (const email of ['ada@old_host.example', 'ada@[192.0.2.1]']) {
      await server.addUser({ username: email, email, emailVerified: true })
      await post('/forgot-password', { email })
      expect(server.mails.at(-1)?.to).toBe(email)
      expect((await post('/sign-up', { email })).status).toBe(422)
    }
  })

  it.each(refused)('EN07: that UTS 46 refuses is refused in words by every form: %s', async (email) => {
    for (const page of ['/sign-up', '/forgot-password']) {
      const { status, text } = await post(page, { email })
      expect([status, text], page).toEqual([422, expect.stringContaining('not a valid domain')])
    }
    const browser = createBrowser(server)
    await browser.open('/account')
    await browser.signIn(max)
    await openConfirmed(browser, '/account/profile/email')
    const { status, text } = await browser.submit({ email })
    expect([status, text]).toEqual([422, expect.stringContaining('not a valid domain')])
    expect(server.mails.filter(({ to }) => to === email)).toEqual([])
  })
})
