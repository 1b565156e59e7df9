// Owns client authentication: the table of methods, and the rule that exactly one of them may claim a request.
import type { Deps } from '../deps.js'
import type { Client, ClientAuthMethod } from '../protocol/client.js'
import { OAuthError, tooMany } from '../protocol/error.js'
import { clientSecretBasic, clientSecretPost } from './client-secret.js'
import { clientSecretJwt } from './client-secret-jwt.js'
import type { ClientAuth, ClientAuthRequest } from './method.js'
import { none } from './none.js'
import { privateKeyJwt } from './private-key-jwt.js'

export const clientAuth = {
  none,
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
  client_secret_jwt: clientSecretJwt,
  private_key_jwt: privateKeyJwt,
} satisfies Record<ClientAuthMethod, ClientAuth>

const methods = Object.entries(clientAuth) as [ClientAuthMethod, ClientAuth][]

/** The methods that prove something: introspection takes no others (RFC 7662 2.1). */
export const provingMethods = methods.map(([method]) => method).filter((method) => method !== 'none')

/** Signed assertions of clients may be by one of these (RFC 8414 2). */
export const assertionAlgs = [...new Set(methods.flatMap(([, { signingAlgs = [] }]) => signingAlgs))]

/**
 * The client that sent this request. Only failures are counted: secrets are 256 random bits of our making, so
 * a guesser gains nothing from being let through with the right one, while others behind the same address
 * would lose by not being. Unknown, disabled, wrong secret and wrong method get one answer.
 * @throws OAuthError invalid_request when two methods are used (RFC 6749 2.3), invalid_client otherwise;
 * status 429 when one address keeps failing for one client
 */
export async function authenticateClient(request: ClientAuthRequest, deps: Deps): Promise<Client> {
  const claims = methods.flatMap(([method, { claim, verify }]) => {
    const credential = claim(request)
    return credential === undefined ? [] : [{ method, credential, verify }]
  })
  const [claim, another] = claims
  if (another !== undefined)
    throw new OAuthError('invalid_request', 'use one client authentication method only')
  if (claim === undefined) throw refusal('no client authentication')

  const { method, credential, verify } = claim
  // Together: what is remembered of both is then asked for once.
  const found = deps.clients.find(credential.clientId, request.address)
  const [client, unproven] = await Promise.all([found, verify(credential, found, deps, request)])
  const fault = faultOf(client, method, unproven)
  if (client !== undefined && fault === undefined) return client
  const wait = await deps.throttle.clientSecret.failed(credential.clientId, request.address())
  throw wait > 0 ? tooMany('failed attempts', wait) : refusal(fault ?? 'unknown client')
}

/** Why this is not the client that it says, for the log. */
function faultOf(
  client: Client | undefined,
  method: ClientAuthMethod,
  unproven: string | undefined,
): string | undefined {
  if (client === undefined) return 'unknown client'
  const registered = client.metadata.token_endpoint_auth_method
  if (registered !== method) return `client ${client.id} used ${method}, registered is ${registered}`
  if (unproven !== undefined) return `client ${client.id}: ${unproven}`
  return client.disabled ? `client ${client.id} is disabled` : undefined
}

/** The challenge comes with the status (RFC 6749 5.2, RFC 9110 15.5.2). */
function refusal(reason: string): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', { reason })
}
