// Owns requests with an access token of ours to an API of this server itself: as a bearer (RFC 6750), or with the proof
// of a key (RFC 9449 7).
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { form, isForm } from '../http/body.js'
import { type ErrorCode, OAuthError } from '../protocol/error.js'
import { requireSingle } from '../protocol/params.js'
import { type AccessToken, readAccessToken } from '../tokens/access-token.js'
import { dpopProofs, proofAlgorithms } from './dpop.js'

type Scheme = 'Bearer' | 'DPoP'

/** A request whose sender may use the token. */
export type Authorized = {
  readonly token: AccessToken
  /** For the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Refuses for what the token does not allow. */
  readonly refuse: (code: ErrorCode, description: string, scope?: string) => OAuthError
}

const algorithms = `algs="${proofAlgorithms.join(' ')}"`

/**
 * Reads the token of a request and who may use it; what it allows is for the endpoint to judge.
 * @throws OAuthError with a challenge; a bare one where no token came (RFC 6750 3.1)
 */
export function authorizedRequests(deps: Deps): (c: Context) => Promise<Authorized> {
  const prove = dpopProofs(deps, (code, description, { headers }) =>
    challenge('DPoP', code, description, headers && { headers }),
  )
  return async (c) => {
    const { scheme, text } = await presented(c)
    const refuse: Authorized['refuse'] = (code, description, scope) =>
      challenge(scheme, code, description, { scope })
    const token = await readAccessToken(text, deps)
    if (!token) throw refuse('invalid_token', 'the access token is unknown, expired or revoked')
    if (scheme === 'Bearer') {
      // RFC 9449 7.2: a stolen token must not become a bearer token by saying so.
      if (token.jkt !== undefined)
        throw challenge('Bearer', 'invalid_token', 'the access token is bound to a key', { alsoDpop: true })
      return { token, headers: {}, refuse }
    }
    if (token.jkt === undefined) throw refuse('invalid_token', 'the access token is bound to no key')
    const proven = await prove(c, { token: text, origin: 'trusted' })
    if (proven === undefined) throw challenge('DPoP', 'invalid_dpop_proof', 'a DPoP proof is needed')
    if (proven.jkt !== token.jkt)
      throw refuse('invalid_token', 'the access token is bound to another key than the proof is signed with')
    return { token, headers: proven.headers, refuse }
  }
}

/** The token, from the header or the form, never from the URL (OAuth 2.1 5.1). */
async function presented(c: Context): Promise<{ scheme: Scheme; text: string }> {
  const header = c.req.header('authorization')
  const inBody = await bodyToken(c)
  if (header === undefined) {
    if (inBody !== undefined) return { scheme: 'Bearer', text: inBody }
    throw bare('an access token is needed')
  }
  if (inBody !== undefined) throw new OAuthError('invalid_request', 'send the access token in one place only')
  const [, name] = /^(Bearer|DPoP)\b/i.exec(header) ?? []
  if (name === undefined) throw bare('the Bearer or the DPoP scheme is needed')
  const scheme = name.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
  const [, text] = /^\w+ +([A-Za-z0-9._~+/-]+=*) *$/.exec(header) ?? []
  if (text === undefined) throw challenge(scheme, 'invalid_token', 'the access token is malformed')
  return { scheme, text }
}

/** RFC 6750 2.2: a form body, which a POST need not have. */
async function bodyToken(c: Context): Promise<string | undefined> {
  if (c.req.method !== 'POST' || !isForm(c)) return undefined
  const params = await form(c)
  requireSingle(params)
  return params.get('access_token')
}

function bare(description: string): OAuthError {
  return new OAuthError('invalid_token', description, {
    headers: { 'WWW-Authenticate': `Bearer, DPoP ${algorithms}` },
  })
}

/** The fault in the scheme that was used (RFC 6750 3, RFC 9449 7.1). */
function challenge(
  scheme: Scheme,
  code: ErrorCode,
  description: string,
  more: { scope?: string | undefined; alsoDpop?: boolean; headers?: Record<string, string> } = {},
): OAuthError {
  // As it may be said in an error: a quoted string has no escape (RFC 6750 3).
  const said = new OAuthError(code, description).description
  const scope = more.scope === undefined ? '' : `, scope="${more.scope}"`
  const algs = scheme === 'DPoP' ? `, ${algorithms}` : more.alsoDpop ? `, DPoP ${algorithms}` : ''
  return new OAuthError(code, description, {
    // RFC 9449 7.1; at the token endpoint the same codes are a 400.
    ...(isOfProof(code) && { status: 401 }),
    headers: {
      ...more.headers,
      'WWW-Authenticate': `${scheme} error="${code}", error_description="${said}"${scope}${algs}`,
    },
  })
}

const isOfProof = (code: ErrorCode) => code === 'invalid_dpop_proof' || code === 'use_dpop_nonce'
