// The name of a browser: a random cookie, so that no other browser can go on with what this one began.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import { hashSecret, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { readCookie, setCookie, setsCookie, singleCookie } from '../http/cookies.js'
import type { Params } from '../protocol/params.js'

export type Browser = {
  readonly secret: string
  readonly hash: string
}

const hour = 3600
/** Somebody has signed in here: for so long the browser passes that person's lock-out (SE07). */
const knownFor = 180 * 24 * hour

/** Before the secret once somebody has signed in: a request does not say how long its cookie was to last. */
const knownMark = 'known.'

/** The browser as its cookie names it; undefined when it brought none. */
export function findBrowser(c: Context, deps: Deps): Browser | undefined {
  const [, , secret] = parse(readCookie(c, deps.config, 'browser')) ?? []
  return secret === undefined ? undefined : { secret, hash: hashSecret(secret) }
}

/**
 * Renews the cookie with a page that has a form: a page that was just opened works as long as any (BR03). A browser
 * that has no cookie gets none here.
 */
export function renewBrowser(c: Context, { config }: Deps): void {
  const found = parse(singleCookie(c, config, 'browser'))
  if (!found || setsCookie(c, config, 'browser')) return
  const [value, mark] = found
  setCookie(c, config, 'browser', value, mark === undefined ? hour : knownFor)
}

function parse(value = ''): RegExpExecArray | null {
  return /^(known\.)?([A-Za-z0-9_-]{43})$/.exec(value)
}

/** The browser, named now if it has no name yet. */
export function nameBrowser(c: Context, deps: Deps): Browser {
  const found = findBrowser(c, deps)
  if (found) return found
  const secret = newSecret(deps.random)
  setCookie(c, deps.config, 'browser', secret, hour)
  return { secret, hash: hashSecret(secret) }
}

/** The token of a form that belongs to no interaction, for this browser; `form` is its path. */
export function formToken(c: Context, deps: Deps, form: `/${string}`): string {
  return csrfToken(deps.secrets.csrf, form, nameBrowser(c, deps).secret)
}

/** Whether such a form was rendered for this browser. */
export function isOwnForm(c: Context, deps: Deps, form: `/${string}`, params: Params): boolean {
  const browser = findBrowser(c, deps)
  return browser !== undefined && csrfMatches(deps.secrets.csrf, params.get('csrf'), form, browser.secret)
}

/** Keeps the name of a browser in which this person has signed in, and that they did. */
export async function rememberBrowser(c: Context, deps: Deps, browser: Browser, sub: string): Promise<void> {
  await deps.store.browsers.remember(browser.hash, sub, deps.now() + knownFor)
  setCookie(c, deps.config, 'browser', `${knownMark}${browser.secret}`, knownFor)
}
