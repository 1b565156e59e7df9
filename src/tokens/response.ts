// Owns the token response (RFC 6749 5.1, OIDC Core 3.1.3.3): the one place where an entitlement becomes tokens.
import { makeRefreshToken } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import type { Entitlement, IdentityAssertion } from '../protocol/entitlement.js'
import { tokenTypes } from '../protocol/exchange.js'
import { formatScope } from '../protocol/scope.js'
import { mintAccessToken, tokenType } from './access-token.js'
import { mintIdJag } from './id-jag.js'
import { mintIdToken } from './id-token.js'

export type TokenResponse = {
  readonly access_token: string
  /** RFC 8693 2.2.1. */
  readonly issued_token_type?: string
  readonly token_type: 'Bearer' | 'DPoP' | 'N_A'
  readonly expires_in: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** Mints everything that an entitlement calls for. It is already paid for: nothing here can be refused. */
export async function tokenResponse(
  entitlement: Entitlement | IdentityAssertion,
  deps: Deps,
): Promise<TokenResponse> {
  if ('audience' in entitlement) return assertionResponse(entitlement, deps)
  const { scope, grantedScope = scope, exchanged, refresh, idToken } = entitlement
  const { token, expiresIn } = await mintAccessToken(entitlement, deps)
  return {
    access_token: token,
    token_type: tokenType(entitlement),
    ...(exchanged && { issued_token_type: exchanged.tokenType }),
    expires_in: expiresIn,
    // RFC 6749 5.1: also where nothing is left of what was asked for.
    ...(grantedScope.length > 0 && { scope: formatScope(scope) }),
    ...(refresh && { refresh_token: makeRefreshToken(deps.secrets, refresh) }),
    ...(idToken && { id_token: await mintIdToken(entitlement, idToken, token, deps) }),
  }
}

/** RFC 8693 2.2.1: what is no access token is `N_A`, though it stands under that name. */
async function assertionResponse(assertion: IdentityAssertion, deps: Deps): Promise<TokenResponse> {
  const { token, expiresIn } = await mintIdJag(assertion, deps)
  const { scope } = assertion
  return {
    access_token: token,
    issued_token_type: tokenTypes.idJag,
    token_type: 'N_A',
    expires_in: expiresIn,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
  }
}
