// Owns the rules for DPoP proofs at an API, and the memory of those that were used (RFC 9449 4.3, 7, 11.1).
import { proofReader } from '../protocol/dpop.js'
import { Fault } from './fault.js'
import { replayMemory } from './replay.js'
import { headerValues, type Presented, pathOf } from './request.js'

/** A nonce of this API (RFC 9449 9): what is handed out, and what is taken back. */
export type Nonces = {
  readonly current: () => string
  readonly accepts: (nonce: string) => boolean
  /**
   * Seconds after which a nonce that was handed out is not accepted any more. With it a nonce says when a proof was
   * made, and a client whose clock is wrong can use the API (RFC 9449 4.3, step 11). Replays are remembered for it.
   */
  readonly lifetime?: number | undefined
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

/** Seconds that a proof may be ahead, however little clocks may differ (FAPI 2.0 SP 5.3.2.1). */
const leastAhead = 10

export function proofChecker(rules: ProofRules): CheckProof {
  const { algorithms, publicUrl, maxAge, tolerance, nonces } = rules
  const maxAhead = Math.max(leastAhead, tolerance)
  const { lifetime } = nonces ?? {}
  // A proof is remembered for as long as its nonce can be accepted, counted from its use.
  const isNew = replayMemory(lifetime ?? maxAge + tolerance + maxAhead, rules.maxProofs)
  const read = proofReader({ algorithms, maxAge: maxAge + tolerance, maxAhead })
  const acceptsNonce = (nonce: unknown, now: number) => {
    if (nonces === undefined) return true
    const fits = typeof nonce === 'string' && nonces.accepts(nonce)
    return fits && lifetime !== undefined ? { until: now + lifetime } : fits
  }
  return async ({ token, request }, jkt, now) => {
    if (request === undefined)
      throw bad('a token alone cannot be checked against its key: hand over the request')
    const proofs = headerValues(request, 'dpop')
    const [text] = proofs
    if (text === undefined || proofs.length > 1) throw bad(`${proofs.length} DPoP headers`)
    if (publicUrl === undefined) throw bad('publicUrl is not configured, so htu cannot be checked')
    const path = pathOf(request)
    if (path === undefined) throw bad('the request has no path, so htu cannot be checked')
    const url = publicUrl.origin + publicUrl.pathname.replace(/\/$/, '') + path
    const proof = await read(text, {
      method: request.method,
      url,
      token,
      acceptsNonce: (nonce) => acceptsNonce(nonce, now),
      now,
    })
    if ('code' in proof) {
      const nonce = proof.code === 'use_dpop_nonce' ? nonces?.current() : undefined
      throw new Fault(proof.code, `DPoP proof: ${proof.reason}`, { nonce })
    }
    if (proof.jkt !== jkt)
      throw new Fault('invalid_token', 'the proof is signed with another key than the token names')
    if (!isNew(`${jkt} ${proof.jti}`, now)) throw bad('its jti was used before')
  }
}

const bad = (reason: string) => new Fault('invalid_dpop_proof', `DPoP proof: ${reason}`)
