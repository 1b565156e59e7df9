// Owns the pushed authorization request endpoint (RFC 9126 2): a request, checked and kept, for a reference to it.
import { Hono } from 'hono'
import { newHandle, newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import { parseAuthorization } from '../protocol/authorization.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, readParams } from '../protocol/params.js'
import { requestParameters } from '../protocol/request-parameters.js'
import { clientRequests } from './client-request.js'
import { dpopProofs } from './dpop.js'
import { originBy } from './origin.js'
import { requestUriPrefix } from './pushed-request.js'
import { queryOf } from './query.js'
import { openRequest } from './request-object.js'

export function par(deps: Deps): Hono {
  const { config, store, random } = deps
  const read = clientRequests(deps)
  const prove = dpopProofs(deps, (code, description, detail) => new OAuthError(code, description, detail))
  const send = jsonSender(config, { open: true })
  return new Hono().post(`${config.issuerPath}/par`, async (c) => {
    const { client, params } = await read(c)
    if (params.get('request_uri') !== undefined) {
      const parameter = 'request_uri'
      throw new OAuthError('invalid_request', 'request_uri cannot be pushed', { parameter })
    }
    const origin = originBy(c, deps, client)
    const proven = await prove(c, { origin })
    const pushed = withThumbprint(await openRequest(c, params, client, deps), proven?.jkt)
    parseAuthorization(pushed, client, await store.resources.all(), config.issuer)
    requireRedirectUri(pushed)
    const now = deps.now()
    const id = newId(now, random)
    const { handle, hash } = newHandle(id, random)
    const expiresAt = now + config.pushedRequestTtl
    const request = { id, clientId: client.id, hash, params: textOf(pushed), expiresAt }
    await store.pushedRequests.create(request, origin)
    const answer = { request_uri: requestUriPrefix + handle, expires_in: config.pushedRequestTtl }
    return send(answer, 201, proven?.headers)
  })
}

/** FAPI 2.0 Security Profile 5.3.2.2: also where the client has registered only one. @throws OAuthError invalid_request */
function requireRedirectUri(pushed: Params): void {
  if (pushed.get('redirect_uri') !== undefined) return
  throw new OAuthError('invalid_request', 'redirect_uri is missing; a pushed request must name it', {
    parameter: 'redirect_uri',
  })
}

/** What is read again at /authorize: no ignored parameter is stored, nor what authenticates (EX07, PR06). */
function textOf(params: Params): string {
  const query = queryOf(params)
  for (const name of new Set(query.keys())) if (!requestParameters.has(name)) query.delete(name)
  return query.toString()
}

/**
 * RFC 9449 10.1: a proof here names the key that the code will be bound to, as `dpop_jkt` does.
 * @throws OAuthError invalid_dpop_proof when both name one, and not the same
 */
function withThumbprint(params: Params, jkt: string | undefined): Params {
  if (jkt === undefined) return params
  const named = params.get('dpop_jkt')
  if (named !== undefined && named !== jkt) {
    throw new OAuthError('invalid_dpop_proof', 'dpop_jkt is not the key of the proof', {
      parameter: 'dpop_jkt',
    })
  }
  const query = queryOf(params)
  query.set('dpop_jkt', jkt)
  return readParams(query.toString())
}
