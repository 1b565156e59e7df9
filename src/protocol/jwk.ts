// Owns public keys that others bring, as JWKs: which may verify, by which algorithm, and how they are named.
import { constants, createPublicKey, hash, type KeyObject, verify } from 'node:crypto'

/** A JSON Web Key as it came: nothing of it is believed before `keyFault` has looked. */
export type Jwk = Readonly<Record<string, unknown>>

/** RFC 7518 3.1, RFC 8037 3.1, RFC 9864 2.2. `crv` is absent where keys have no curve. */
const algorithms = {
  ES256: { kty: 'EC', crv: 'P-256', digest: 'sha256' },
  RS256: { kty: 'RSA', crv: undefined, digest: 'sha256' },
  PS256: { kty: 'RSA', crv: undefined, digest: 'sha256' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', digest: null },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', digest: null },
  ES384: { kty: 'EC', crv: 'P-384', digest: 'sha384' },
  ES512: { kty: 'EC', crv: 'P-521', digest: 'sha512' },
} as const

/** Asymmetric only: a key that everybody may read can verify, but must not be able to sign (RFC 8725 3.1). */
export type Algorithm = keyof typeof algorithms

export const usualAlgorithms: readonly Algorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA']

export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === 'string' && Object.hasOwn(algorithms, value)
}

const kinds = ['RSA', 'EC', 'OKP']
/** Members that only private and symmetric keys have (RFC 7518 6.2.2, 6.3.2, 6.4; RFC 8037 2). */
export const secretParts = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** 4096 bits in base64url. Each doubling costs four times the time, and a stranger chooses the key of a proof. */
const longestModulus = 683
const leastModulus = 2048

/** Why a JWK must not verify anything; undefined when it may. That an RSA key is long enough is not looked at. */
export function keyFault(jwk: Jwk): string | undefined {
  if (!kinds.includes(jwk.kty as string)) return 'it is not a public key'
  if (secretParts.some((name) => name in jwk)) return 'it has private parts'
  if (Object.values(requiredMembers(jwk)).some((member) => typeof member !== 'string'))
    return 'its parameters are no text'
  if (jwk.kty !== 'RSA') return undefined
  if (typeof jwk.n !== 'string' || jwk.n.length > longestModulus) return 'its modulus is over 4096 bits'
  if (jwk.e !== 'AQAB') return 'its exponent is not 65537'
  return undefined
}

/** The key for an algorithm, or why it is none (RFC 8725 3.1, 3.4, 3.5). */
export function importKey(jwk: Jwk, alg: Algorithm): { key: KeyObject } | { fault: string } {
  const fault = keyFault(jwk)
  if (fault !== undefined) return { fault }
  const { kty, crv } = algorithms[alg]
  if (jwk.kty !== kty || jwk.crv !== crv) return { fault: `it is no key for ${alg}` }
  try {
    const key = createPublicKey({ key: requiredMembers(jwk), format: 'jwk' })
    const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : leastModulus
    return (bits ?? 0) < leastModulus ? { fault: `its modulus is under ${leastModulus} bits` } : { key }
  } catch {
    return { fault: 'its parameters are no key' }
  }
}

/** Whether the key has signed the input (RFC 7518 3.3-3.5). On the thread pool, beside which others are served. */
export function hasSigned(
  alg: Algorithm,
  key: KeyObject,
  input: string,
  signature: Buffer,
): Promise<boolean> {
  const { kty, digest } = algorithms[alg]
  const how =
    alg === 'PS256'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : { key, ...(kty === 'EC' && { dsaEncoding: 'ieee-p1363' as const }) }
  return new Promise((resolve) => {
    verify(digest, Buffer.from(input), how, signature, (error, genuine) => resolve(!error && genuine))
  })
}

/** The JWK thumbprint with SHA-256, base64url (RFC 7638 3). Members beyond the required ones do not count. */
export function thumbprint(jwk: object): string {
  return hash('sha256', JSON.stringify(requiredMembers(jwk)), 'base64url')
}

/** What `thumbprint` makes: 256 bits in the one way to write them. */
export function isThumbprint(text: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text)
}

type Members = { kty: string } & Record<string, string>

/** In the lexical order that RFC 7638 3.3 hashes them in. */
const required: Record<string, readonly string[]> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** What makes up the key (RFC 7638 3.2), and nothing else. */
export function requiredMembers(jwk: object): Members {
  const members = new Map(Object.entries(jwk))
  const names = required[String(members.get('kty'))] ?? []
  return Object.fromEntries(names.map((name) => [name, members.get(name)])) as Members
}
