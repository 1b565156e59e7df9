// Owns verifying a JWT of somebody else with keys that they have given or published (RFC 7515 5.2).
import { type AssertionAlg, publicKeyAlgs } from '../protocol/client-assertion.js'
import { OAuthError } from '../protocol/error.js'
import { type Algorithm, hasSigned, keyFinder } from '../protocol/jwk.js'
import type { JwkSet } from '../protocol/jwks.js'
import type { Requester } from '../protocol/requester.js'
import type { ForeignJwt } from './foreign-jwt.js'

type KeyFinder = ReturnType<typeof keyFinder>

/** Seconds until a fetch that failed is worth another request. */
const retryAfter = '10'

/** Whether one of these keys has signed it. Without `kid`, any of several keys for the algorithm may have. */
async function isSignedByOne({ text, header }: ForeignJwt, alg: Algorithm, keys: JwkSet): Promise<boolean> {
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  for (const key of finderOf(keys)(header).keys)
    if (await hasSigned(alg, key, text.slice(0, end), signature)) return true
  return false
}

/** Who is to have signed, with keys that they have given or publish, by one of their algorithms if they name any. */
export type Signatory = {
  readonly is: 'client' | 'issuer'
  readonly jwks?: JwkSet | undefined
  readonly jwks_uri?: string | undefined
  readonly algorithms?: readonly AssertionAlg[] | undefined
}

/**
 * Whether they have signed it.
 * @param requester who has chosen the address of the keys
 * @param published gets the keys at an address, of which one should have this `kid`
 * @throws OAuthError temporarily_unavailable when the keys cannot be had, which is nobody's guess at a key
 */
export async function isSignedBy(
  jwt: ForeignJwt,
  { is, jwks, jwks_uri: uri, algorithms = publicKeyAlgs }: Signatory,
  requester: Requester,
  published: (uri: string, kid: string | undefined, requester: Requester) => Promise<JwkSet | undefined>,
): Promise<boolean> {
  const { kid } = jwt.header
  const alg = publicKeyAlgs.find((known) => known === jwt.header.alg)
  // First, so that no keys are fetched in vain.
  if (alg === undefined || !algorithms.includes(alg)) return false
  const named = typeof kid === 'string' ? kid : undefined
  const keys = jwks ?? (uri === undefined ? undefined : await published(uri, named, requester))
  if (keys !== undefined) return isSignedByOne(jwt, alg, keys)
  const headers = { 'Retry-After': retryAfter }
  throw new OAuthError('temporarily_unavailable', `the keys of the ${is} cannot be had now`, { headers })
}

/** What was imported is kept as long as the set it came from. */
const finders = new WeakMap<JwkSet, KeyFinder>()

function finderOf(keys: JwkSet): KeyFinder {
  const known = finders.get(keys) ?? keyFinder(keys.keys)
  finders.set(keys, known)
  return known
}
