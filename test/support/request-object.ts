// Owns request objects as clients make them (RFC 9101), each part of which a test can bend.
import { CompactSign } from 'jose'
import type { SigningAlg } from '../../src/protocol/client.js'
import { issuerUrl } from '../../src/protocol/issuer.js'
import type { Bent } from './assertion.js'
import { authorizeUrl, type Changes, type Started } from './flow.js'
import { knownKey } from './keys.js'
import type { Registered, TestServer } from './server.js'

export type Signed = Started & {
  /** The address with nothing but `client_id` beside the object. */
  readonly url: string
  readonly request: string
}

/** What the app would otherwise ask of /authorize, signed by the known key for the header's algorithm. */
export async function signedRequest(
  server: TestServer,
  app: Registered,
  { header, claims, key }: Bent = {},
  beside: Changes = {},
): Promise<Signed> {
  const { issuer } = server
  const started = authorizeUrl(server, app)
  const params = Object.fromEntries(new URL(started.url).searchParams)
  const usual = { iss: app.client.id, aud: issuer, ...params }
  const protectedHeader = { alg: 'ES256', typ: 'oauth-authz-req+jwt', ...header }
  const request = await new CompactSign(Buffer.from(JSON.stringify({ ...usual, ...claims })))
    .setProtectedHeader(protectedHeader)
    .sign(key ?? knownKey(protectedHeader.alg as SigningAlg))
  const query = new URLSearchParams({ client_id: app.client.id, request })
  for (const [name, value] of Object.entries(beside)) query.set(name, String(value))
  return { ...started, request, url: `${issuerUrl(issuer, '/authorize')}?${query}` }
}
