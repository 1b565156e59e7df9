// Owns grantor/verify/hono: the verifier as Hono middleware. Of Hono it needs types alone.
import type { MiddlewareHandler } from 'hono'
import type { AccessClaims, Requirements } from './claims.js'
import { metadataAnswer, type ProtectedResourceMetadata } from './protected-resource.js'
import { TokenError } from './token-error.js'
import type { Verifier } from './verifier.js'

/** What handlers after `protect` find: `c.get('claims')`. */
export type ProtectedEnv = { Variables: { claims: AccessClaims } }

/** Lets requests through whose token meets the requirements, and answers the others. */
export function protect(
  verifier: Pick<Verifier, 'verify'>,
  requirements?: Requirements,
): MiddlewareHandler<ProtectedEnv> {
  return async (c, next) => {
    let claims: AccessClaims
    try {
      claims = await verifier.verify(c.req.raw, requirements)
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      const { status, headers, body } = error
      return body ? Response.json(body, { status, headers }) : new Response(null, { status, headers })
    }
    c.set('claims', claims)
    await next()
  }
}

/** Serves the metadata at its well-known address (RFC 9728 3); everything else goes on. */
export function serveMetadata(metadata: ProtectedResourceMetadata): MiddlewareHandler {
  const { pathname, headers, body } = metadataAnswer(metadata)
  return async (c, next) => {
    if (c.req.path !== pathname || c.req.method !== 'GET') return next()
    return new Response(body, { headers })
  }
}
