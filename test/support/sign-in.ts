// Owns the sign-in page as people and guessers meet it, for tests of who gets in.
import { type Browser, createBrowser, type View } from './browser.js'
import { authorizeUrl, type Changes } from './flow.js'
import type { Registered, TestServer } from './server.js'

export type Door = ReturnType<typeof createDoor>

/** The way in to one app. */
export function createDoor(server: TestServer, app: Registered) {
  let guesses = 0

  /** A new browser before the sign-in page, with these parameters in the app's request. */
  async function atLogin(address?: string, params: Changes = {}): Promise<Browser> {
    const browser = createBrowser(server, address === undefined ? {} : { address })
    await browser.open(authorizeUrl(server, app, params).url)
    return browser
  }

  return {
    atLogin,

    /** Tries a password in a new browser at an address of its own, so that only the account's brake is felt. */
    async guess(username: string, password = 'wrong'): Promise<View> {
      guesses += 1
      const browser = await atLogin(`198.18.${guesses >> 8}.${guesses & 255}`)
      return browser.submit({ username, password })
    },

    /** What the app hears without anything being asked: nothing when this browser is signed in, else the error. */
    async silently(browser: Browser): Promise<string | null> {
      const { left } = await browser.open(authorizeUrl(server, app, { prompt: 'none' }).url)
      return left?.params.get('error') ?? null
    },
  }
}

/** The Cookie header of a browser, for requests that no browser would send. */
export function cookieHeader(browser: Pick<Browser, 'cookies'>): string {
  const cookies = Object.entries(browser.cookies)
  return cookies.map(([name, value]) => `${name}=${value}`).join('; ')
}
