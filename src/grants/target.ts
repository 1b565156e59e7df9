// Owns which API a token is for that is had by another token or by an assertion.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import {
  issuerResource,
  namedResources,
  type PermittedResource,
  permittedResources,
} from '../protocol/permitted-resource.js'
import { includesResource, isSameResource } from '../protocol/resource-identifier.js'

/**
 * The one API that is named, or the only one of `among` (RFC 8693 2.1, RFC 8707 2).
 * @throws OAuthError invalid_target
 */
export async function findTarget(
  named: readonly string[],
  { client, among }: { readonly client: Client; readonly among: readonly string[] },
  { config: { issuer }, store }: Deps,
): Promise<PermittedResource> {
  if (named.length === 0 && among.length !== 1) throw wrongTarget('name the resource')
  const found = await Promise.all(
    among
      .filter((identifier) => !isSameResource(issuer, identifier))
      .map((identifier) => store.resources.find(identifier)),
  )
  const registered = found.filter((resource) => resource !== undefined)
  const request = { client, registered, among, issuer }
  const identifiers = namedResources(named.length > 0 ? named : among, request)
  if (identifiers.length > 1) throw wrongTarget('one token is for one resource')
  const own = includesResource(among, issuer) ? [issuerResource(issuer)] : []
  const resource = [...own, ...permittedResources(request)].find(
    ({ identifier }) => identifier === identifiers[0],
  )
  if (resource === undefined) throw wrongTarget('a resource is not for this client')
  return resource
}

export function wrongTarget(description: string, parameter = 'resource'): OAuthError {
  return new OAuthError('invalid_target', description, { parameter })
}
