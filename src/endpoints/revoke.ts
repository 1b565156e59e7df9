// Owns the revocation endpoint (RFC 7009).
import { Hono } from 'hono'
import { readRefreshToken, refreshTagMatches } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { readAccessToken, revokeAccessToken } from '../tokens/access-token.js'
import { clientRequests, requireToken } from './client-request.js'

export function revoke(deps: Deps): Hono {
  const read = clientRequests(deps)
  const send = jsonSender(deps.config, { open: true })
  return new Hono().post(`${deps.config.issuerPath}/revoke`, async (c) => {
    const { client, params } = await read(c)
    await revokeToken(requireToken(params), client, deps)
    return send(null)
  })
}

/**
 * A token tells its own kind, so no hint is needed. One that is unknown or dead already is as the client wants
 * it (2.2).
 */
async function revokeToken(text: string, client: Client, deps: Deps): Promise<void> {
  const { store, now } = deps
  const refresh = readRefreshToken(text)
  if (refresh) {
    const grant = await store.grants.find(refresh.grantId)
    if (!grant || !refreshTagMatches(deps.secrets, grant, refresh)) return
    if (grant.clientId !== client.id) throw foreign()
    // The grant, so that its access tokens die too and at once (2.1). Any generation of the token will do.
    await store.grants.revoke(grant.id, now(), 'refresh token revoked by the client')
    return
  }
  const access = await readAccessToken(text, deps)
  if (!access) return
  if (access.clientId !== client.id) throw foreign()
  await revokeAccessToken(access, deps)
}

function foreign(): OAuthError {
  return new OAuthError('invalid_request', 'the token was issued to another client', { parameter: 'token' })
}
