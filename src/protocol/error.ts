// Owns the protocol's errors: every code that may reach the wire, with its HTTP status.

/** Error codes with the status they carry outside a redirect (RFC 6749 5.2, RFC 6750 3.1, OIDC Core 3.1.2.6, RFC 7591 3.2.2, RFC 8628 3.5, RFC 8707 2, RFC 9101 7, RFC 9449 5, 8). */
export const errorStatus = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  access_denied: 403,
  server_error: 500,
  temporarily_unavailable: 503,
  login_required: 400,
  consent_required: 400,
  interaction_required: 400,
  account_selection_required: 400,
  unmet_authentication_requirements: 400,
  invalid_request_uri: 400,
  invalid_request_object: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  authorization_pending: 400,
  slow_down: 400,
  expired_token: 400,
  unsupported_token_type: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_software_statement: 400,
  unapproved_software_statement: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
} as const

const basicChallenge = 'Basic realm="grantor"'

export type ErrorCode = keyof typeof errorStatus

export type ErrorDetail = {
  /** Why, for the log only; never sent. */
  reason?: string
  /** The parameter at fault, named on error pages. */
  parameter?: string
  /** Overrides the table's status: 405, 413, 415, 429, 503 ... */
  status?: number
  headers?: Record<string, string>
  cause?: unknown
}

/**
 * A refusal that the protocol has a code for. The description goes to the wire and may quote what came from
 * there, so it is brought to the characters of RFC 6749 5.2 (%x20-21 / %x23-5B / %x5D-7E) without < and >, since
 * some app will print it as markup; the reason goes to the log. Where it is caught decides how it is shown:
 * JSON, redirect, or page.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly description: string

  constructor(
    readonly code: ErrorCode,
    description: string,
    readonly detail: ErrorDetail = {},
  ) {
    super(`${code}: ${detail.reason ?? description}`, { cause: detail.cause })
    this.description = description.replaceAll('"', "'").replace(/[^ !#-;=?-[\]-~]/g, '?')
  }

  get status(): number {
    return this.detail.status ?? errorStatus[this.code]
  }

  /** Every 401 has a challenge (RFC 9110 15.5.2), also where the credentials came in the body (RFC 6749 5.2). */
  get headers(): Readonly<Record<string, string>> | undefined {
    const { headers } = this.detail
    if (this.status !== 401 || headers?.['WWW-Authenticate'] !== undefined) return headers
    return { ...headers, 'WWW-Authenticate': this.code === 'invalid_client' ? basicChallenge : 'Bearer' }
  }
}

/**
 * To who asks too often (RFC 6585 4). Not invalid_client, upon which some clients throw their registration away.
 * @param wait seconds
 */
export function tooMany(what: string, wait: number): OAuthError {
  return new OAuthError('temporarily_unavailable', `too many ${what}, try again later`, {
    status: 429,
    headers: { 'Retry-After': String(wait) },
  })
}
