// Owns which API a token is for that is had by another token or by an assertion.
import type { Deps } from '../deps.js'
import { OAuthError } from '../protocol/error.js'
import { issuerResource, namedResources, type Resource } from '../protocol/resource.js'

/**
 * The one API that is named, or the only one that is allowed (RFC 8693 2.1, RFC 8707 2).
 * @throws OAuthError invalid_target
 */
export async function findTarget(
  named: readonly string[],
  allowed: readonly string[],
  { config: { issuer }, store }: Deps,
): Promise<Resource> {
  if (named.length === 0 && allowed.length !== 1) throw wrongTarget('name the resource')
  const found = await Promise.all(
    allowed.map((identifier) =>
      identifier === issuer ? issuerResource(issuer) : store.resources.find(identifier),
    ),
  )
  const resources = found.filter((resource) => resource !== undefined)
  const identifiers = namedResources(named.length > 0 ? named : allowed, issuer, resources)
  if (identifiers.length > 1) throw wrongTarget('one token is for one resource')
  const resource = resources.find(({ identifier }) => identifier === identifiers[0])
  if (resource === undefined) throw wrongTarget('a resource is not for this client')
  return resource
}

export function wrongTarget(description: string, parameter = 'resource'): OAuthError {
  return new OAuthError('invalid_target', description, { parameter })
}
