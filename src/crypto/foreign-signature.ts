// Owns verifying a JWT of somebody else with keys that they have given or published (RFC 7515 5.2).
import { compactVerify, createLocalJWKSet, errors } from 'jose'
import { type AssertionAlg, publicKeyAlgs } from '../protocol/client-assertion.js'
import { OAuthError } from '../protocol/error.js'
import type { JwkSet } from '../protocol/jwks.js'
import type { Requester } from '../protocol/requester.js'
import type { ForeignJwt } from './foreign-jwt.js'

type KeyFinder = ReturnType<typeof createLocalJWKSet>

/** Seconds until a fetch that failed is worth another request. */
const retryAfter = '10'

/** Whether one of these keys has signed it, by one of these algorithms. */
async function isSignedByOne(
  { text }: ForeignJwt,
  keys: JwkSet,
  algs: readonly AssertionAlg[],
): Promise<boolean> {
  const algorithms = [...algs]
  try {
    await compactVerify(text, finderOf(keys), { algorithms })
    return true
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false
    // No kid, and several keys for the algorithm: any of them may have signed.
    for await (const key of error)
      if (await compactVerify(text, key, { algorithms }).catch(() => undefined)) return true
    return false
  }
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
  const { alg, kid } = jwt.header
  // First, so that no keys are fetched in vain.
  if (!algorithms.some((known) => known === alg)) return false
  const named = typeof kid === 'string' ? kid : undefined
  const keys = jwks ?? (uri === undefined ? undefined : await published(uri, named, requester))
  if (keys !== undefined) return isSignedByOne(jwt, keys, algorithms)
  const headers = { 'Retry-After': retryAfter }
  throw new OAuthError('temporarily_unavailable', `the keys of the ${is} cannot be had now`, { headers })
}

/** What was imported is kept as long as the set it came from. */
const finders = new WeakMap<JwkSet, KeyFinder>()

function finderOf(keys: JwkSet): KeyFinder {
  const known = finders.get(keys) ?? createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0])
  finders.set(keys, known)
  return known
}
