// Owns verifying a JWT of somebody else with keys that they have given or published (RFC 7515 5.2).
import { compactVerify, createLocalJWKSet, errors } from 'jose'
import { type AssertionAlg, publicKeyAlgs } from '../protocol/client-assertion.js'
import { OAuthError } from '../protocol/error.js'
import type { JwkSet } from '../protocol/jwks.js'
import type { IssuerRules } from '../protocol/trusted-issuer.js'
import type { ForeignJwt } from './foreign-jwt.js'

type KeyFinder = ReturnType<typeof createLocalJWKSet>

/** Whether one of these keys has signed it, by one of these algorithms. */
export async function isSignedByOne(
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

/**
 * Whether a trusted issuer has signed it, by an algorithm that is taken of it.
 * @param published gets the keys at an address, of which one should have this `kid`
 * @throws OAuthError temporarily_unavailable when the keys cannot be had
 */
export async function isSignedByIssuer(
  jwt: ForeignJwt,
  { jwks, jwks_uri: uri, algorithms = [...publicKeyAlgs] }: IssuerRules,
  published: (uri: string, kid: string | undefined) => Promise<JwkSet | undefined>,
): Promise<boolean> {
  const { alg, kid } = jwt.header
  // First, so that no keys are fetched in vain.
  if (!algorithms.some((known) => known === alg)) return false
  const keys = jwks ?? (await published(uri ?? '', typeof kid === 'string' ? kid : undefined))
  if (keys !== undefined) return isSignedByOne(jwt, keys, algorithms)
  const headers = { 'Retry-After': '10' }
  throw new OAuthError('temporarily_unavailable', 'the keys of the issuer cannot be had now', { headers })
}

/** What was imported is kept as long as the set it came from. */
const finders = new WeakMap<JwkSet, KeyFinder>()

function finderOf(keys: JwkSet): KeyFinder {
  const known = finders.get(keys) ?? createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0])
  finders.set(keys, known)
  return known
}
