// Owns verifying a JWT of somebody else with keys that they have given or published (RFC 7515 5.2).
import { compactVerify, createLocalJWKSet, errors } from 'jose'
import type { AssertionAlg } from '../protocol/client-assertion.js'
import type { JwkSet } from '../protocol/jwks.js'
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

/** What was imported is kept as long as the set it came from. */
const finders = new WeakMap<JwkSet, KeyFinder>()

function finderOf(keys: JwkSet): KeyFinder {
  const known = finders.get(keys) ?? createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0])
  finders.set(keys, known)
  return known
}
