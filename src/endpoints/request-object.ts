// Owns request objects by value (RFC 9101): the request in a JWT that the client has signed.
import type { Context } from 'hono'
import { type ForeignJwt, openTimeFault, readForeignJwt, typeOf } from '../crypto/foreign-jwt.js'
import { isSignedBy } from '../crypto/foreign-signature.js'
import type { Deps } from '../deps.js'
import { senderKey } from '../http/client-address.js'
import type { Client } from '../protocol/client.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { OAuthError } from '../protocol/error.js'
import type { Params } from '../protocol/params.js'
import { badObject, paramsOf, strictObjectFault } from '../protocol/request-object.js'
import { requesterOf } from '../protocol/requester.js'

/** What everybody writes, and its own (RFC 9101 10.8): no JWT for another use passes for a request. */
const types = ['jwt', 'oauth-authz-req+jwt']

/**
 * What the client asks for: as it came, or by what its request object says and nothing beside it.
 * @throws OAuthError invalid_request_object, or temporarily_unavailable when the keys cannot be had
 */
export async function openRequest(c: Context, sent: Params, client: Client, deps: Deps): Promise<Params> {
  const text = sent.get('request')
  if (text === undefined) {
    refuseUnsigned(client)
    return sent
  }
  const twice = sent.repeated.find((name) => name === 'request' || name === 'client_id')
  if (twice !== undefined)
    throw new OAuthError('invalid_request', 'a parameter came more than once', { parameter: twice })
  if (sent.get('request_uri') !== undefined)
    throw new OAuthError('invalid_request', 'request and request_uri do not go together (RFC 9101 5)')
  const jwt = readForeignJwt(text)
  if (!jwt) throw badObject('it is no signed JWT')
  const { request_object_signing_alg: only, jwks, jwks_uri } = client.metadata
  const algorithms = only === undefined ? publicKeyAlgs : [only]
  const fault = headerFault(jwt.header, algorithms) ?? claimsFault(jwt.claims, client, deps)
  if (fault !== undefined) throw badObject(fault)
  if (!jwks && jwks_uri === undefined) throw badObject('this client has no keys here')
  const requester = requesterOf(client, senderKey(c, deps.config))
  if (!(await isSignedBy(jwt, { is: 'client', jwks, jwks_uri, algorithms }, requester, deps.remoteJwks)))
    throw badObject('its signature is wrong')
  return paramsOf(jwt.claims)
}

/** RFC 9101 10.5. @throws OAuthError invalid_request */
export function refuseUnsigned({ metadata }: Client): void {
  if (metadata.require_signed_request_object)
    throw new OAuthError('invalid_request', 'this client must sign its authorization requests')
}

function headerFault(header: ForeignJwt['header'], algorithms: readonly string[]): string | undefined {
  const { alg } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg))
    return `it must be signed, by one of ${algorithms.join(', ')}`
  return types.includes(typeOf(header)) ? undefined : 'its typ is that of something else'
}

/** RFC 9101 4, 6.2, 10.8: an assertion that authenticates the client has it as its subject. */
function claimsFault(
  claims: ForeignJwt['claims'],
  { id, metadata }: Client,
  { config, now }: Deps,
): string | undefined {
  const { client_id, iss = id, sub, aud = config.issuer } = claims
  if (client_id !== id) return 'client_id in it is not the one beside it'
  if (iss !== id) return 'iss is not the client'
  if (sub === id) return 'sub is the client, as in an assertion'
  if (![aud].flat().includes(config.issuer)) return 'aud is not this issuer'
  const fault = openTimeFault(claims, now())
  if (fault !== undefined || !metadata.require_signed_request_object) return fault
  return strictObjectFault(claims, now())
}
