// Owns the token response (RFC 6749 5.1, OIDC Core 3.1.3.3): the one place where an entitlement becomes tokens.
import { makeRefreshToken } from '../crypto/refresh-token.js'
import type { Deps } from '../deps.js'
import type { Entitlement } from '../protocol/entitlement.js'
import { formatScope } from '../protocol/scope.js'
import { mintAccessToken } from './access-token.js'
import { mintIdToken } from './id-token.js'

export type TokenResponse = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope?: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** Mints everything that an entitlement calls for. It is already paid for: nothing here can be refused. */
export async function tokenResponse(entitlement: Entitlement, deps: Deps): Promise<TokenResponse> {
  const { scope, refresh, idToken } = entitlement
  const { token, expiresIn } = await mintAccessToken(entitlement, deps)
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(refresh && { refresh_token: makeRefreshToken(deps.secrets, refresh) }),
    ...(idToken && { id_token: await mintIdToken(entitlement, idToken, token, deps) }),
  }
}
