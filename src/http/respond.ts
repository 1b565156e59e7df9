// Owns the answers to people: pages, and redirects to places that we have verified.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { redirectLocation, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { retryAfterUnavailable } from './headers.js'

/** Under this name the context says that the page has a form, which needs the cookie of the browser (BR03). */
export const pageHasForm = 'pageHasForm'

/** A finished page with the content policy it needs. */
export function sendPage(
  c: Context,
  page: { readonly html: string; readonly csp: string },
  status = 200,
  headers: Record<string, string> = {},
): Response {
  noStore(c)
  c.set(pageHasForm, page.html.includes('<form'))
  c.header('Content-Security-Policy', page.csp)
  if (status === 503 && !c.res.headers.has('Retry-After')) c.header('Retry-After', retryAfterUnavailable)
  return c.html(page.html, status as ContentfulStatusCode, headers)
}

/**
 * Leaves for a client. 303 turns a POST into a GET, so that no credentials are posted onwards (RFC 9700
 * 4.12). Parameters without a value are left out.
 */
export function redirectTo(
  c: Context,
  redirect: VerifiedRedirect,
  params: Record<string, string | undefined>,
): Response {
  noStore(c)
  return c.redirect(redirectLocation(redirect, params), 303)
}

/**
 * Goes on to a page of ours.
 * @param path begins with one slash and is written by us; it names no host, so no forged one gets in (HT05)
 */
export function seeOther(c: Context, path: `/${string}`): Response {
  noStore(c)
  return c.redirect(path, 303)
}

/** For everything that holds or depends on a credential (OAuth 2.1 3.2.3). */
function noStore(c: Context): void {
  c.header('Cache-Control', 'no-store')
}
