// Owns DPoP proofs at our own endpoints (RFC 9449 5, 7, 8): by which rules, each once, and with which nonces.
import { hash } from 'node:crypto'
import type { Context } from 'hono'
import { dpopNonce, dpopNonceEnd } from '../crypto/dpop-nonce.js'
import type { Deps } from '../deps.js'
import { type ProofFault, proofReader } from '../protocol/dpop.js'
import type { ErrorDetail, OAuthError } from '../protocol/error.js'
import type { Algorithm } from '../protocol/jwk.js'
import type { Origin } from '../store/store.js'
import { requestedPath } from './root-aliases.js'

export const proofAlgorithms: readonly Algorithm[] = ['ES256', 'RS256', 'PS256', 'Ed25519', 'EdDSA']

/** A key that a request has proven to hold. */
export type Proven = {
  readonly jkt: string
  /** For the answer: another nonce, when the one that was used will soon be over (RFC 9449 8.2). */
  readonly headers: Readonly<Record<string, string>>
}

/** How an endpoint refuses a proof. */
export type RefuseProof = (code: ProofFault['code'], description: string, detail: ErrorDetail) => OAuthError

/** Seconds that `iat` may lie behind and ahead of a proof without a nonce: with less, clients whose clocks are a little wrong are refused. */
const slack = 60

/** What a proof belongs to: who its use is counted for, and the access token beside it. */
export type ProofContext = { readonly origin: Origin; readonly token?: string }

/** Reads the proof of a request to this endpoint; undefined when it brings none. A proof is spent by being read. */
export function dpopProofs(
  { config, secrets, store, now }: Deps,
  refuse: RefuseProof,
): (c: Context, context: ProofContext) => Promise<Proven | undefined> {
  const read = proofReader({ algorithms: proofAlgorithms, maxAge: slack, maxAhead: slack })
  const key = secrets.dpopNonce
  const isOptional = config.dpopNonce === 'optional'
  const acceptsNonce = (nonce: unknown, at: number) => {
    if (typeof nonce !== 'string') return isOptional && nonce === undefined
    const until = dpopNonceEnd(key, nonce, at)
    return until !== undefined && { until }
  }
  const nonceHeader = (at: number) => ({ 'DPoP-Nonce': dpopNonce(key, at) })

  return async (c, { origin, token }) => {
    const text = c.req.header('dpop')
    if (text === undefined) return undefined
    // Headers of one name are joined by commas, of which a proof has none.
    if (text.includes(',')) throw refuse('invalid_dpop_proof', 'more than one DPoP header', {})
    const at = now()
    const proof = await read(text, {
      method: c.req.method,
      url: config.issuerOrigin + requestedPath(c),
      token,
      acceptsNonce: (nonce) => acceptsNonce(nonce, at),
      now: at,
    })
    if ('code' in proof) {
      const isNonce = proof.code === 'use_dpop_nonce'
      throw refuse(proof.code, `DPoP proof: ${proof.reason}`, isNonce ? { headers: nonceHeader(at) } : {})
    }
    const { jkt, jti, nonce, until } = proof
    // Hashed: of a bounded length, and nothing that a client wrote is a key of ours.
    const marker = `dpop ${hash('sha256', `${jkt} ${jti}`, 'base64url')}`
    if (!(await store.replay.once(marker, Math.ceil(until), origin)))
      throw refuse('invalid_dpop_proof', 'DPoP proof: its jti was used before', {})
    const headers = nonceHeader(at)
    return { jkt, headers: nonce === undefined || nonce === headers['DPoP-Nonce'] ? {} : headers }
  }
}
