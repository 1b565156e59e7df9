// Owns what a client may say of itself when no administrator makes it (RFC 7591 2, OIDC Registration 2).
import { type ClientKind, type ClientMetadata, clientAuthMethods, parseClientMetadata } from './client.js'
import { OAuthError } from './error.js'
import type { GrantType } from './grant-type.js'
import {
  checkRedirectUri,
  leavesForApp,
  redirectDestination,
  selfRegisteredSchemeFault,
} from './redirect-uri.js'
import { formatScope, oidcScopes, parseScope } from './scope.js'

/** What a client that made itself known is; everything else about it is the server's to say. */
export type SelfMade = { readonly kind: ClientKind; readonly metadata: ClientMetadata }

/**
 * The members that are a client's own to say; what this server does not act on is dropped. `scope` is none of them:
 * a limit that its own maker sets protects nobody, and clients ask for more later than they registered with.
 */
const ownMembers = [
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'accept_token_endpoint_audience',
  'client_assertion_max_lifetime',
  'jwks',
  'jwks_uri',
  'grant_types',
  'response_types',
  'response_modes',
  'application_type',
  'client_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'contacts',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
  'subject_type',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'default_max_age',
  'require_auth_time',
  'default_acr_values',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
  'require_signed_request_object',
  'request_object_signing_alg',
]

/** Those of a client at the registration endpoint. `require_pkce` is in no software statement and no document. */
export const registrationMembers: readonly string[] = [...ownMembers, 'require_pkce']

/** What a JWT says that is about software, whatever else it is good for. */
const softwareMembers = [...ownMembers, 'software_id', 'software_version']

/**
 * What a software statement says of a client: it counts more than what the client says (RFC 7591 2.3). Undefined for
 * claims that say nothing of any.
 */
export function statedMembers(
  claims: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const said = softwareMembers.filter((member) => (claims[member] ?? undefined) !== undefined)
  return said.length > 0 ? Object.fromEntries(said.map((member) => [member, claims[member]])) : undefined
}

/**
 * What ends where a redirect URI leads. Not in a client's own name, since nobody is asked (RG04), nor for devices: who
 * shows a code to a person has no address that says who they are (RFC 8628 5.4).
 */
const ownGrants: readonly GrantType[] = ['authorization_code', 'refresh_token']

/** A document is public, so nothing in it is a secret (Client ID Metadata Document 4.1). */
export const documentAuthMethods: readonly string[] = ['none', 'private_key_jwt']

/** A client that names none has the first, as RFC 7591 2 has it. */
export const registrationAuthMethods: readonly string[] = clientAuthMethods

/**
 * The scope to register of what a client has named: less what does not exist here for it (RFC 7591 2). Undefined where
 * it has named none.
 * @throws OAuthError invalid_client_metadata
 */
export function registeredScope(named: unknown, available: readonly string[]): string | undefined {
  if (named === undefined || named === null || named === '') return undefined
  const fault = (reason: string) => new OAuthError('invalid_client_metadata', `scope: ${reason}`)
  if (typeof named !== 'string') throw fault('scopes in one text, separated by spaces, are expected')
  try {
    return formatScope(parseScope(named).filter((name) => available.includes(name)))
  } catch (error) {
    throw error instanceof OAuthError ? fault(error.description) : error
  }
}

/**
 * Reads the metadata of a client that comes by itself, each redirect URI by its own rules: it is native as soon as one
 * of them stays on the device. Grant and response types that are not for it are left out (RFC 7591 2), as are redirect
 * URIs of a scheme that is neither a reverse domain name nor one of `nativeSchemes`, as long as others are left; the first of
 * `authMethods` is for who names none.
 * @throws OAuthError invalid_redirect_uri or invalid_client_metadata
 */
export function readSelfMade(
  input: Record<string, unknown>,
  {
    authMethods,
    nativeSchemes,
    name,
    members = ownMembers,
  }: {
    authMethods: readonly string[]
    nativeSchemes: readonly string[]
    name?: string | undefined
    members?: readonly string[]
  },
): SelfMade {
  const said = withAllowedSchemes(
    Object.fromEntries(
      members.flatMap((member) => (Object.hasOwn(input, member) ? [[member, input[member]]] : [])),
    ),
    nativeSchemes,
  )
  const uris = (Array.isArray(said.redirect_uris) ? said.redirect_uris : []).filter(isUri).slice(0, 100)
  const kind = said.application_type === 'native' || uris.some(leavesForApp) ? 'native' : 'web'
  const method = said.token_endpoint_auth_method ?? authMethods[0]
  if (typeof method !== 'string' || !authMethods.includes(method)) {
    const known = authMethods.join(', ')
    throw new OAuthError('invalid_client_metadata', `token_endpoint_auth_method: it is one of ${known}`)
  }
  const metadata = parseClientMetadata(kind, {
    ...said,
    application_type: kind,
    token_endpoint_auth_method: method,
    grant_types: only(said.grant_types, ownGrants),
    response_types: only(said.response_types, ['code']),
    client_name: said.client_name ?? name ?? nameFrom(uris),
  })
  return { kind, metadata }
}

/**
 * The members without redirect URIs of a scheme that is not for clients that register themselves; what is wrong
 * otherwise is left for the schema to refuse.
 * @throws OAuthError invalid_redirect_uri where no URI is left to answer at
 */
export function withAllowedSchemes<M extends Record<string, unknown>>(
  said: M,
  nativeSchemes: readonly string[],
): M {
  const allowed = { ...said }
  for (const member of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
    const uris: unknown = said[member]
    if (!Array.isArray(uris)) continue
    const faultOf = (uri: unknown) =>
      isUri(uri) && checkRedirectUri(uri, 'native') === undefined
        ? selfRegisteredSchemeFault(uri, nativeSchemes)
        : undefined
    const left = uris.filter((uri) => faultOf(uri) === undefined)
    if (member === 'redirect_uris' && uris.length > 0 && left.length === 0) {
      const faults = uris.map(
        (uri) => `${member}: '${String(uri).slice(0, 200)}' is refused: ${faultOf(uri)}`,
      )
      throw new OAuthError('invalid_redirect_uri', faults.slice(0, 20).join('; '))
    }
    Object.assign(allowed, { [member]: left })
  }
  return allowed
}

/** The metadata of a client as it is told to the client itself: all that is in effect, and nothing that is empty. */
export function ownMetadata(metadata: ClientMetadata): Record<string, unknown> {
  const told = [...registrationMembers, 'software_statement'].map(
    (member) => [member, metadata[member as keyof ClientMetadata]] as const,
  )
  const said = Object.fromEntries(told.filter(([, value]) => !(Array.isArray(value) && value.length === 0)))
  const { registered_scope, grant_types } = metadata
  const usual = oidcScopes.filter(
    (name) => name !== 'offline_access' || grant_types.includes('refresh_token'),
  )
  const scope = registered_scope ?? formatScope(usual)
  return { ...said, ...(scope !== '' && { scope }) }
}

function isUri(uri: unknown): uri is string {
  return typeof uri === 'string' && uri.length <= 2048 && URL.canParse(uri)
}

/** What is no list is left for the schema to refuse. */
function only(list: unknown, allowed: readonly string[]): unknown {
  return Array.isArray(list) ? allowed.filter((value) => list.includes(value)) : list
}

/** An app that has no name is called after the place that it is answered at. */
function nameFrom([uri]: readonly string[]): string {
  return (uri === undefined ? 'app' : redirectDestination({ uri }).text).slice(0, 200)
}
