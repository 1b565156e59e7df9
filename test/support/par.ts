// Owns pushing an authorization request as a client does (RFC 9126).
import { authenticatedPost, authorizeUrl, type Changes, type Started } from './flow.js'
import type { Registered, TestServer } from './server.js'

export const prefix = 'urn:ietf:params:oauth:request_uri:'

export type PushedUrl = Started & { requestUri: string; expiresIn: number }

/** Asks /par for what the app would otherwise ask of /authorize. */
export async function push(
  server: TestServer,
  app: Registered,
  changes: Changes = {},
): Promise<{ response: Response; started: Started }> {
  const started = authorizeUrl(server, app, changes)
  const params = Object.fromEntries(new URL(started.url).searchParams)
  return { response: await authenticatedPost(server, '/par', app, params), started }
}

/** The address to send a person to, once the request is pushed. `more` is said beside it. */
export async function pushedUrl(
  server: TestServer,
  app: Registered,
  changes: Changes = {},
  more: Record<string, string> = {},
): Promise<PushedUrl> {
  const { response, started } = await push(server, app, changes)
  if (response.status !== 201) throw new Error(`/par: ${response.status} ${await response.text()}`)
  const { request_uri: requestUri, expires_in: expiresIn } = (await response.json()) as {
    request_uri: string
    expires_in: number
  }
  const query = new URLSearchParams({ client_id: app.client.id, request_uri: requestUri, ...more })
  return { ...started, url: `${server.issuer}/authorize?${query}`, requestUri, expiresIn }
}
