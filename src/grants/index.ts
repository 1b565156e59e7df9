// Owns the table of grant types, and the one way in: own names only, and only those the client registered.
import type { Deps } from '../deps.js'
import type { Client, GrantType } from '../protocol/client.js'
import type { Entitlement } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import type { Params } from '../protocol/params.js'
import { authorizationCode } from './authorization-code.js'
import { clientCredentials } from './client-credentials.js'
import type { Grant } from './grant.js'
import { refreshToken } from './refresh-token.js'

/** To add one: a file, a row here, its name in `grantTypes`, a test named by its RFC. */
export const grants = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  client_credentials: clientCredentials,
} satisfies Record<GrantType, unknown>

/**
 * What the parameters of a token request entitle an authenticated client to.
 * @throws OAuthError unsupported_grant_type, unauthorized_client, invalid_request, and what the grant type says
 */
export async function redeem(params: Params, client: Client, deps: Deps): Promise<Entitlement> {
  const name = params.get('grant_type')
  if (name === undefined) throw missing('grant_type')
  if (!isGrantType(name)) throw new OAuthError('unsupported_grant_type', 'this grant_type is not supported')
  if (!client.metadata.grant_types.includes(name)) {
    throw new OAuthError('unauthorized_client', 'this client may not use this grant_type')
  }
  return redeemBy(grants[name] as Grant<unknown>, params, client, deps)
}

function isGrantType(name: string): name is GrantType {
  return Object.hasOwn(grants, name)
}

function redeemBy<P>(grant: Grant<P>, params: Params, client: Client, deps: Deps): Promise<Entitlement> {
  const parsed = grant.params.safeParse({ ...params.toRecord(), resource: params.all('resource') })
  if (!parsed.success) throw missing(String(parsed.error.issues[0]?.path[0] ?? 'a parameter'))
  return grant.redeem(parsed.data, client, deps)
}

function missing(parameter: string): OAuthError {
  return new OAuthError('invalid_request', `${parameter} is missing`, { parameter })
}
