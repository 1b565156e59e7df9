// Owns UserInfo (OIDC Core 5.3), an API of this server itself.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import { userClaims } from '../protocol/claims.js'
import { mayShowApiToken } from '../protocol/userinfo.js'
import type { AccessToken } from '../tokens/access-token.js'
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
  const { issuer } = deps.config
  if (token.aud !== issuer && !(await isTakenHere(token, deps))) {
    const way = `refresh with resource=${issuer} (it takes the scope openid)`
    throw refuse('invalid_token', `the access token is for ${token.aud}; for one that is good here, ${way}`)
  }
  if (!token.scope.includes('openid'))
    throw refuse('insufficient_scope', 'the scope openid is needed', 'openid')
  const user = await deps.store.users.find(token.sub)
  if (!user) throw refuse('invalid_token', 'the person is gone')
  const claims = userClaims(user, token.scope, token.grant.claims, 'userinfo')
  return asRegistered(claims, token.clientId, deps)
}

/** A token for an API, of a client that has one token for that and for UserInfo. */
async function isTakenHere({ scope, clientId }: AccessToken, { store }: Deps): Promise<boolean> {
  if (!scope.includes('openid')) return false
  const client = await store.clients.find(clientId)
  return client !== undefined && mayShowApiToken(client)
}
