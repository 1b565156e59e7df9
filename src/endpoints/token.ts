// Owns the token endpoint (OAuth 2.1 3.2): authenticate, redeem, mint.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { redeem } from '../grants/index.js'
import { jsonSender } from '../http/json.js'
import { tokenResponse } from '../tokens/response.js'
import { clientRequests } from './client-request.js'

export function token(deps: Deps): Hono {
  const read = clientRequests(deps)
  const send = jsonSender(deps.config, { open: true })
  return new Hono().post(`${deps.config.issuerPath}/token`, async (c) => {
    const { client, params } = await read(c)
    const entitlement = await redeem(params, client, deps)
    return send(await tokenResponse(entitlement, deps))
  })
}
