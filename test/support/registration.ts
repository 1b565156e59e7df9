// Owns apps that register themselves (RFC 7591), for tests of what comes of it.
import { parseClientMetadata } from '../../src/protocol/client.js'
import type { Registered, TestServer } from './server.js'
import { aClient } from './values.js'

export type Information = Record<string, unknown> & {
  client_id: string
  client_secret?: string
  registration_access_token: string
  registration_client_uri: string
}

/** The shortest registration of an app on a person's own computer. */
export const minimal = { redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' }

export function postRegistration(
  server: TestServer,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return server.fetch('/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** A registration that must be accepted. */
export async function registerApp(
  server: TestServer,
  body: unknown = minimal,
  headers: Record<string, string> = {},
): Promise<Information> {
  const response = await postRegistration(server, body, headers)
  if (response.status !== 201) throw new Error(`register: ${response.status} ${await response.text()}`)
  return (await response.json()) as Information
}

/** The app as it was told to be, as helpers of tests take it. */
export function appOf(information: Information): Registered {
  const kind = information.application_type === 'native' ? 'native' : 'web'
  const client = {
    ...aClient(kind),
    id: information.client_id,
    metadata: parseClientMetadata(kind, information),
  }
  return { client, secret: information.client_secret ?? '' }
}

/** A request to the address that the registration gave (RFC 7592 2), with the app's own token. */
export function manage(
  server: TestServer,
  { registration_client_uri: uri, registration_access_token: token }: Information,
  method: string,
  body?: unknown,
): Promise<Response> {
  return server.fetch(uri, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}
