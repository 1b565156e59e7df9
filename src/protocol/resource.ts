// Owns the audiences of access tokens: the registered APIs (RFC 8707) and which of them a request is about.
import type { Client, SigningAlg } from './client.js'
import { isClientId } from './client-id.js'
import { isDisplayText } from './display-text.js'
import { OAuthError } from './error.js'
import { findResource, resourcesExcept } from './known-resources.js'
import {
  invalidTarget,
  issuerResource,
  namedResources,
  type PermittedResource,
  permittedResources,
  type ResourceClients,
  whyNotOpen,
  whyScopeNotOpen,
} from './permitted-resource.js'
import { checkResourceIdentifier, isSameResource } from './resource-identifier.js'
import { isIdentityScope, isOidcScope, isScopeToken, oidcScopes, parseScope } from './scope.js'

/** An API that accepts our access tokens, with the scopes that are its own. */
export type Resource = {
  /** The `aud` of its tokens, byte for byte. */
  identifier: string
  name: string
  scopes: { name: string; description: string }[]
  /** The scopes of a request that names none (RFC 6749 3.3). */
  defaultScope: string[]
  /** Which clients may have tokens for it. */
  clients: ResourceClients
  tokenFormat: 'jwt' | 'opaque'
  /** Seconds; absent means the server's default. */
  tokenTtl?: number | undefined
  signingAlg?: SigningAlg | undefined
  /** The one that a request naming none is about. */
  isDefault: boolean
  disabled: boolean
  /** Epoch seconds. */
  createdAt: number
}

/** What a request comes to: scopes that may be granted and audiences, in the order asked. */
export type Target = {
  scope: string[]
  /** Identifiers as registered; never empty. The server itself stands as its issuer. */
  resources: string[]
  /** The client named them, so each token carries only its own resource's scopes. */
  explicitResource: boolean
}

export type TargetRequest = {
  /** As it came; undefined or empty when the client left the choice to us. */
  scope: string | undefined
  resources: readonly string[]
  client: Client
  /** Every registered resource; disabled ones are as good as unknown. */
  registered: readonly Resource[]
  issuer: string
  /** client_credentials: no scope is passed over in silence, and OpenID Connect's are none of its own (TK13). */
  strict?: boolean
}

const maxScopes = 200
const maxClients = 200

/** Everything that is wrong with registering this resource, in words. */
export function resourceFaults(
  resource: Pick<Resource, 'identifier' | 'name' | 'scopes' | 'defaultScope' | 'clients' | 'tokenTtl'>,
  issuer: string,
): string[] {
  const { identifier, name, scopes, defaultScope, clients, tokenTtl } = resource
  const fault = checkResourceIdentifier(identifier)
  const misspelt = typeof clients === 'object' ? clients.filter((id) => !isClientId(id)) : []
  const rules: [boolean, string][] = [
    [fault !== undefined, `identifier: ${fault}`],
    [isSameResource(issuer, identifier), 'identifier: the server itself has this one'],
    [name.length < 1 || name.length > 200, 'name: 1 to 200 characters'],
    [!isDisplayText(name), 'name: has control or invisible characters'],
    [scopes.length > maxScopes, `scopes: at most ${maxScopes}`],
    [new Set(scopes.map((scope) => scope.name)).size < scopes.length, 'scopes: a name is there twice'],
    [
      typeof clients === 'object' && (clients.length < 1 || clients.length > maxClients),
      `clients: registered, all, or 1 to ${maxClients} client ids`,
    ],
    [misspelt.length > 0, `clients: ${misspelt.join(' ')} cannot be a client id (a space separates ids)`],
    [
      tokenTtl !== undefined && !(Number.isInteger(tokenTtl) && tokenTtl >= 1 && tokenTtl <= 86_400),
      'token lifetime: 1 to 86400 whole seconds',
    ],
  ]
  const scopeFaults = scopes.flatMap((scope) => {
    if (!isScopeToken(scope.name) || scope.name.length > 200)
      return [`scopes: '${scope.name}' is no scope name`]
    if (!isDisplayText(scope.description))
      return [`scopes: the description of ${scope.name} has control or invisible characters`]
    return isOidcScope(scope.name) ? [`scopes: ${scope.name} belongs to OpenID Connect`] : []
  })
  const defaultFaults = defaultScope
    .filter((name) => !scopes.some((scope) => scope.name === name))
    .map((name) => `default scope: ${name} is not one of its scopes`)
  return [...rules.flatMap(([broken, words]) => (broken ? [words] : [])), ...scopeFaults, ...defaultFaults]
}

/**
 * Decides what a request is about.
 * @throws OAuthError invalid_target (RFC 8707 2) or invalid_scope (RFC 6749 4.1.2.1, RFC 9068 3)
 */
export function resolveResources(request: TargetRequest): Target {
  const { client, issuer } = request
  const allowed = resourcesExcept(permittedResources(request), issuer)
  const asked = request.scope === undefined ? [] : parseScope(request.scope)
  const named = namedResources(request.resources, request)
  const resources = named.length > 0 ? named : [impliedResource(request, allowed, asked)]
  const own = allowed.filter(({ identifier }) => resources.includes(identifier))
  const explicitResource = named.length > 0
  const listed = client.metadata.scope?.split(' ')
  if (asked.length === 0) {
    const reach = listed ?? own.flatMap(scopeNames)
    return { scope: defaultScopeOf(own, { reach, strict: request.strict }), resources, explicitResource }
  }
  const ownScopes = new Set(own.flatMap(scopeNames))
  const grantable = (name: string) => ownScopes.has(name) || (!request.strict && serverScope(name, client))
  const known = (name: string) => isOidcScope(name) || allowed.some((r) => scopeNames(r).includes(name))
  const refused = asked.find((name) =>
    request.strict
      ? !grantable(name) || listed?.includes(name) === false
      : known(name) && listed?.includes(name) === false,
  )
  const scope = asked.filter(grantable)
  if (refused === undefined && scope.length > 0) return { scope, resources, explicitResource }
  const closed = asked.map((name) => whyScopeNotOpen(name, request)).find((found) => found !== undefined)
  if (closed) throw invalidScope(closed.description, closed.reason)
  throw invalidScope(
    refused === undefined ? 'none of the scopes is known here' : `this client may not ask for ${refused}`,
  )
}

