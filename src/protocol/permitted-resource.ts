// Which clients may request access tokens for a resource: the one rule of every grant type.
import type { Client } from './client.js'
import { OAuthError } from './error.js'
import { findResource, resourcesAmong } from './known-resources.js'
import type { Resource } from './resource.js'
import { checkResourceIdentifier, isSameResource } from './resource-identifier.js'
import { oidcScopes } from './scope.js'

declare const permitted: unique symbol

/**
 * A resource that this client may request now. Access tokens are made for nothing else, so a grant type that skips
 * the rule does not compile.
 */
export type PermittedResource = Resource & { readonly [permitted]: true }

/** `all`: self-registered clients too. `registered`: those that an administrator registered. Else these client ids. */
export type ResourceClients = 'registered' | 'all' | string[]

export type PermissionRequest = {
  readonly client: Client
  /** Every resource that may be meant; disabled ones are as good as unknown. */
  readonly registered: readonly Resource[]
  /** The identifiers that the client is limited to; what it is registered with unless said. */
  readonly among?: readonly string[] | undefined
}

/** The resources for which this client may have access tokens now. */
export function permittedResources(request: PermissionRequest): PermittedResource[] {
  const { client } = request
  return knownResources(request).filter((resource): resource is PermittedResource =>
    isOpenTo(resource, client),
  )
}

/** The server as a resource, open to every client: its API is UserInfo, its scopes are OpenID Connect's. */
export function issuerResource(issuer: string): PermittedResource {
  const resource: Resource = {
    identifier: issuer,
    name: issuer,
    scopes: oidcScopes.map((name) => ({ name, description: '' })),
    // Of an exchange. A user's request without scope stays without: it is not one of OpenID Connect.
    defaultScope: ['openid'],
    clients: 'all',
    tokenFormat: 'jwt',
    isDefault: false,
    disabled: false,
    createdAt: 0,
  }
  return resource as PermittedResource
}

const maxResources = 10

/**
 * The identifiers of the resources that a request names: permitted ones, or the server itself.
 * @throws OAuthError invalid_target (RFC 8707 2)
 */
export function namedResources(
  uris: readonly string[],
  { issuer, ...request }: PermissionRequest & { readonly issuer: string },
): string[] {
  if (uris.length > maxResources) throw invalidTarget(`more than ${maxResources} resources`)
  const known = knownResources(request)
  const identifiers = uris.map((uri) => {
    const fault = checkResourceIdentifier(uri)
    if (fault) throw invalidTarget(`a resource cannot be used: ${fault}`)
    if (isSameResource(issuer, uri)) return issuer
    const found = findResource(known, uri)
    if (!found) throw invalidTarget('a resource is not registered here, or not for this client', uri)
    if (!isOpenTo(found, request.client)) throw invalidTarget(notOpen(found))
    return found.identifier
  })
  return [...new Set(identifiers)]
}

/** Why the client may not request this resource, with the command that permits it; undefined if it is unknown to it. */
export function whyNotOpen(identifier: string, request: PermissionRequest): string | undefined {
  const found = findResource(knownResources(request), identifier)
  return found && !isOpenTo(found, request.client) ? notOpen(found) : undefined
}

/**
 * The same for a scope of a resource that is not open to the client. The identifier is for the log only: whoever
 * guesses at scopes would learn the addresses of what is internal.
 */
export function whyScopeNotOpen(
  scope: string,
  request: PermissionRequest,
): { readonly description: string; readonly reason: string } | undefined {
  const found = knownResources(request).find(
    (resource) => !isOpenTo(resource, request.client) && resource.scopes.some(({ name }) => name === scope),
  )
  if (found === undefined) return undefined
  return {
    description: `${scope}: ${notOpen({ ...found, identifier: 'API' })}`,
    reason: `${scope}: ${notOpen(found)}`,
  }
}

export function invalidTarget(description: string, reason?: string): OAuthError {
  return new OAuthError('invalid_target', description, {
    parameter: 'resource',
    ...(reason === undefined ? {} : { reason: `${description}: ${reason}` }),
  })
}

function knownResources({
  client,
  registered,
  among = client.metadata.resources,
}: PermissionRequest): Resource[] {
  const known = among === undefined ? registered : resourcesAmong(registered, among)
  return known.filter(({ disabled }) => !disabled)
}

function isOpenTo({ clients }: Resource, { id, verified }: Client): boolean {
  if (clients === 'all') return true
  return clients === 'registered' ? verified : clients.includes(id)
}

function notOpen({ identifier, clients }: Resource): string {
  const command = `grantor resource update ${identifier} --clients`
  return clients === 'registered'
    ? `${identifier} is not open to clients that registered themselves; to open it: ${command} all`
    : `${identifier} is open to listed clients only, and this client is not listed; to list clients: ${command} ID`
}
