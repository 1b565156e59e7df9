// Owns the verdicts of the security catalogue on answers to people: PAGE and RD:x, with what holds for each.
import { expect } from 'vitest'
import type { Browser } from './browser.js'
import { authorizeUrl, type Changes, type Started } from './flow.js'
import { readDocument } from './html.js'
import type { Registered, TestServer } from './server.js'

export type Asked = {
  /** Sends it with the cookies of this browser; without one it comes from a client that has none. */
  browser?: Browser
  method?: 'GET' | 'POST'
  /** Appended as it is, for what URLSearchParams would not write. */
  raw?: string
  /** The state that must come back; what was sent unless said, null for none. */
  state?: string | null
}

/** Nothing that our pages hold, and no link or form but to the web or to a path of ours. */
export const foreignMarkup =
  /<(script|img|iframe|object|embed|base|b)\b|(href|src|action)="(?!https?:|\/(?!\/)|#|data:image\/svg\+xml,)/i

/** Asks /authorize and judges the answer. */
export async function ask(
  server: TestServer,
  app: Registered,
  changes: Changes = {},
  { browser, method = 'GET', raw = '', state }: Asked = {},
): Promise<string> {
  const started = authorizeUrl(server, app, changes)
  const url = started.url + raw
  const cookies = Object.entries(browser?.cookies ?? {}).map(([name, value]) => `${name}=${value}`)
  const headers = { Cookie: cookies.join('; ') }
  const body = url.slice(url.indexOf('?') + 1)
  const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
  let response = await (method === 'GET'
    ? server.fetch(url, { headers })
    : server.fetch('/authorize', { method, headers: form, body }))
  // A form without cookies is asked again by GET, where they would be.
  const moved = response.headers.get('location')
  if (moved?.startsWith(`${server.config.issuerPath}/authorize?`)) {
    response = await server.fetch(new URL(moved, server.issuer), { headers })
  }
  const wanted = state === undefined ? new URL(started.url).searchParams.get('state') : state
  return verdict(server, response, { ...started, state: wanted || null })
}

/**
 * `PAGE` (of status 400; others are named), `RD:error`, `code`, or the first part of the path when the person
 * stays with us, such as `/login`. Fails when the answer breaks what holds for all of its kind.
 */
export async function verdict(
  server: TestServer,
  response: Response,
  { redirectUri, state }: Pick<Started, 'redirectUri'> & { state: string | null },
): Promise<string> {
  const { status, headers } = response
  const html = await response.text()
  const location = headers.get('location')
  expect(status).toBeLessThan(500)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('access-control-allow-origin')).toBeNull()
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(headers.get('referrer-policy')).toBe('same-origin')
  if (status === 303) {
    expect(location, 'printable, so that no header splits').toMatch(/^[!-~]+$/)
    expect(html).toBe('')
    const own = /^\/(?!\/)([a-z-]*)/.exec(location?.slice(server.config.issuerPath.length) ?? '')
    if (location?.startsWith('/') && own) return own[0]
    const joint = redirectUri.includes('?') ? '&' : '?'
    expect(location?.slice(0, redirectUri.length + 1)).toBe(redirectUri + joint)
    return told(server, new URLSearchParams(location?.slice(redirectUri.length + 1)), state)
  }
  expect(location).toBeNull()
  expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i)
  const form = readDocument(html, server.issuer).forms.find(
    ({ action }) => new URL(action).origin !== server.config.issuerOrigin,
  )
  if (form) {
    expect(form).toMatchObject({ method: 'POST', action: new URL(redirectUri).href })
    return told(server, new URLSearchParams(form.fields), state)
  }
  expect(html).not.toMatch(foreignMarkup)
  expect(html).not.toMatch(/code=[0-9A-Za-z]{16}\./)
  return status === 400 ? 'PAGE' : `PAGE ${status}`
}

/** What the app is told: exactly one issuer, its own state, and either a code or an error. */
function told(server: TestServer, params: URLSearchParams, state: string | null): string {
  expect(params.getAll('iss')).toEqual([server.issuer])
  expect(params.getAll('state')).toEqual(state === null ? [] : [state])
  const error = params.get('error')
  if (error === null) {
    expect(params.getAll('code')).toEqual([expect.stringMatching(/^[0-9A-Za-z]{16}\.[\w-]{43}$/)])
    return 'code'
  }
  expect(params.has('code')).toBe(false)
  expect(params.get('error_description')).toMatch(/^[ !#-[\]-~]+$/)
  return `RD:${error}`
}
