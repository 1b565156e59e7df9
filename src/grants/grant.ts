// Owns the shape of a grant type: parameters in, entitlement out; no HTTP, no signatures.
import type { z } from 'zod'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { Entitlement } from '../protocol/entitlement.js'

/**
 * A row of the table of grant types. `redeem` validates everything before it consumes anything, and
 * throws OAuthError. `client` has authenticated and may use this grant type.
 */
export type Grant<P> = {
  readonly params: z.ZodType<P>
  redeem(params: P, client: Client, deps: Deps): Promise<Entitlement>
}
