// The address at which password managers look for the page that changes a password.
import { expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { createTestServer } from '../support/server.js'

it.each(['https://as.test', 'https://as.test/id'])(
  'BR09: leads to the page of %s, through the sign-in',
  async (issuer) => {
    const server = await createTestServer({ issuer, cheapPasswords: true })
    const { pathname } = new URL(issuer)
    const page = `${pathname === '/' ? '' : pathname}/account/password`
    const response = await server.fetch('https://as.test/.well-known/change-password')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(page)
    const user = await server.addUser()
    const browser = createBrowser(server)
    await browser.open('https://as.test/.well-known/change-password')
    expect(new URL(browser.view.url).pathname).toMatch(/\/login\//)
    await browser.signIn(user)
    expect(new URL(browser.view.url).pathname).toBe(page)
    // It is how a password manager knows that an address that is not there is not answered 200.
    const nothing = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200'
    expect((await server.fetch(`https://as.test${nothing}`)).status).toBe(404)
    await server.close()
  },
)
