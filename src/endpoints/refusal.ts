// Owns what a program is told when its request fails; the reason stays in the log, under the same id.
import type { Context } from 'hono'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { errorBody, type SendJson } from '../http/json.js'
import { OAuthError } from '../protocol/error.js'
import { StoreConflict, StoreUnavailable } from '../store/fault.js'

/** Answers anything that was thrown with the error JSON of RFC 6749 5.2. */
export function refusal(c: Context, deps: Deps, thrown: unknown, send: SendJson): Response {
  const error = told(thrown)
  const requestId = newId(deps.now(), deps.random)
  const entry = { requestId, method: c.req.method, path: c.req.path, code: error.code }
  if (error.status >= 500) deps.log.error({ ...entry, err: thrown }, 'failed')
  else deps.log.info({ ...entry, reason: error.detail.reason ?? error.description }, 'refused')
  return send(errorBody(error, requestId), error.status, error.headers)
}

function told(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown
  // A row that was deleted while we worked on it: asked again, the request gets its proper answer.
  if (thrown instanceof StoreUnavailable || thrown instanceof StoreConflict) {
    return new OAuthError('temporarily_unavailable', 'the server cannot do this now, try again soon')
  }
  return new OAuthError('server_error', 'the server failed')
}
