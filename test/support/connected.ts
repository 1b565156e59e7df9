// Owns a person who has let an app in: server, app, browser and tokens, for tests about what comes after.
import { expect } from 'vitest'
import { type Browser, createBrowser } from './browser.js'
import { authenticatedPost, type Changes, codeFlow, type Tokens } from './flow.js'
import {
  createTestServer,
  type Person,
  type Registered,
  type ServerOptions,
  type TestServer,
} from './server.js'

export type Connected = {
  server: TestServer
  app: Registered
  person: Person
  browser: Browser
  tokens: Tokens & { refresh_token: string }
}

/** Starts a server with one app and one person, and goes through the code flow once. */
export async function connect(
  kind: 'web' | 'spa' | 'native' = 'spa',
  options: ServerOptions & { params?: Changes; metadata?: Record<string, unknown> } = {},
): Promise<Connected> {
  return letIn(await createTestServer({ cheapPasswords: true, ...options }), kind, options)
}

let people = 0

/** The same on a server that is there, with an app and a person of its own. */
export async function letIn(
  server: TestServer,
  kind: 'web' | 'spa' | 'native' = 'spa',
  { params, metadata }: { params?: Changes; metadata?: Record<string, unknown> } = {},
): Promise<Connected> {
  const app = await server.addClient(kind, metadata)
  people += 1
  const person = await server.addUser({ username: `person${people}` })
  const browser = createBrowser(server)
  const tokens = await codeFlow(server, browser, app, { person, ...(params && { params }) })
  return { server, app, person, browser, tokens: { ...tokens, refresh_token: tokens.refresh_token ?? '' } }
}

/** What UserInfo says about a token: 200 while it is alive. */
export async function userinfoStatus(server: TestServer, accessToken: string): Promise<number> {
  const response = await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${accessToken}` } })
  return response.status
}

/** What introspection says about a token to a confidential client. */
export async function introspect(server: TestServer, caller: Registered, token: string): Promise<unknown> {
  const response = await authenticatedPost(server, '/introspect', caller, { token })
  if (!response.ok) return outcome(response)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.json()
}

/** All that may ever be said about a token that is none. */
export const inactive = { active: false }

/**
 * `200`, or the status and error code of a refusal. Fails when the refusal is not what every refusal to a
 * program is: JSON for no cache, in the characters of RFC 6749 5.2 and without markup, telling nothing beyond.
 */
export async function outcome(response: Response): Promise<string> {
  if (response.ok) return String(response.status)
  const { status, headers } = response
  const body = (await response.json()) as Record<string, string>
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.getSetCookie()).toEqual([])
  expect(body).toEqual({
    error: expect.stringMatching(/^[a-z_]+$/),
    error_description: expect.stringMatching(/^[ !#-;=?-[\]-~]+$/),
    request_id: expect.stringMatching(/^[0-9A-Za-z]{16}$/),
  })
  return `${status} ${body.error}`
}

/** How often each value occurs. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** The same fifty times, all begun before any has ended. */
export function atOnce<T>(work: (index: number) => Promise<T>, times = 50): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)))
}
