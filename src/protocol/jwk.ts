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

/** One algorithm under two names (RFC 9864 2.2), as far as keys on Ed25519 go, and no other ones are accepted. */
const canonical = (alg: unknown) => (alg === 'EdDSA' ? 'Ed25519' : alg)

/**
 * Why a JWK must not verify by this algorithm; undefined when it may. A key that says what it is for is used for
 * nothing else (RFC 7517 4.2, 4.3, 4.4; RFC 8725 3.1).
 */
export function purposeFault({ alg, use, key_ops: operations }: Jwk, by: Algorithm): string | undefined {
  if (alg !== undefined && canonical(alg) !== canonical(by)) return `its alg is not ${by}`
  if (use !== undefined && use !== 'sig') return 'its use is not sig'
  if (operations === undefined) return undefined
  if (!Array.isArray(operations) || !operations.includes('verify')) return 'its key_ops do not have verify'
  return new Set(operations).size < operations.length ? 'its key_ops have a value twice' : undefined
}

/** The key for an algorithm, or why it is none (RFC 8725 3.1, 3.4, 3.5). */
export function importKey(jwk: Jwk, alg: Algorithm): { key: KeyObject } | { fault: string } {
  const fault = purposeFault(jwk, alg)
  if (fault !== undefined) return { fault }
  const { kty, crv } = algorithms[alg]
  return jwk.kty === kty && jwk.crv === crv ? importAnyKey(jwk) : { fault: `it is no key for ${alg}` }
}

/** The key, whatever it is for, or why it is none. */
export function importAnyKey(jwk: Jwk): { key: KeyObject } | { fault: string } {
  const fault = keyFault(jwk)
  if (fault !== undefined) return { fault }
  try {
    const key = createPublicKey({ key: requiredMembers(jwk), format: 'jwk' })
    const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : leastModulus
    return (bits ?? 0) < leastModulus ? { fault: `its modulus is under ${leastModulus} bits` } : { key }
  } catch {
    return { fault: 'its parameters are no key' }
  }
}

/** Keys that may have signed something, and why the last one that was left out is none of them. */
export type FoundKeys = { readonly keys: readonly KeyObject[]; readonly fault: string | undefined }

/**
 * Finds the keys of a set that may have signed what has this header: those with its `kid`, or all where it has none
 * (RFC 7515 4.1.4), as far as they may verify by its `alg`. Each is imported once.
 */
export function keyFinder(jwks: readonly Jwk[]): (header: { alg?: unknown; kid?: unknown }) => FoundKeys {
  const imported = new Map<string, ReturnType<typeof importKey>>()
  return ({ alg, kid }) => {
    if (!isAlgorithm(alg)) return { keys: [], fault: undefined }
    const named = jwks.filter((jwk) => kid === undefined || jwk.kid === kid)
    const found = named.map((jwk) => {
      const name = `${jwks.indexOf(jwk)} ${alg}`
      const known = imported.get(name) ?? importKey(jwk, alg)
      imported.set(name, known)
      return known
    })
    return {
      keys: found.flatMap((one) => ('key' in one ? one.key : [])),
      fault: found.flatMap((one) => ('fault' in one ? one.fault : [])).at(-1),
    }
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
