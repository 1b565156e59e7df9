// Owns the public client, which only says who it is (OAuth 2.1 2.4, RFC 7591 2 `none`).
import type { ClientAuth } from './method.js'

/** Parameters of methods with a proof: a request that carries one of them is not content with a name. */
const proofs = ['client_secret', 'client_assertion', 'client_assertion_type']

export const none: ClientAuth = {
  claim({ authorization, params }) {
    const clientId = params.get('client_id')
    if (clientId === undefined || authorization !== undefined) return undefined
    return proofs.some((name) => params.get(name) !== undefined) ? undefined : { clientId }
  },
  verify: async () => undefined,
}
