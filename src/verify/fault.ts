// Owns faults as the parts of the library tell them to each other: a code for the wire, a reason for the log.

/** RFC 6750 3.1, RFC 9449 7.1, RFC 9470 3; the last one is for a token that could not be judged. */
export type FaultCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'temporarily_unavailable'

/** What the challenge says beside the code. */
export type FaultDetail = {
  readonly scope?: string | undefined
  readonly acrValues?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  /** The token could be used with a proof. */
  readonly dpop?: boolean | undefined
  /** For the DPoP-Nonce header. */
  readonly nonce?: string | undefined
  /** Seconds. */
  readonly retryAfter?: number | undefined
}

/** `code` is absent where no token came at all (RFC 6750 3.1). `reason` may quote the token: it is for the log alone. */
export class Fault extends Error {
  readonly code: FaultCode | undefined
  readonly reason: string
  readonly detail: FaultDetail

  constructor(code: FaultCode | undefined, reason: string, detail: FaultDetail = {}) {
    super(reason)
    this.code = code
    this.reason = reason
    this.detail = detail
  }
}

/** A value from outside, for a reason: short, and never deeper than a stack is. */
export function quoted(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value)
  return typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'an object') : String(value)
}

export const invalidToken = (reason: string) => new Fault('invalid_token', reason)

/** Why something failed, in one line. fetch hides the interesting part in `cause`. */
export function whyOf(error: unknown): string {
  if (error instanceof Fault) return error.reason
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const inner = cause instanceof Error ? cause.message || (cause as { code?: string }).code : undefined
  return inner ? `${error.message}: ${inner}` : error.message
}
