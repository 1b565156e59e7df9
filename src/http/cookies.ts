// Owns the two cookies: their names, their attributes, and the refusal of twins.
import type { Context } from 'hono'
import type { Config } from '../config.js'
import { OAuthError } from '../protocol/error.js'

/** `session` names a sign-in; `browser` names this browser, so that no other can continue what it began. */
export type CookieKind = 'session' | 'browser'

type Site = Pick<Config, 'issuer'>

/** `__Host-` keeps sibling hosts and paths from planting one (SE02); browsers refuse the prefix over http. */
export function cookieName(config: Site, kind: CookieKind): string {
  return `${isSecure(config) ? '__Host-' : ''}grantor_${kind}`
}

/**
 * The cookie's value, or undefined.
 * @throws OAuthError invalid_request when the browser sends two different ones: whichever we took might be
 * the planted one
 */
export function readCookie(c: Context, config: Site, kind: CookieKind): string | undefined {
  const name = cookieName(config, kind)
  const values = new Set<string>()
  for (const pair of (c.req.header('cookie') ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split > 0 && bare(pair.slice(0, split)) === name) values.add(bare(pair.slice(split + 1)))
  }
  const [value, twin] = values
  if (twin === undefined) return value || undefined
  throw new OAuthError('invalid_request', 'the browser sent two different cookies of one name', {
    parameter: name,
    reason: 'twin cookies',
  })
}

/**
 * Without the blanks of RFC 6265 4.2.1. `trim` would take off more than browsers count as part of a name, and so
 * let a sibling host plant a `__Host-` cookie with a no-break space before it (SE02).
 */
function bare(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t'
  let [start, end] = [0, text.length]
  while (isBlank(start)) start++
  while (end > start && isBlank(end - 1)) end--
  return text.slice(start, end)
}

/** @param maxAge seconds; without it the cookie goes when the browser is closed */
export function setCookie(c: Context, config: Site, kind: CookieKind, value: string, maxAge?: number): void {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`
  const secure = isSecure(config) ? '; Secure' : ''
  const cookie = `${cookieName(config, kind)}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${secure}`
  c.header('Set-Cookie', cookie, { append: true })
}

export function clearCookie(c: Context, config: Site, kind: CookieKind): void {
  setCookie(c, config, kind, '', 0)
}

/** By the issuer, never by the request: behind a proxy the request is always http. */
function isSecure(config: Site): boolean {
  return config.issuer.startsWith('https:')
}
