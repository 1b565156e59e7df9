// Owns single signing keys: making, checking, sealing and opening them.
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlg } from '../protocol/client.js'
import { requiredMembers, thumbprint } from '../protocol/jwk.js'
import type { Random } from './handle.js'
import { decodeBase64url, seal, unseal } from './seal.js'
import type { Secrets } from './secrets.js'

/** A public key as published: the members of RFC 7638 3.2, and what a verifier needs to choose it. */
export type PublicJwk = {
  readonly kty: string
  readonly use: 'sig'
  readonly alg: SigningAlg
  readonly kid: string
  readonly [parameter: string]: string
}

/** A key pair ready for use. */
export type SigningKey = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly publicJwk: PublicJwk
}

const makePair = promisify(generateKeyPair)

/** A fresh private key: P-256, RSA with 3072 bits, or Ed25519. RSA takes about a second of a pool thread. */
export async function generateSigningKey(alg: SigningAlg): Promise<KeyObject> {
  if (alg === 'ES256') return (await makePair('ec', { namedCurve: 'P-256' })).privateKey
  if (alg === 'EdDSA') return (await makePair('ed25519')).privateKey
  return (await makePair('rsa', { modulusLength: 3072 })).privateKey
}

/** The pair of a private key, named by its thumbprint. Throws when the key cannot serve the algorithm. */
export function signingKey(alg: SigningAlg, privateKey: KeyObject): SigningKey {
  const fault = keyFault(alg, privateKey)
  if (fault !== undefined) throw new TypeError(`a key for ${alg} must be ${fault}`)
  const publicKey = createPublicKey(privateKey)
  const parameters = requiredMembers(publicKey.export({ format: 'jwk' }))
  const kid = thumbprint(parameters)
  return { kid, alg, privateKey, publicKey, publicJwk: { ...parameters, use: 'sig', alg, kid } }
}

/** What the key should have been, or undefined when it fits (RFC 7518 3.3-3.5, RFC 8725 3.4 and 3.5). */
function keyFault(alg: SigningAlg, key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails ?? {}
  if (alg === 'ES256') {
    const fits = key.asymmetricKeyType === 'ec' && details.namedCurve === 'prime256v1'
    return fits ? undefined : 'on the curve P-256'
  }
  if (alg === 'EdDSA') return key.asymmetricKeyType === 'ed25519' ? undefined : 'Ed25519'
  const bits = details.modulusLength ?? 0
  const exponent = details.publicExponent ?? 0n
  const fits = key.asymmetricKeyType === 'rsa' && bits >= 2048 && bits <= 8192 && exponent >= 65_537n
  return fits ? undefined : 'RSA with 2048 to 8192 bits and an exponent of at least 65537'
}

/** The private key as text for the store, bound to its name and algorithm. */
export function sealSigningKey(secrets: Secrets, key: SigningKey, random: Random): string {
  const der = key.privateKey.export({ format: 'der', type: 'pkcs8' })
  return seal(secrets.sealing, sealContext(key), der, random).toString('base64url')
}

/**
 * The pair that `sealSigningKey` put away. Undefined when the master key is another one or a bit has
 * changed. The public half comes from the sealed private one: nothing else in the row is believed.
 */
export function openSigningKey(
  secrets: Secrets,
  row: { readonly kid: string; readonly alg: SigningAlg; readonly sealed: string },
): SigningKey | undefined {
  const sealed = decodeBase64url(row.sealed)
  const der = sealed && unseal(secrets.sealing, sealContext(row), sealed)
  return der && signingKey(row.alg, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
}

function sealContext(key: { readonly kid: string; readonly alg: SigningAlg }): string {
  return `signing key ${key.alg} ${key.kid}`
}
