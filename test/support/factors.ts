// Owns the second factors of tests: an authenticator app, and passkeys by way of the pages themselves.
import { Secret, TOTP } from 'otpauth'
import { createAuthenticator } from './authenticator.js'
import type { Browser, View } from './browser.js'
import { commonPassword, type TestServer } from './server.js'

/** What an app shows at that time. */
export function codeAt(secret: string, now: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret.replace(/ /g, '')) }).generate({ timestamp: now * 1000 })
}

/** The JSON that a page has for the script. */
export function optionsOn({ view }: Pick<Browser, 'view'>): string {
  const [, escaped = ''] = /data-options="([^"]*)"/.exec(view.html) ?? []
  return escaped.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
}

/** The key on a page that sets up an app. */
export function secretOn({ view }: Pick<Browser, 'view'>): string {
  return /\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b/.exec(view.text)?.[0] ?? ''
}

/** Opens a page of the account, and confirms by password that it is the user where that is asked. */
export async function openConfirmed(
  browser: Browser,
  path: `/account${string}`,
  password = commonPassword,
): Promise<View> {
  await browser.open(path)
  const { pathname } = browser.view.url
  return pathname.startsWith('/login/') ? browser.submit({ password }) : browser.view
}

export type App = { secret: string; recoveryCodes: string[]; code: () => string }

/** Sets up an app for the person who is signed in in this browser; the clock is moved so that its codes are new. */
export async function enrolApp(server: TestServer, browser: Browser): Promise<App> {
  await openConfirmed(browser, '/account/second-factor/set-up')
  const secret = secretOn(browser)
  const code = () => codeAt(secret, server.clock.now)
  await browser.submit({ code: code() })
  const recoveryCodes = browser.view.text.match(/\b[0-9a-z]{4}(?:-[0-9a-z]{4}){2}\b/g) ?? []
  server.clock.advance(60)
  return { secret, recoveryCodes, code }
}

/** Adds a passkey for the person who is signed in in this browser, and uses it where it is asked for at once. */
export async function addPasskey(server: TestServer, browser: Browser, name = 'Key') {
  const authenticator = createAuthenticator(server.config.issuerOrigin)
  await openConfirmed(browser, '/account/passkeys')
  await browser.submit({ passkey: authenticator.register(optionsOn(browser)), name })
  if (browser.view.url.pathname.startsWith('/second-factor/')) {
    await browser.submit({ passkey: authenticator.assert(optionsOn(browser)) })
  }
  return authenticator
}
