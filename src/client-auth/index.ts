// Owns client authentication: the table of methods, and the rule that exactly one of them may claim a request.
import type { Deps } from '../deps.js'
import { type Client, type ClientAuthMethod, hasSecret } from '../protocol/client.js'
import { OAuthError, tooMany } from '../protocol/error.js'
import { clientSecretBasic, clientSecretPost, withoutEmptyBasic } from './client-secret.js'
import { clientSecretJwt } from './client-secret-jwt.js'
import type { ClientAuth, ClientAuthRequest } from './method.js'
import { none } from './none.js'
import { privateKeyJwt } from './private-key-jwt.js'

/** In the order of discovery: clients that take the first method they know find one that works (PC08). */
export const clientAuth = {
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
  client_secret_jwt: clientSecretJwt,
  private_key_jwt: privateKeyJwt,
  none,
} satisfies Record<ClientAuthMethod, ClientAuth>

const methods = Object.entries(clientAuth) as [ClientAuthMethod, ClientAuth][]

/** The methods that prove something: introspection takes no others (RFC 7662 2.1). */
export const provingMethods = methods.map(([method]) => method).filter((method) => method !== 'none')

/** Signed assertions of clients may be by one of these (RFC 8414 2). */
export const assertionAlgs = [...new Set(methods.flatMap(([, { signingAlgs = [] }]) => signingAlgs))]

/**
 * The client that sent this request. Only failures are counted: secrets are 256 random bits of our making, so
 * a guesser gains nothing from being let through with the right one, while others behind the same address
 * would lose by not being. Unknown, disabled, wrong secret and wrong method get one answer,
 * except where the secret was right.
 * @throws OAuthError invalid_request when two methods are used (RFC 6749 2.3), invalid_client otherwise;
 * status 429 when one address keeps failing for one client
 */
export async function authenticateClient(sent: ClientAuthRequest, deps: Deps): Promise<Client> {
  const request = withoutEmptyBasic(sent)
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
  throw wait > 0
    ? tooMany('failed attempts', wait)
    : refusal(fault?.reason ?? 'unknown client', fault?.advice)
}

/** Why this is not the client that it says: `reason` for the log, `advice` for a client that has proven its secret. */
type AuthFault = { readonly reason: string; readonly advice?: string }

function faultOf(
  client: Client | undefined,
  method: ClientAuthMethod,
  unproven: string | undefined,
): AuthFault | undefined {
  if (client === undefined) return { reason: 'unknown client' }
  const { id, metadata, disabled } = client
  const registered = metadata.token_endpoint_auth_method
  if (!isSameMethod(method, registered)) {
    const reason = `client ${id} used ${method}, registered is ${registered}`
    const isKnown =
      showingSecret.includes(method) && hasSecret(metadata) && unproven === undefined && !disabled
    return {
      reason,
      ...(isKnown && { advice: `: the secret is right, but the client is registered for ${registered}` }),
    }
  }
  if (unproven !== undefined) return { reason: `client ${id}: ${unproven}` }
  return disabled ? { reason: `client ${id} is disabled` } : undefined
}

/** Both show the same secret, so a client that is registered for one may use either (RFC 6749 2.3.1, TK08). */
const showingSecret: readonly ClientAuthMethod[] = ['client_secret_basic', 'client_secret_post']

function isSameMethod(used: ClientAuthMethod, registered: ClientAuthMethod): boolean {
  return used === registered || [used, registered].every((method) => showingSecret.includes(method))
}

/** The challenge comes with the status (RFC 6749 5.2, RFC 9110 15.5.2). */
function refusal(reason: string, advice = ''): OAuthError {
  return new OAuthError('invalid_client', `client authentication failed${advice}`, { reason })
}
