// Owns what token, revocation and introspection requests have in common: a form, from a client that is known.
import type { Context } from 'hono'
import { authenticateClient } from '../client-auth/index.js'
import type { Deps } from '../deps.js'
import { form, query } from '../http/body.js'
import { addressKey, addressOf } from '../http/client-address.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, requireSingle } from '../protocol/params.js'

export type ClientRequest = { readonly client: Client; readonly params: Params }

/** Never in a URL, which logs and histories keep (OAuth 2.1 4.1.3, CD07). */
const bodyOnly = [
  'client_secret',
  'client_assertion',
  'code',
  'code_verifier',
  'refresh_token',
  'token',
  'grant_type',
]

/**
 * Reads the form and authenticates its sender, in that order: a body with two meanings is nobody's.
 * @throws OAuthError
 */
export function clientRequests(deps: Deps): (c: Context) => Promise<ClientRequest> {
  return async (c) => {
    if (c.req.url.includes('?')) refuseCredentials(query(c))
    const params = await form(c)
    requireSingle(params)
    const request = {
      authorization: c.req.header('authorization'),
      params,
      address: () => addressKey(addressOf(c, deps.config)),
    }
    return { params, client: await authenticateClient(request, deps) }
  }
}

function refuseCredentials(params: Params): void {
  const parameter = bodyOnly.find((name) => params.all(name).length > 0)
  if (parameter !== undefined) {
    throw new OAuthError('invalid_request', `${parameter} belongs in the body`, { parameter })
  }
}

/** @throws OAuthError invalid_request */
export function requireToken(params: Params): string {
  const token = params.get('token')
  if (token === undefined) throw new OAuthError('invalid_request', 'token is missing', { parameter: 'token' })
  return token
}
