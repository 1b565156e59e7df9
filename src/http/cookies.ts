// The cookies of this server: their names, their attributes, and what follows when one name comes with two values.
import { hash } from 'node:crypto'
import type { Context } from 'hono'
import type { Config } from '../config.js'
import { OAuthError } from '../protocol/error.js'
import { issuerUrl } from '../protocol/issuer.js'
import { foreignCookieScopes } from './cookie-scopes.js'

/**
 * `session` names the sign-ins that end with the browser, `kept_session` those that outlive it; `browser` names this
 * browser, so that no other can continue what it began.
 */
export type CookieKind = (typeof cookieKinds)[number]
export const cookieKinds = ['session', 'kept_session', 'browser'] as const

type Site = Pick<Config, 'issuer'>

/** `__Host-` keeps sibling hosts and paths from planting one (SE02); browsers refuse the prefix over http. */
export function cookieName({ issuer }: Site, kind: CookieKind): string {
  return `${isSecure(issuer) ? '__Host-' : ''}grantor_${kind}${suffixOf(issuer)}`
}

/**
 * A cookie belongs to a host: ports never count (RFC 6265 8.5), nor do paths with Path=/. An issuer that may have
 * another beside it on its host has names of its own. The slash at its end changes none.
 */
function suffixOf(issuer: string): string {
  if (/^https:\/\/(\[[^\]]*\]|[^/:]+)\/?$/.test(issuer)) return ''
  return `_${hash('sha256', issuerUrl(issuer, ''), 'hex').slice(0, 8)}`
}

/**
 * The cookie's value, or undefined.
 * @throws OAuthError invalid_request when the browser sends two different ones: either might be the planted one.
 * The response then deletes all but what this server has set, so that a reload goes on.
 */
export function readCookie(c: Context, config: Site, kind: CookieKind): string | undefined {
  const name = cookieName(config, kind)
  const [value, other] = valuesOf(c, name)
  if (other === undefined) return value || undefined
  for (const one of cookieKinds) deleteForeign(c, config, cookieName(config, one))
  throw new OAuthError('invalid_request', 'the browser sent two different cookies of one name', {
    parameter: name,
    reason: 'two different cookies of one name',
  })
}

/** The same, but undefined where the browser sends two different ones. */
export function singleCookie(c: Context, config: Site, kind: CookieKind): string | undefined {
  const [value, other] = valuesOf(c, cookieName(config, kind))
  return other === undefined ? value || undefined : undefined
}

function valuesOf(c: Context, name: string): Set<string> {
  const values = new Set<string>()
  for (const pair of (c.req.header('cookie') ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split > 0 && bare(pair.slice(0, split)) === name) values.add(bare(pair.slice(split + 1)))
  }
  return values
}

/** Deletes what another path or a parent domain has set under the name. Ours has no Domain and Path=/, and stays. */
function deleteForeign(c: Context, { issuer }: Site, name: string): void {
  if (valuesOf(c, name).size < 2) return
  const secure = isSecure(issuer) ? '; Secure' : ''
  for (const scope of foreignCookieScopes(new URL(c.req.url).pathname, new URL(issuer).hostname))
    c.header('Set-Cookie', `${name}=; ${scope}; Max-Age=0; HttpOnly; SameSite=Lax${secure}`, { append: true })
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
  const secure = isSecure(config.issuer) ? '; Secure' : ''
  const cookie = `${cookieName(config, kind)}=${value}; Path=/${age}; HttpOnly; SameSite=Lax${secure}`
  c.header('Set-Cookie', cookie, { append: true })
}

export function clearCookie(c: Context, config: Site, kind: CookieKind): void {
  setCookie(c, config, kind, '', 0)
}

/** Whether this response sets the cookie already. */
export function setsCookie(c: Context, config: Site, kind: CookieKind): boolean {
  const begin = `${cookieName(config, kind)}=`
  return c.res.headers.getSetCookie().some((cookie) => cookie.startsWith(begin))
}

/** By the issuer, never by the request: behind a proxy the request is always http. */
function isSecure(issuer: string): boolean {
  return issuer.startsWith('https:')
}
