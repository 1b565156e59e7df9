// Owns UserInfo (OIDC Core 5.3), an API of this server itself.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import { userClaims } from '../protocol/claims.js'
import { asRegistered } from '../tokens/signed-userinfo.js'
import { type Authorized, authorizedRequests } from './protected.js'

const signed = { 'content-type': 'application/jwt' }

export function userinfo(deps: Deps): Hono {
  const send = jsonSender(deps.config, { open: true })
  const read = authorizedRequests(deps)
  const answer = async (c: Context) => {
    const request = await read(c)
    const described = await describePerson(request, deps)
    return send(
      described,
      200,
      typeof described === 'string' ? { ...request.headers, ...signed } : request.headers,
    )
  }
  const path = `${deps.config.issuerPath}/userinfo`
  return new Hono().get(path, answer).post(path, answer)
}

async function describePerson({ token, refuse }: Authorized, deps: Deps): Promise<object | string> {
  if (!token.scope.includes('openid')) {
    // Meant for us but without permission, or not meant for us at all (JW08).
    throw token.aud === deps.config.issuer
      ? refuse('insufficient_scope', 'the scope openid is needed', 'openid')
      : refuse('invalid_token', 'the access token is for another resource')
  }
  const user = await deps.store.users.find(token.sub)
  if (!user) throw refuse('invalid_token', 'the person is gone')
  const claims = userClaims(user, token.scope, token.grant.claims, 'userinfo')
  return asRegistered(claims, token.clientId, deps)
}
