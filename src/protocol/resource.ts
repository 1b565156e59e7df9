// Owns the audiences of access tokens: the registered APIs (RFC 8707) and which of them a request is about.
import type { Client, SigningAlg } from './client.js'
import { OAuthError } from './error.js'
import { isOidcScope, isScopeToken, oidcScopes, parseScope } from './scope.js'

/** An API that accepts our access tokens, with the scopes that are its own. */
export type Resource = {
  /** The `aud` of its tokens, byte for byte. */
  identifier: string
  name: string
  scopes: { name: string; description: string }[]
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

const maxBytes = 2048
const maxResources = 10
const maxScopes = 200

/** What is wrong with this as a resource indicator (RFC 8707 2), in words, or undefined. */
export function checkResourceIdentifier(uri: string): string | undefined {
  if (uri.length > maxBytes) return `it is longer than ${maxBytes} characters`
  if (uri.includes('#')) return 'it has a fragment'
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[!$&'()*+,\-./0-9:;=?@A-Z[\]_a-z~%]+$/.test(uri) || !URL.canParse(uri)) {
    return 'it is not an absolute URI'
  }
  return undefined
}

/** Everything that is wrong with registering this resource, in words. */
export function resourceFaults(
  resource: Pick<Resource, 'identifier' | 'name' | 'scopes' | 'tokenTtl'>,
  issuer: string,
): string[] {
  const { identifier, name, scopes, tokenTtl } = resource
  const fault = checkResourceIdentifier(identifier)
  const rules: [boolean, string][] = [
    [fault !== undefined, `identifier: ${fault}`],
    [
      identifier === issuer || sameOriginOnly(issuer, identifier),
      'identifier: the server itself has this one',
    ],
    [name.length < 1 || name.length > 200, 'name: 1 to 200 characters'],
    [scopes.length > maxScopes, `scopes: at most ${maxScopes}`],
    [new Set(scopes.map((scope) => scope.name)).size < scopes.length, 'scopes: a name is there twice'],
    [
      tokenTtl !== undefined && !(Number.isInteger(tokenTtl) && tokenTtl >= 1 && tokenTtl <= 86_400),
      'token lifetime: 1 to 86400 whole seconds',
    ],
  ]
  const scopeFaults = scopes.flatMap((scope) => {
    if (!isScopeToken(scope.name) || scope.name.length > 200)
      return [`scopes: '${scope.name}' is no scope name`]
    return isOidcScope(scope.name) ? [`scopes: ${scope.name} belongs to OpenID Connect`] : []
  })
  return [...rules.flatMap(([broken, words]) => (broken ? [words] : [])), ...scopeFaults]
}

/**
 * The registered resource that a client means by `uri`: the same string, or the same origin with or without
 * its trailing slash, which URL libraries add to a bare origin.
 */
function findResource(uri: string, registered: readonly Resource[]): Resource | undefined {
  const enabled = registered.filter((resource) => !resource.disabled)
  return (
    enabled.find((resource) => resource.identifier === uri) ??
    enabled.find((resource) => sameOriginOnly(resource.identifier, uri))
  )
}

/**
 * Decides what a request is about.
 * @throws OAuthError invalid_target (RFC 8707 2) or invalid_scope (RFC 6749 4.1.2.1, RFC 9068 3)
 */
export function resolveResources(request: TargetRequest): Target {
  const { client, issuer } = request
  const allowed = request.registered.filter(
    ({ identifier, disabled }) => !disabled && mayUse(client, identifier) && identifier !== issuer,
  )
  const asked = request.scope === undefined ? [] : parseScope(request.scope)
  const wanted = asked.length > 0 ? asked : parseScope(client.metadata.scope ?? '')
  const named = namedResources(request.resources, issuer, allowed)
  const resources = named.length > 0 ? named : [impliedResource(request, allowed, wanted, asked.length > 0)]
  const own = new Set(allowed.filter((r) => resources.includes(r.identifier)).flatMap(scopeNames))
  const grantable = (name: string) => own.has(name) || (!request.strict && serverScope(name, client))
  const explicitResource = named.length > 0
  if (asked.length === 0) {
    const all = client.metadata.scope === undefined ? [...own] : wanted.filter(grantable)
    return { scope: all, resources, explicitResource }
  }
  const listed = client.metadata.scope?.split(' ')
  const known = (name: string) => isOidcScope(name) || allowed.some((r) => scopeNames(r).includes(name))
  const refused = asked.find((name) =>
    request.strict
      ? !grantable(name) || listed?.includes(name) === false
      : known(name) && listed?.includes(name) === false,
  )
  const scope = asked.filter(grantable)
  if (refused !== undefined || scope.length === 0) {
    throw new OAuthError(
      'invalid_scope',
      refused === undefined ? 'none of the scopes is known here' : `this client may not ask for ${refused}`,
      { parameter: 'scope' },
    )
  }
  return { scope, resources, explicitResource }
}

export type AudienceRequest = {
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
export type Audience = { resource: Resource; scope: string[] }

/**
 * Narrows a grant to the one audience of one access token (RFC 8707 2.2): among the granted ones, or the server
 * itself once `openid` was granted; naming none means the first granted one that still exists. A token for a
 * named resource carries only that resource's scopes.
 * @throws OAuthError invalid_target
 */
export function resolveAudience({ asked, scope, grant, registered, issuer }: AudienceRequest): Audience {
  const granted = grant.scope.includes('openid') ? [...grant.resources, issuer] : grant.resources
  const named = asked.map((uri) => granted.find((id) => id === uri || sameOriginOnly(id, uri)))
  if (new Set(named).size > 1) throw invalidTarget('one token is for one resource')
  const existing = [issuerResource(issuer), ...registered.filter(({ disabled }) => !disabled)]
  const candidates = asked.length > 0 ? named : grant.resources
  const resource = candidates
    .map((identifier) => existing.find((one) => one.identifier === identifier))
    .find((found) => found !== undefined)
  if (!resource) throw invalidTarget('this resource was not granted, or is no more')
  const ownOnly = asked.length > 0 || grant.explicitResource
  const carried = [...scopeNames(resource), ...(ownOnly ? [] : oidcScopes)]
  return { resource, scope: scope.filter((name) => carried.includes(name)) }
}

/** The server as a resource: its API is UserInfo, its scopes are OpenID Connect's. */
export function issuerResource(issuer: string): Resource {
  return {
    identifier: issuer,
    name: issuer,
    scopes: oidcScopes.map((name) => ({ name, description: '' })),
    tokenFormat: 'jwt',
    isDefault: false,
    disabled: false,
    createdAt: 0,
  }
}

/** The identifiers of what is named: resources that are allowed, or the server itself. @throws OAuthError */
export function namedResources(uris: readonly string[], issuer: string, allowed: readonly Resource[]) {
  if (uris.length > maxResources) throw invalidTarget(`more than ${maxResources} resources`)
  const identifiers = uris.map((uri) => {
    const fault = checkResourceIdentifier(uri)
    if (fault) throw invalidTarget(`a resource cannot be used: ${fault}`)
    if (uri === issuer || sameOriginOnly(issuer, uri)) return issuer
    const found = findResource(uri, allowed)
    if (!found) throw invalidTarget('a resource is not registered here, or not for this client', uri)
    return found.identifier
  })
  return [...new Set(identifiers)]
}

/** The audience when the request names none: the API whose scopes were asked for, else the default. */
function impliedResource(
  { client, issuer, strict }: TargetRequest,
  allowed: readonly Resource[],
  wanted: readonly string[],
  insist: boolean,
): string {
  const apiScopes = wanted.filter((name) => allowed.some((resource) => scopeNames(resource).includes(name)))
  const sole = client.metadata.resources?.length === 1 ? allowed[0] : undefined
  const general =
    wanted.includes('openid') && !strict ? undefined : allowed.find((resource) => resource.isDefault)
  const usual = sole ?? general
  if (apiScopes.length === 0) return usual?.identifier ?? issuer
  const holders = allowed.filter((resource) => apiScopes.every((name) => scopeNames(resource).includes(name)))
  if (holders.length === 1 && holders[0]) return holders[0].identifier
  const preferred = holders.find((resource) => resource === usual || resource.isDefault)
  if (preferred) return preferred.identifier
  if (insist) {
    throw new OAuthError('invalid_scope', 'these scopes belong to several resources; name one by resource', {
      parameter: 'scope',
    })
  }
  return usual?.identifier ?? issuer
}

/** offline_access without refresh tokens means nothing, so it is passed over (OIDC Core 11). */
function serverScope(name: string, client: Client): boolean {
  if (name === 'offline_access') return client.metadata.grant_types.includes('refresh_token')
  return isOidcScope(name)
}

function mayUse(client: Client, identifier: string): boolean {
  return client.metadata.resources?.includes(identifier) ?? true
}

function scopeNames(resource: Resource): string[] {
  return resource.scopes.map(({ name }) => name)
}

function sameOriginOnly(registered: string, asked: string): boolean {
  if (!/^https?:\/\/[^/?#]+\/?$/.test(registered)) return false
  return registered.endsWith('/') ? registered.slice(0, -1) === asked : `${registered}/` === asked
}

function invalidTarget(description: string, reason?: string): OAuthError {
  return new OAuthError('invalid_target', description, {
    parameter: 'resource',
    ...(reason === undefined ? {} : { reason: `${description}: ${reason}` }),
  })
}
