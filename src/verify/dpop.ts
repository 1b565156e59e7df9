// Owns checking a DPoP proof at an API (RFC 9449 4.3, 7).
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose'
import { keyFault } from './algorithm.js'
import { isObject } from './bounded-get.js'
import { isTime } from './claims.js'
import { Fault, quoted, whyOf } from './fault.js'
import { replayMemory } from './replay.js'
import { headerValues, type Presented, type RequestLike } from './request.js'
import { checkHeader, claimsIn } from './signed.js'

/** A nonce of this API (RFC 9449 9): what is handed out, and what is taken back. */
export type Nonces = {
  readonly current: () => string
  readonly accepts: (nonce: string) => boolean
}

export type ProofRules = {
  readonly algorithms: readonly string[]
  /** Where clients believe the API to be: a proxy and its Host header decide nothing. */
  readonly publicUrl: URL | undefined
  /** Seconds that a proof may be old. */
  readonly maxAge: number
  /** Seconds that clocks may differ. */
  readonly tolerance: number
  readonly nonces: Nonces | undefined
  readonly maxProofs: number
}

/** Checks the proof that came with a token against the key that the token names. @throws Fault */
export type CheckProof = (presented: Presented, jkt: string, now: number) => Promise<void>

const maxLength = 8192

export function proofChecker(rules: ProofRules): CheckProof {
  const isNew = replayMemory(rules.maxAge + 2 * rules.tolerance, rules.maxProofs)
  return async ({ token, request }, jkt, now) => {
    if (request === undefined)
      throw bad('a token alone cannot be checked against its key: hand over the request')
    const proofs = headerValues(request, 'dpop')
    const [proof] = proofs
    if (proof === undefined || proofs.length > 1) throw bad(`${proofs.length} DPoP headers`)
    const { claims, thumbprint } = await readProof(proof, rules.algorithms)
    checkTarget(claims, request, rules.publicUrl)
    // Before the clock is looked at: a client whose clock is wrong is told what is asked first.
    checkNonce(claims.nonce, rules.nonces)
    const { iat, jti, ath } = claims
    if (!isTime(iat) || iat + rules.maxAge + rules.tolerance <= now || iat - rules.tolerance > now)
      throw bad('iat is missing, too old or in the future')
    if (typeof jti !== 'string' || jti === '' || jti.length > 200) throw bad('jti is missing or too long')
    if (ath !== createHash('sha256').update(token).digest('base64url')) throw bad('ath is not of this token')
    if (thumbprint !== jkt)
      throw new Fault('invalid_token', 'the proof is signed with another key than the token names')
    if (!isNew(`${thumbprint} ${jti}`, now)) throw bad('its jti was used before')
  }
}

const bad = (reason: string) => new Fault('invalid_dpop_proof', `DPoP proof: ${reason}`)

async function readProof(
  proof: string,
  algorithms: readonly string[],
): Promise<{ claims: Record<string, unknown>; thumbprint: string }> {
  if (proof.length > maxLength) throw bad(`longer than ${maxLength} characters`)
  try {
    let key: JWK | undefined
    const { payload } = await compactVerify(proof, async (header) => {
      checkHeader(header, 'dpop+jwt', algorithms)
      const { jwk } = header
      if (!isObject(jwk)) throw bad('no jwk in its header')
      const fault = keyFault(jwk as JWK)
      if (fault !== undefined) throw bad(`its key: ${fault}`)
      key = jwk as JWK
      return importJWK(key, header.alg)
    })
    return { claims: claimsIn(payload), thumbprint: await calculateJwkThumbprint(key as JWK) }
  } catch (error) {
    throw error instanceof Fault && error.code === 'invalid_dpop_proof' ? error : bad(whyOf(error))
  }
}

function checkTarget(
  { htm, htu }: Record<string, unknown>,
  request: RequestLike,
  publicUrl: URL | undefined,
): void {
  if (publicUrl === undefined) throw bad('publicUrl is not configured, so htu cannot be checked')
  if (htm !== request.method) throw bad(`htm is ${quoted(htm)}, not ${request.method}`)
  const target = new URL(request.originalUrl ?? request.url ?? '', publicUrl)
  const expected = comparable(`${publicUrl.origin}${publicUrl.pathname.replace(/\/$/, '')}${target.pathname}`)
  if (typeof htu !== 'string' || !URL.canParse(htu) || comparable(htu) !== expected)
    throw bad(`htu is ${quoted(htu)}, not ${expected}`)
}

/** Without query and fragment (9449 4.3), normalised as RFC 3986 6.2.2 and 6.2.3 have it. */
function comparable(text: string): string {
  const { origin, pathname } = new URL(text)
  const path = pathname.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : octet.toUpperCase()
  })
  return origin + path
}

function checkNonce(nonce: unknown, nonces: Nonces | undefined): void {
  if (nonces === undefined || (typeof nonce === 'string' && nonces.accepts(nonce))) return
  throw new Fault('use_dpop_nonce', `DPoP proof: nonce is ${quoted(nonce)}`, { nonce: nonces.current() })
}
