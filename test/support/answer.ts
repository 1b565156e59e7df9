// Owns what every answer has, whatever it says and to whom.
import { expect } from 'vitest'

/** HSTS and the like as docs/decisions.md has them: Referrer-Policy same-origin, no Cross-Origin-Opener-Policy. */
const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'strict-transport-security': 'max-age=63072000',
}

/** Fails unless the answer has the whole set of headers, and none that tells what runs here (HT12). */
export function expectUsualHeaders({ headers }: Pick<Response, 'headers'>, name: string): void {
  expect(Object.fromEntries(headers), name).toMatchObject(always)
  expect(headers.get('content-security-policy'), name).toMatch(/^default-src 'none'.*frame-ancestors 'none'/)
  expect(headers.get('content-security-policy'), name).not.toMatch(/unsafe|\*/)
  expect(headers.get('cache-control'), name).toMatch(
    /^(no-store|public, max-age=\d+(, immutable|, must-revalidate)?)$/,
  )
  for (const talkative of ['server', 'x-powered-by', 'via']) expect(headers.get(talkative), name).toBeNull()
  for (const cookie of headers.getSetCookie())
    expect(cookie, name).toMatch(
      /^__Host-grantor_\w+=[\w.~-]*; Path=\/(; Max-Age=\d+)?; HttpOnly; SameSite=Lax; Secure$/,
    )
}

/** Of an answer that never ends, what is there at once; any other as it is. */
export async function finite(answer: Response): Promise<Response> {
  if (answer.headers.get('content-type') !== 'text/event-stream' || answer.body === null) return answer
  const reader = answer.body.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return new Response(value, answer)
}

/** JSON or a page of ours, as it says, or nothing at all. Answers the body. */
export async function expectWellFormed(response: Response, name: string): Promise<string> {
  const body = await (await finite(response)).text()
  const type = response.headers.get('content-type')?.split(';')[0]
  if (type === 'application/json') {
    if (body !== '') expect(() => JSON.parse(body), name).not.toThrow()
  } else if (type === 'text/html') {
    if (body !== '') expect(body, name).toMatch(/^<!doctype html><html lang="[a-z-]+"><head>.*<\/html>$/s)
    expect(balanced(body), name).toEqual([])
  } else if (type === 'application/statuslist+jwt') {
    if (body !== '') expect(body, name).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  } else if (type === 'text/event-stream') {
    expect(body, name).toMatch(/^(retry: \d+\n\n((event|id|data): \S+\n|: \S+\n|\n)*)?$/)
  } else if (type !== 'text/css' && type !== 'text/javascript') expect(body, `${name}: ${type}`).toBe('')
  return body
}

const empty = ['meta', 'link', 'input', 'br', 'hr', 'img']

/** The elements that were opened and never closed, or closed and never opened. */
function balanced(html: string): string[] {
  const open: string[] = []
  for (const [, slash, tag = '', rest = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^<>]*)>/gi)) {
    if (slash !== '/') {
      if (!empty.includes(tag) && !rest.endsWith('/')) open.push(tag)
    } else if (open.pop() !== tag) return [...open, `/${tag}`]
  }
  return open
}
