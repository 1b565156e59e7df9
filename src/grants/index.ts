// Owns the table of grant types, and the one way in: own names only, and only those the client registered.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { Entitlement, IdentityAssertion } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import { type GrantType, jwtBearerType, tokenExchangeType } from '../protocol/grant-type.js'
import type { Params } from '../protocol/params.js'
import { authorizationCode } from './authorization-code.js'
import { clientCredentials } from './client-credentials.js'
import { deviceCode } from './device-code.js'
import type { Grant } from './grant.js'
import { jwtBearer } from './jwt-bearer.js'
import { refreshToken } from './refresh-token.js'
import { tokenExchange } from './token-exchange.js'

/** To add one: a file, a row here, its name in `grantTypes`, a test named by its RFC. */
export const grants = {
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  client_credentials: clientCredentials,
  'urn:ietf:params:oauth:grant-type:device_code': deviceCode,
  [tokenExchangeType]: tokenExchange,
  [jwtBearerType]: jwtBearer,
} satisfies Record<GrantType, unknown>

/**
 * What the parameters of a token request entitle an authenticated client to; with `jkt`, the thumbprint of a key that
 * it has proven, to a token bound to that key.
 * @throws OAuthError unsupported_grant_type, unauthorized_client, invalid_request, and what the grant type says
 */
export async function redeem(
  params: Params,
  client: Client,
  deps: Deps,
  jkt?: string,
): Promise<Entitlement | IdentityAssertion> {
  const name = params.get('grant_type')
  if (name === undefined) throw missing('grant_type')
  if (!isGrantType(name)) throw new OAuthError('unsupported_grant_type', 'this grant_type is not supported')
  requireGrantType(client, name)
  const entitlement = await redeemBy(grants[name] as Grant<unknown>, params, client, deps, jkt)
  return jkt === undefined ? entitlement : { ...entitlement, jkt }
}

/** @throws OAuthError unauthorized_client for one that has not registered it */
export function requireGrantType({ metadata }: Client, name: GrantType): void {
  if (metadata.grant_types.includes(name)) return
  throw new OAuthError('unauthorized_client', 'this client may not use this grant_type')
}

function isGrantType(name: string): name is GrantType {
  return Object.hasOwn(grants, name)
}

function redeemBy<P>(
  grant: Grant<P>,
  params: Params,
  client: Client,
  deps: Deps,
  jkt: string | undefined,
): Promise<Entitlement | IdentityAssertion> {
  const parsed = grant.params.safeParse({
    ...params.toRecord(),
    resource: params.all('resource'),
    audience: params.all('audience'),
  })
  if (!parsed.success) throw missing(String(parsed.error.issues[0]?.path[0] ?? 'a parameter'))
  return grant.redeem(parsed.data, client, deps, jkt)
}

function missing(parameter: string): OAuthError {
  return new OAuthError('invalid_request', `${parameter} is missing`, { parameter })
}
