// Owns answers to programs: JSON that no cache keeps, made in one piece because headers set one by one cost more
// than everything else about the answer.
import type { Config } from '../config.js'
import type { OAuthError } from '../protocol/error.js'
import { corsHeaders } from './cors.js'
import { retryAfterUnavailable, securityHeaders } from './headers.js'

/** Text is sent as it is, null as no body. Headers named here replace those that are always there. */
export type SendJson = (
  body: object | string | null,
  status?: number,
  headers?: Record<string, string>,
) => Response

/** @param open browser apps of every origin may read the answer */
export function jsonSender(config: Pick<Config, 'issuer'>, { open }: { open: boolean }): SendJson {
  const bare = { ...securityHeaders(config), ...(open && corsHeaders), 'cache-control': 'no-store' }
  const always = { ...bare, 'content-type': 'application/json' }
  return (body, status = 200, headers) => {
    const usual = body === null ? bare : status === 503 ? { ...always, ...waiting(headers) } : always
    return new Response(typeof body === 'object' && body !== null ? JSON.stringify(body) : body, {
      status,
      headers: headers === undefined ? usual : { ...usual, ...headers },
    })
  }
}

/** Every 503 says when to come again. */
function waiting(headers: Record<string, string> = {}): Record<string, string> {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'retry-after')
  return named ? {} : { 'retry-after': retryAfterUnavailable }
}

/** The error answer of RFC 6749 5.2. The request id is what the log has the reason under. */
export function errorBody(error: OAuthError, requestId: string): object {
  return {
    error: error.code,
    error_description: error.description,
    request_id: requestId,
  }
}
