// Owns what a request object says (RFC 9101 4, OIDC Core 6.1): its claims as the parameters that they stand for.
import { OAuthError } from './error.js'
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

/** RFC 9101 7. The reason is told: it is the client's own object, and nobody else can make one that gets further. */
export function badObject(reason: string): OAuthError {
  return new OAuthError('invalid_request_object', `the request object cannot be used: ${reason}`, {
    parameter: 'request',
  })
}
