// Owns which algorithms are accepted, and which public keys are fit for them (RFC 8725 3.1, 3.4).
import type { JWK } from 'jose'

/** Asymmetric only: a key that everybody may read can verify, but must not be able to sign. */
export type Algorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'Ed25519' | 'ES384' | 'ES512'

export const usualAlgorithms: readonly Algorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA']

const known: readonly string[] = [...usualAlgorithms, 'Ed25519', 'ES384', 'ES512']

export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === 'string' && known.includes(value)
}

const kinds = ['RSA', 'EC', 'OKP']
const secretParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** 4096 bits in base64url. Each doubling costs four times the time, and a stranger chooses the key of a proof. */
const longestModulus = 683

/** Why a JWK must not verify anything; undefined when it may. jose refuses RSA under 2048 bits itself. */
export function keyFault(jwk: JWK): string | undefined {
  if (!kinds.includes(jwk.kty as string)) return 'it is not a public key'
  if (secretParts.some((name) => name in jwk)) return 'it has private parts'
  if (jwk.kty !== 'RSA') return undefined
  if (typeof jwk.n !== 'string' || jwk.n.length > longestModulus) return 'its modulus is over 4096 bits'
  if (jwk.e !== 'AQAB') return 'its exponent is not 65537'
  return undefined
}
