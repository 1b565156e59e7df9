// Owns grantor/verify/express: the verifier as Express middleware, written against what Express has from node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessClaims, Requirements } from './claims.js'
import { claimsOrAnswer, serveMetadata as serveFromNode } from './node.js'
import type { ProtectedResourceMetadata } from './protected-resource.js'
import type { Verifier } from './verifier.js'

export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

const claimsByRequest = new WeakMap<object, AccessClaims>()

/** Lets requests through whose token meets the requirements, and answers the others. */
export function protect(verifier: Pick<Verifier, 'verify'>, requirements?: Requirements): Middleware {
  return (request, response, next) => {
    claimsOrAnswer(verifier, requirements, request, response).then((claims) => {
      if (!claims) return
      claimsByRequest.set(request, claims)
      next()
    }, next)
  }
}

/** The claims of a request that `protect` let through. @throws Error for any other: no handler may go unprotected */
export function claimsOf(request: object): AccessClaims {
  const claims = claimsByRequest.get(request)
  if (!claims) throw new Error('no claims: protect() does not stand before this handler')
  return claims
}

/** Serves the metadata at its well-known address (RFC 9728 3); everything else goes on. */
export function serveMetadata(metadata: ProtectedResourceMetadata): Middleware {
  const serve = serveFromNode(metadata)
  return (request, response, next) => {
    if (!serve(request, response)) next()
  }
}
