// Owns giving out our word about a person for another authorization server (ID-JAG, as the one who signs people in).
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { IdentityAssertion } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import { tokenTypes } from '../protocol/exchange.js'
import { checkResourceIdentifier } from '../protocol/resource-identifier.js'
import { parseScope } from '../protocol/scope.js'
import type { GrantRow } from '../store/store.js'
import { readIdToken } from '../tokens/id-token.js'
import { currentRefreshToken } from '../tokens/refresh-token.js'
import { wrongTarget } from './target.js'

type Asked = {
  readonly subject_token: string
  readonly subject_token_type: string
  readonly actor_token?: string | undefined
  readonly scope?: string | undefined
  readonly resource: readonly string[]
  readonly audience: readonly string[]
}

/** More connections of one person with one app are not looked through. */
const mostGrants = 1000

/**
 * What a client is entitled to that has signed a person in here. What `scope` and `resource` are worth is for the
 * other server to say.
 * @throws OAuthError
 */
export async function assertIdentity(
  asked: Asked,
  client: Client,
  deps: Deps,
  jkt: string | undefined,
): Promise<IdentityAssertion> {
  const { id_jag_audiences: audiences = {} } = client.metadata
  if (Object.keys(audiences).length === 0) {
    throw new OAuthError('unauthorized_client', 'this client is registered for no other authorization server')
  }
  if (asked.actor_token !== undefined) throw unusable('actor_token', 'nobody acts for anybody here')
  const [audience = '', another] = asked.audience
  if (another !== undefined || !Object.hasOwn(audiences, audience)) {
    throw wrongTarget('audience is not an authorization server for this client', 'audience')
  }
  const fault = asked.resource.map(checkResourceIdentifier).find((one) => one !== undefined)
  if (fault !== undefined || asked.resource.length > 10)
    throw wrongTarget(`a resource cannot be used: ${fault}`)
  const scope = parseScope(asked.scope ?? '')
  const grant = await findGrant(asked, client, deps)
  if (grant.jkt !== undefined && grant.jkt !== jkt) throw unusable('subject_token', 'its key was not proven')
  const user = await deps.store.users.find(grant.sub ?? '')
  if (user === undefined) throw unusable('subject_token', 'the person is gone')
  const { authTime, acr, amr } = grant
  const withEmail = grant.scope.includes('email') && user.email !== undefined
  return {
    audience,
    client,
    clientThere: audiences[audience] ?? '',
    sub: user.sub,
    ...(withEmail && { email: user.email, emailVerified: user.emailVerified }),
    resources: asked.resource,
    scope,
    authTime,
    acr,
    amr,
    jkt,
  }
}

/** The connection in which the person has signed in: while it is there, so is our word. */
async function findGrant(asked: Asked, client: Client, deps: Deps): Promise<GrantRow> {
  const { subject_token: text, subject_token_type: type } = asked
  const { store, now } = deps
  if (type === tokenTypes.refreshToken) {
    const grant = (await currentRefreshToken(text, deps))?.grant
    if (grant?.clientId !== client.id || !grant.scope.includes('openid')) {
      throw unusable('subject_token', 'unknown, expired, of another client or without openid')
    }
    return grant
  }
  if (type !== tokenTypes.idToken) {
    throw new OAuthError('invalid_request', 'subject_token_type is that of an ID token or a refresh token', {
      parameter: 'subject_token_type',
    })
  }
  const token = await readIdToken(text, client.id, deps)
  if (token === undefined) throw unusable('subject_token', 'unknown, expired or of another client')
  const page = { after: '', limit: mostGrants, now: now() }
  const grants = await store.grants.list({ ...page, sub: token.sub, clientId: client.id })
  const grant = grants.find(({ sid, scope }) => sid === token.sid && scope.includes('openid'))
  if (grant === undefined) throw unusable('subject_token', 'what it was issued in has ended')
  return grant
}

function unusable(parameter: string, reason: string): OAuthError {
  return new OAuthError('invalid_request', `the ${parameter} cannot be used`, { parameter, reason })
}
