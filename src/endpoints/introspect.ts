// Owns token introspection (RFC 7662), for those whom a token concerns.
import { Hono } from 'hono'
import { readRefreshToken } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import type { Client } from '../protocol/client.js'
import { includesResource } from '../protocol/resource-identifier.js'
import { formatScope } from '../protocol/scope.js'
import { confirmation, readAccessToken, tokenType } from '../tokens/access-token.js'
import { currentRefreshToken } from '../tokens/refresh-token.js'
import { clientRequests, requireConfidential, requireToken } from './client-request.js'

const inactive = '{"active":false}'

export function introspect(deps: Deps): Hono {
  const read = clientRequests(deps)
  const send = jsonSender(deps.config, { open: false })
  return new Hono().post(`${deps.config.issuerPath}/introspect`, async (c) => {
    const { client, params } = await read(c)
    requireConfidential(client, 'introspection is')
    const token = requireToken(params)
    const description = readRefreshToken(token)
      ? await describeRefreshToken(token, client, deps)
      : await describeAccessToken(token, client, deps)
    return send(description ?? inactive)
  })
}

/**
 * A token concerns the client it was issued to and the API it is for: a resource server is a client that has its
 * own identifier among its `resources`. To all others it is as if it did not exist (RFC 7662 4).
 */
async function describeAccessToken(text: string, caller: Client, deps: Deps): Promise<object | undefined> {
  const token = await readAccessToken(text, deps)
  if (!token) return undefined
  if (token.clientId !== caller.id && !includesResource(caller.metadata.resources ?? [], token.aud))
    return undefined
  return {
    active: true,
    iss: deps.config.issuer,
    sub: token.sub,
    username: mayKnowUsername(caller, token.scope) ? token.grant.username : undefined,
    aud: token.aud,
    client_id: token.clientId,
    token_type: tokenType(token),
    scope: formatScope(token.scope) || undefined,
    iat: token.iat,
    exp: token.exp,
    jti: token.jti,
    auth_time: token.authTime,
    acr: token.acr,
    amr: token.amr,
    ...confirmation(token),
    act: token.act,
    may_act: token.mayAct,
  }
}

/**
 * A human-readable name of the user (RFC 7662 2.2). It may be an e-mail address, so a client that registered itself gets
 * it only where the user has allowed the scope that holds it.
 */
function mayKnowUsername({ verified }: Client, scope: readonly string[]): boolean {
  return verified || scope.includes('profile')
}

/** Only for its own client, and only the newest generation: showing an older one here is not yet using it. */
async function describeRefreshToken(text: string, caller: Client, deps: Deps): Promise<object | undefined> {
  const { grant, expiresAt: exp } = (await currentRefreshToken(text, deps)) ?? {}
  if (grant?.clientId !== caller.id) return undefined
  const user = mayKnowUsername(caller, grant.scope) ? await deps.store.users.find(grant.sub ?? '') : undefined
  return {
    active: true,
    iss: deps.config.issuer,
    sub: grant.sub,
    username: user?.username,
    client_id: grant.clientId,
    scope: formatScope(grant.scope) || undefined,
    exp,
  }
}
