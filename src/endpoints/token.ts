// Owns the token endpoint (OAuth 2.1 3.2): authenticate, redeem, mint.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { redeem } from '../grants/index.js'
import { jsonSender } from '../http/json.js'
import { OAuthError } from '../protocol/error.js'
import { tokenResponse } from '../tokens/response.js'
import { clientRequests } from './client-request.js'
import { dpopProofs } from './dpop.js'
import { originBy } from './origin.js'

export function token(deps: Deps): Hono {
  const read = clientRequests(deps)
  const prove = dpopProofs(deps, (code, description, detail) => new OAuthError(code, description, detail))
  const send = jsonSender(deps.config, { open: true })
  return new Hono().post(`${deps.config.issuerPath}/token`, async (c) => {
    const { client, params } = await read(c)
    const proven = await prove(c, { origin: originBy(c, deps, client) })
    if (proven === undefined && client.metadata.dpop_bound_access_tokens) {
      throw new OAuthError('invalid_dpop_proof', 'this client must send a DPoP proof')
    }
    const entitlement = await redeem(params, client, deps, proven?.jkt)
    return send(await tokenResponse(entitlement, deps), 200, proven?.headers)
  })
}
