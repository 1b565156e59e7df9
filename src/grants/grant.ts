// Owns the shape of a grant type: parameters in, entitlement out; no HTTP, no signatures.
import type { z } from 'zod'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { Entitlement, IdentityAssertion } from '../protocol/entitlement.js'

/**
 * A row of the table of grant types. `redeem` validates everything before it consumes anything, and
 * throws OAuthError. `client` has authenticated and may use this grant type; `jkt` is the thumbprint of the key
 * that the request has proven (RFC 9449 5), and the access token is bound to it whatever the grant type does.
 */
export type Grant<P> = {
  readonly params: z.ZodType<P>
  redeem(params: P, client: Client, deps: Deps, jkt?: string): Promise<Entitlement | IdentityAssertion>
}
