// Owns the metadata of registered APIs and of our own (RFC 9728): at their own address where that is ours, and for whoever asks.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { query } from '../http/body.js'
import { publicDocument, publicDocuments } from '../http/document.js'
import { OAuthError } from '../protocol/error.js'
import { issuerUrl } from '../protocol/issuer.js'
import { issuerResource } from '../protocol/permitted-resource.js'
import { describedAt, protectedResourceMetadata } from '../protocol/protected-resource.js'
import { isSameResource } from '../protocol/resource-identifier.js'

/**
 * An API behind our own host has its metadata here; any other can send its well-known path on to
 * `/resource-metadata?resource=` with its identifier.
 */
export function protectedResources(deps: Deps): Hono {
  const { issuer, issuerOrigin, issuerPath } = deps.config
  const send = publicDocuments(deps.config)
  const describe = async (c: Context, identifiers: readonly string[]) => {
    for (const identifier of identifiers) {
      const resource = isSameResource(issuer, identifier)
        ? issuerResource(issuer)
        : await deps.store.resources.find(identifier)
      if (resource === undefined || resource.disabled) continue
      return send(c, publicDocument(JSON.stringify(protectedResourceMetadata(resource, issuer))))
    }
    // With or without the trailing slash of the issuer: it has one document.
    if (identifiers.some((identifier) => issuerUrl(identifier, '') === issuerUrl(issuer, ''))) {
      return send(
        c,
        publicDocument(JSON.stringify(protectedResourceMetadata(issuerResource(issuer), issuer))),
      )
    }
    throw new OAuthError('invalid_request', 'no API is registered under this identifier', { status: 404 })
  }
  const own = (c: Context) => {
    const { pathname, search } = new URL(c.req.url)
    return describe(c, describedAt(issuerOrigin, pathname, search))
  }
  return new Hono()
    .get('/.well-known/oauth-protected-resource', own)
    .get('/.well-known/oauth-protected-resource/', own)
    .get('/.well-known/oauth-protected-resource/:path{.+}', own)
    .get(`${issuerPath}/resource-metadata`, (c) => {
      const resource = query(c).get('resource')
      if (resource !== undefined) return describe(c, [resource])
      throw new OAuthError('invalid_request', 'resource is missing', { parameter: 'resource' })
    })
}