/**
 * The scopes of a request that names none: the defaults of its resources, never all of their scopes (RFC 6749 3.3).
 * A user's request without them goes on with no scope: clients of MCP leave it out, and the API asks for more.
 * @throws OAuthError invalid_scope where `strict` and there is none, although the resource has scopes
 */
export function defaultScopeOf(
  resources: readonly PermittedResource[],
  { reach, strict }: { readonly reach: readonly string[]; readonly strict?: boolean | undefined },
): string[] {
  const scope = resources.flatMap((resource) =>
    scopeNames(resource).filter((name) => resource.defaultScope.includes(name) && reach.includes(name)),
  )
  const without = resources.find(({ scopes }) => scopes.length > 0)
  if (!strict || scope.length > 0 || without === undefined) return [...new Set(scope)]
  const { identifier, scopes } = without
  const way = scopes.some(({ name }) => isOidcScope(name))
    ? ''
    : `; to set one: grantor resource update ${identifier} --default-scope SCOPE`
  throw invalidScope(`name a scope: ${identifier} has no default scope for this client${way}`)
}

export type AudienceRequest = {
  client: Client
  /** The `resource` values of the token request; empty when it names none. */
  asked: readonly string[]
  /** Scopes that this token may carry at most: those granted, or fewer if the client asked for fewer. */
  scope: readonly string[]
  grant: Readonly<Pick<Target, 'explicitResource'>> & {
    readonly scope: readonly string[]
    readonly resources: readonly string[]
  }
  registered: readonly Resource[]
  issuer: string
}

/** The resource of one access token, and the scopes it carries there. */
export type Audience = { resource: PermittedResource; scope: string[] }

/**
 * Narrows a grant to the one audience of one access token (RFC 8707 2.2): among the granted ones, or the server
 * itself once `openid` was granted; naming none means the first granted one that still exists. A token for a
 * named resource carries only that resource's scopes.
 * @throws OAuthError invalid_target
 */
export function resolveAudience(request: AudienceRequest): Audience {
  const { asked, scope, grant, issuer } = request
  const granted = grant.scope.includes('openid') ? [...grant.resources, issuer] : grant.resources
  const named = asked.map((uri) =>
    granted.includes(uri) ? uri : granted.find((identifier) => isSameResource(identifier, uri)),
  )
  if (new Set(named).size > 1) throw invalidTarget('one token is for one resource')
  const permitted = [issuerResource(issuer), ...permittedResources(request)]
  const candidates = asked.length > 0 ? named.slice(0, 1) : grant.resources
  const resource = candidates
    .map((identifier = '') => findResource(permitted, identifier))
    .find((found) => found !== undefined)
  if (!resource) {
    const closed = candidates.map((identifier) => whyNotOpen(identifier ?? '', request))
    throw invalidTarget(
      closed.find((reason) => reason !== undefined) ?? 'this resource was not granted, or is no more',
    )
  }
  const ownOnly = asked.length > 0 || grant.explicitResource
  const carried = [...scopeNames(resource), ...(ownOnly ? [] : oidcScopes)]
  return { resource, scope: scope.filter((name) => carried.includes(name)) }
}

/** The audience when the request names none: the API whose scopes were asked for, else the default. */
function impliedResource(
  request: TargetRequest,
  allowed: readonly PermittedResource[],
  asked: readonly string[],
): string {
  const { client, issuer, strict } = request
  // A user is to be identified, and no API was asked for.
  if (!strict && asked.every(isOidcScope) && asked.some(isIdentityScope)) return issuer
  const wanted = asked.length > 0 ? asked : parseScope(client.metadata.scope ?? '')
  const apiScopes = wanted.filter((name) => allowed.some((resource) => scopeNames(resource).includes(name)))
  const [only, another] = client.metadata.resources ?? []
  const sole = only !== undefined && another === undefined ? allowed[0] : undefined
  const general =
    wanted.includes('openid') && !strict ? undefined : allowed.find((resource) => resource.isDefault)
  const usual = sole ?? general
  if (apiScopes.length === 0) {
    const closed = another === undefined && asked.length === 0 ? whyNotOpen(only ?? '', request) : undefined
    if (closed !== undefined) throw invalidTarget(closed)
    return usual?.identifier ?? issuer
  }
  const holders = allowed.filter((resource) => apiScopes.every((name) => scopeNames(resource).includes(name)))
  if (holders.length === 1 && holders[0]) return holders[0].identifier
  const preferred = holders.find((resource) => resource === usual || resource.isDefault)
  if (preferred) return preferred.identifier
  if (asked.length > 0) throw invalidScope('these scopes belong to several resources; name one by resource')
  return usual?.identifier ?? issuer
}

/** offline_access without refresh tokens means nothing, so it is passed over (OIDC Core 11). */
function serverScope(name: string, client: Client): boolean {
  if (name === 'offline_access') return client.metadata.grant_types.includes('refresh_token')
  return isOidcScope(name)
}

function scopeNames(resource: Resource): string[] {
  return resource.scopes.map(({ name }) => name)
}

function invalidScope(description: string, reason: string = description): OAuthError {
  return new OAuthError('invalid_scope', description, { parameter: 'scope', reason })
}
