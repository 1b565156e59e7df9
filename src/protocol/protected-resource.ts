// Owns the metadata of a protected resource (RFC 9728), as we publish it for the registered ones.
import type { Resource } from './resource.js'

const wellKnown = '/.well-known/oauth-protected-resource'

/** RFC 9728 2. */
export function protectedResourceMetadata({ identifier, name, scopes }: Resource, issuer: string): object {
  // A refresh token is nothing that an API asks for (MCP authorization, refresh tokens).
  const own = scopes.map((scope) => scope.name).filter((scope) => scope !== 'offline_access')
  return {
    resource: identifier,
    resource_name: name,
    authorization_servers: [issuer],
    ...(own.length > 0 && { scopes_supported: own }),
    bearer_methods_supported: ['header'],
  }
}

/** Where clients look for it (RFC 9728 3.1); undefined for an identifier that is no address of the web. */
export function metadataAddress(identifier: string): string | undefined {
  if (!/^https?:/i.test(identifier)) return undefined
  const { origin, pathname, search } = new URL(identifier)
  return `${origin}${wellKnown}${pathname === '/' ? '' : pathname}${search}`
}

/**
 * The identifiers, the likelier first, whose metadata is at this address of ours; none for other addresses. A query
 * may be the identifier's, or something that a client has added.
 */
export function describedAt(origin: string, path: string, query: string): string[] {
  if (path !== wellKnown && !path.startsWith(`${wellKnown}/`)) return []
  const bare = `${origin}${path.slice(wellKnown.length)}`
  return [...new Set([`${bare}${query}`, bare]), ...(bare === origin ? [`${origin}/`] : [])]
}
