// Owns assertions as clients make them (RFC 7523), each part of which a test can bend.
import { createHmac, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import { CompactSign, type CryptoKey, importJWK } from 'jose'
import type { SigningAlg } from '../../src/protocol/client.js'
import { issuerUrl } from '../../src/protocol/issuer.js'
import { knownKey } from './keys.js'
import type { Registered, TestServer } from './server.js'

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The public half of a key as a client registers it. */
export function publicJwk(key: KeyObject, more: object = {}): Record<string, unknown> {
  return { ...createPublicKey(key).export({ format: 'jwk' }), ...more }
}

/** Metadata of a client that signs with the known key of this algorithm. */
export const signing = (alg: SigningAlg = 'ES256', more: object = {}) => ({
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [publicJwk(knownKey(alg))] },
  ...more,
})

/** The known private key for WebCrypto, as client libraries want it. */
export function webKey(alg: SigningAlg): Promise<CryptoKey> {
  return importJWK(knownKey(alg).export({ format: 'jwk' }), alg) as Promise<CryptoKey>
}

export type Bent = {
  header?: Record<string, unknown>
  /** Over the usual ones; undefined leaves one out. */
  claims?: Record<string, unknown>
  key?: KeyObject | Uint8Array
}

/** An assertion of this client: by its secret where it has one, else by the known key for the header's algorithm. */
export async function assertionOf(
  server: TestServer,
  { client: { id }, secret }: Registered,
  { header, claims, key }: Bent = {},
): Promise<string> {
  const now = server.clock.now
  const usual = { iss: id, sub: id, aud: server.issuer, iat: now, exp: now + 60, jti: randomUUID() }
  const protectedHeader = { alg: secret === '' ? 'ES256' : 'HS256', ...header }
  const known = () => (secret === '' ? knownKey(protectedHeader.alg as SigningAlg) : Buffer.from(secret))
  return new CompactSign(Buffer.from(JSON.stringify({ ...usual, ...claims })))
    .setProtectedHeader(protectedHeader)
    .sign(key ?? known())
}

/** A JWS over a header and claims as they are spelled: by ES256 with a key pair, by HS256 with a secret. */
export function signedText(header: string, claims: string, key: KeyObject | Uint8Array): string {
  const input = [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const signature =
    key instanceof Uint8Array
      ? createHmac('sha256', key).update(input).digest()
      : sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** Asks an endpoint, with an assertion as the only authentication. */
export function assertedPost(
  server: TestServer,
  path: string,
  assertion: string,
  more: Record<string, string> = {},
  from = '192.0.2.1',
): Promise<Response> {
  const authentication = { client_assertion_type: assertionType, client_assertion: assertion }
  const body = new URLSearchParams({ ...authentication, ...more })
  return server.fetchFrom(from, new Request(issuerUrl(server.issuer, path), { method: 'POST', body }))
}
