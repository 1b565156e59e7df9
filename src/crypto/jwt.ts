// Owns reading JWTs of our own making: access tokens, ID tokens handed back as hints.
import { compactVerify } from 'jose'
import { signingAlgs } from '../protocol/client.js'
import { isStorableJson, parseObject } from '../protocol/json.js'
import { protectedHeader } from './jws.js'
import type { Keyring } from './keyring.js'
import { decodeBase64url } from './seal.js'

/** Claims of a verified token; the registered ones are of the right type, the rest is as we wrote it. */
export type JwtClaims = {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly [name: string]: unknown
}

export type OwnJwtOptions = {
  readonly keyring: Pick<Keyring, 'verificationKey'>
  /** The exact `typ` of the header: an ID token is never an access token (RFC 8725 3.11). */
  readonly typ: string
  readonly issuer: string
  /** Epoch seconds. */
  readonly now: number
  /** What `aud` must equal; absent when the caller decides on the audience itself. */
  readonly audience?: string | undefined
  /** For id_token_hint, which OIDC Core 3.1.2.1 accepts after its expiry. */
  readonly allowExpired?: boolean | undefined
}

const maxLength = 16_384
const skew = 60
const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Verifies a JWT that this server signed. The result is its claims, or the fault in words for the log:
 * what a caller may tell the client is never more than "invalid". Never throws for a bad token.
 */
export async function verifyOwnJwt(
  token: string,
  options: OwnJwtOptions,
): Promise<{ claims: JwtClaims } | { fault: string }> {
  const parts = token.length <= maxLength ? compact.exec(token) : null
  const [, header = '', payload = '', signature = ''] = parts ?? []
  if (!parts || !decodeBase64url(signature)) return { fault: 'not a compact JWS' }

  const named = readObject(header)?.value
  const alg = signingAlgs.find((known) => known === named?.alg)
  const kid = named?.kid
  if (!alg || typeof kid !== 'string') return { fault: 'no algorithm or key of ours in the header' }
  const key = await options.keyring.verificationKey(kid, alg)
  if (!key) return { fault: 'signed with no key of ours that is still published' }
  // Our signer writes one header per key and type. Equal bytes leave no room for crit, b64, jku, jwk or a
  // member twice, and make the algorithm ours, not the token's (RFC 8725 3.1, 3.10, 3.11).
  if (header !== protectedHeader(alg, options.typ, kid))
    return { fault: `not the header of our ${options.typ}` }

  // Before the claims: what strangers write may be nested deeper than the stack holds when it is written again.
  const genuine = await compactVerify(token, key, { algorithms: [alg] }).catch(() => undefined)
  if (!genuine) return { fault: 'signature is wrong' }
  const body = readObject(payload)
  // It writes one JSON for the claims, too: no member twice, no other spelling.
  if (!body || JSON.stringify(body.value) !== body.text) return { fault: 'claims are not the JSON we write' }
  const fault = claimFault(body.value, options)
  return fault === undefined ? { claims: body.value as JwtClaims } : { fault }
}

/** A part of a JWT as a JSON object, beside its text. */
export function readObject(part: string): { text: string; value: Record<string, unknown> } | undefined {
  const bytes = decodeBase64url(part)
  if (!bytes) return undefined
  try {
    const text = utf8.decode(bytes)
    const value = isStorableJson(text) ? parseObject(text) : undefined
    return value && { text, value }
  } catch {
    return undefined
  }
}

function claimFault(claims: Record<string, unknown>, options: OwnJwtOptions): string | undefined {
  const { now, issuer, audience, allowExpired = false } = options
  const { iss, sub, aud, exp, iat, nbf = iat } = claims
  if (iss !== issuer) return 'iss is not our issuer'
  if (typeof sub !== 'string' || sub === '') return 'sub is missing'
  if (typeof aud !== 'string' || aud === '' || (audience !== undefined && aud !== audience))
    return 'aud is not the one expected'
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf)) return 'exp, iat or nbf is no time'
  if (iat > now + skew || nbf > now + skew) return 'iat or nbf is in the future'
  if (exp <= now && !allowExpired) return 'expired'
  return undefined
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
