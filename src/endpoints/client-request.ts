// Owns what token, revocation and introspection requests have in common: a form, from a client that is known.
import type { Context } from 'hono'
import { authenticateClient } from '../client-auth/index.js'
import type { Deps } from '../deps.js'
import { form, query } from '../http/body.js'
import { senderKey } from '../http/client-address.js'
import { type Client, isPublic } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, requireSingle } from '../protocol/params.js'

export type ClientRequest = { readonly client: Client; readonly params: Params }

/** Never in a URL, which logs and histories keep (OAuth 2.1 4.1.3, CD07). */
const bodyOnly = [
  'client_secret',
  'client_assertion',
  'code',
  'code_verifier',
  'device_code',
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
    return { params, client: await identifyClient(c, deps, params) }
  }
}

/**
 * The client that sent this, by its header or by these parameters.
 * @throws OAuthError
 */
export function identifyClient(c: Context, deps: Deps, params: Params): Promise<Client> {
  const authorization = c.req.header('authorization')
  return authenticateClient({ authorization, params, address: senderKey(c, deps.config) }, deps)
}

/** @throws OAuthError invalid_client for one that proves nothing, with what is not for it */
export function requireConfidential({ metadata }: Client, what: string): void {
  if (!isPublic(metadata)) return
  throw new OAuthError('invalid_client', `${what} for confidential clients`)
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
