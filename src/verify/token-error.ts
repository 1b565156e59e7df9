// Owns how a refusal reaches the client: status, challenge, and not a word more than that (RFC 6750 3).
import type { Fault, FaultCode, FaultDetail } from './fault.js'

/** A request that must not be served. The middleware answers it; by hand: `status`, `headers` and `body`. */
export class TokenError extends Error {
  /** 400, 401, 403, or 503 when the token may be good but could not be judged. */
  readonly status: number
  /** Absent where no token came at all. */
  readonly code: FaultCode | undefined
  /** For the client; also the message of this error. */
  readonly description: string
  /** For the log: precisely why. May quote the token's claims, so it is never sent. */
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>

  constructor({ code, reason, detail }: Fault, site: ChallengeSite) {
    const { status, description } = code === undefined ? bare : answers[code]
    super(description)
    this.name = 'TokenError'
    this.status = status
    this.code = code
    this.description = description
    this.reason = reason
    this.headers = {
      'cache-control': 'no-store',
      ...(status !== 503 && { 'www-authenticate': challenge(code, description, detail, site) }),
      ...(status === 503 && { 'retry-after': String(Math.max(1, detail.retryAfter ?? 1)) }),
      ...(detail.nonce !== undefined && { 'dpop-nonce': detail.nonce }),
    }
  }

  get wwwAuthenticate(): string | undefined {
    return this.headers['www-authenticate']
  }

  /** What goes into the answer, as JSON; nothing where no token came. */
  get body(): { readonly error: string; readonly error_description: string } | undefined {
    return this.code && { error: this.code, error_description: this.description }
  }
}

/** What a challenge of this API says beside the fault. */
export type ChallengeSite = {
  /** The scheme that was used, or should have been. */
  readonly scheme: 'Bearer' | 'DPoP'
  readonly offersDpop: boolean
  readonly onlyDpop: boolean
  readonly algorithms: readonly string[]
  /** RFC 9728 5.1. */
  readonly resourceMetadata: string | undefined
  /** The scope that is needed here, which a client without a token wants to know. */
  readonly scope: string | undefined
}

const bare = { status: 401, description: 'An access token is needed.' }
const answers: Record<FaultCode, { status: number; description: string }> = {
  invalid_request: { status: 400, description: 'The Authorization header cannot be understood.' },
  invalid_token: { status: 401, description: 'The access token is expired, revoked, or not for this API.' },
  insufficient_scope: { status: 403, description: 'The access token does not allow this.' },
  insufficient_user_authentication: {
    status: 401,
    description: 'This asks for a stronger or more recent sign-in.',
  },
  invalid_dpop_proof: { status: 401, description: 'The DPoP proof is not valid for this request.' },
  use_dpop_nonce: { status: 401, description: 'The DPoP proof needs a nonce of this API.' },
  temporarily_unavailable: { status: 503, description: 'The access token cannot be checked at the moment.' },
}

/** The fault in the scheme that was used, and the other scheme as what else would do (RFC 9449 7.2). */
function challenge(
  code: FaultCode | undefined,
  description: string,
  detail: FaultDetail,
  site: ChallengeSite,
): string {
  const common: Parameters = [
    // RFC 6750 3.1: whoever sent no token made no mistake to be told of.
    ['error', code],
    ['error_description', code && description],
    ['scope', detail.scope ?? site.scope],
    ['acr_values', detail.acrValues],
    ['max_age', detail.maxAge?.toString()],
    ['resource_metadata', site.resourceMetadata],
  ]
  const algs: Parameters = [['algs', site.algorithms.join(' ')]]
  if (site.scheme === 'DPoP' || site.onlyDpop) return formatted('DPoP', [...common, ...algs])
  const bearer = formatted('Bearer', common)
  return site.offersDpop || detail.dpop ? `${bearer}, ${formatted('DPoP', algs)}` : bearer
}

type Parameters = [name: string, value: string | undefined][]

function formatted(scheme: string, parameters: Parameters): string {
  const present = parameters.filter(([, value]) => value !== undefined)
  // Quoted strings without an escape (RFC 6750 3): what would need one is left out.
  const text = present.map(([name, value]) => `${name}="${(value as string).replace(/[^ !#-[\]-~]/g, '')}"`)
  return text.length > 0 ? `${scheme} ${text.join(', ')}` : scheme
}
