// Owns what a request object says (RFC 9101 4, OIDC Core 6.1): its claims as the parameters that they stand for.
import { OAuthError } from './error.js'
import { isTime } from './json.js'
import { type Params, readParams } from './params.js'

/** What says something of the JWT itself. */
const ofItself = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/** The parameters, and nothing of what may have stood beside the object (RFC 9101 6.3). @throws OAuthError */
export function paramsOf(claims: Readonly<Record<string, unknown>>): Params {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(claims)) {
    if (ofItself.includes(name)) continue
    if (name === 'request' || name === 'request_uri') throw badObject(`${name} in it`)
    for (const one of textsOf(value)) query.append(name, one)
  }
  return readParams(query.toString())
}

/** A number or an object is the JSON that it would be as a parameter; a list is a parameter that came so often. */
function textsOf(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.flatMap((one) => {
    if (one === null) return []
    return typeof one === 'string' ? one : JSON.stringify(one)
  })
}

/** Seconds: how old `nbf` may be, and how long after it `exp` may be (FAPI 2.0 Message Signing 5.3.1). */
const signedRequestLifetime = 3600

/**
 * What a request object of a client that must sign its requests lacks, in words (FAPI 2.0 Message Signing 5.3.1). Its
 * times are checked for all clients elsewhere: it has begun, give or take the clock skew, and has not expired.
 */
export function strictObjectFault(
  { aud, exp, nbf }: Readonly<Record<string, unknown>>,
  now: number,
): string | undefined {
  if (aud === undefined) return 'aud is missing, and this client must sign its requests'
  if (!isTime(nbf) || !isTime(exp)) return 'nbf or exp is missing, and this client must sign its requests'
  if (now - nbf > signedRequestLifetime) return 'nbf is more than 60 minutes ago'
  return exp - nbf > signedRequestLifetime ? 'exp is more than 60 minutes after nbf' : undefined
}

/** RFC 9101 7. The reason is told: it is the client's own object, and nobody else can make one that gets further. */
export function badObject(reason: string): OAuthError {
  return new OAuthError('invalid_request_object', `the request object cannot be used: ${reason}`, {
    parameter: 'request',
  })
}
