// Owns grantor/verify/node: the verifier before a handler of node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessClaims, Requirements } from './claims.js'
import { metadataAnswer, type ProtectedResourceMetadata } from './protected-resource.js'
import { TokenError } from './token-error.js'
import type { Verifier } from './verifier.js'

export type ProtectedHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  claims: AccessClaims,
) => unknown

/** A listener that calls the handler with the claims of a token that meets the requirements, and answers the others. */
export function protect(
  verifier: Pick<Verifier, 'verify'>,
  requirements: Requirements,
  handler: ProtectedHandler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const claims = await claimsOrAnswer(verifier, requirements, request, response)
    if (claims) await handler(request, response, claims)
  }
}

/** The claims; undefined once the request has been answered with a refusal. */
export async function claimsOrAnswer(
  verifier: Pick<Verifier, 'verify'>,
  requirements: Requirements | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<AccessClaims | undefined> {
  try {
    return await verifier.verify(request, requirements)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const { status, headers, body } = error
    response.writeHead(status, { ...headers, ...(body && { 'content-type': 'application/json' }) })
    response.end(body && JSON.stringify(body))
    return undefined
  }
}

/** Answers a GET of the metadata at its well-known address (RFC 9728 3); false for every other request. */
export function serveMetadata(
  metadata: ProtectedResourceMetadata,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { pathname, headers, body } = metadataAnswer(metadata)
  return ({ method, url = '' }, response) => {
    if (method !== 'GET' || url.split('?', 1)[0] !== pathname) return false
    response.writeHead(200, headers).end(body)
    return true
  }
}
