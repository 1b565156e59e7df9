// Owns private keys for tests: the ones printed in RFCs first, so that no test waits for RSA.
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlg } from '../../src/protocol/client.js'
import rfc7515 from '../vectors/rfc7515.json' with { type: 'json' }
import rfc7517 from '../vectors/rfc7517.json' with { type: 'json' }
import rfc8037 from '../vectors/rfc8037.json' with { type: 'json' }

const published: Record<SigningAlg, object> = {
  ES256: rfc7515['A.3'].key,
  RS256: rfc7515['A.2'].key,
  PS256: rfc7517['A.2'].keys[1] as object,
  EdDSA: rfc8037['A.1'].key,
}

const makePair = promisify(generateKeyPair)

/** The private key of a JWK. */
export function privateKeyOf(jwk: object): KeyObject {
  return createPrivateKey({ key: { ...jwk }, format: 'jwk' })
}

/** The published private key of an algorithm; always the same one. */
export function knownKey(alg: SigningAlg): KeyObject {
  return privateKeyOf(published[alg])
}

/** For `createKeyring`: of each algorithm the published key first, then fresh ones (RSA with 2048 bits). */
export function quickKeys(): (alg: SigningAlg) => Promise<KeyObject> {
  const given = new Set<SigningAlg>()
  return async (alg) => {
    if (!given.has(alg)) {
      given.add(alg)
      return knownKey(alg)
    }
    if (alg === 'ES256') return (await makePair('ec', { namedCurve: 'P-256' })).privateKey
    if (alg === 'EdDSA') return (await makePair('ed25519')).privateKey
    return (await makePair('rsa', { modulusLength: 2048 })).privateKey
  }
}
