// Owns what a client is: its registered metadata (RFC 7591 2, OIDC Registration 2) and the facts the server adds.
import { z } from 'zod'
import { assertionAlgs, assertionFaults, maxAssertionLifetime, publicKeyAlgs } from './client-assertion.js'
import { defaultMetadata } from './client-defaults.js'
import { framedUri, remoteUri, url, webUrl } from './client-url.js'
import { isDisplayText } from './display-text.js'
import { OAuthError } from './error.js'
import { exchangePolicy } from './exchange.js'
import { deviceCodeType, grantTypes, jwtBearerType, tokenExchangeType } from './grant-type.js'
import { idTokenClaimsModes } from './id-token-claims.js'
import { jwkSet } from './jwks.js'
import { pkceFaults } from './pkce.js'
import { checkRedirectUri } from './redirect-uri.js'
import { checkResourceIdentifier } from './resource-identifier.js'
import { isScopeToken } from './scope.js'

export const signingAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
/** Algorithms that our keyring signs with. */
export type SigningAlg = (typeof signingAlgs)[number]

export const clientKinds = ['web', 'spa', 'native', 'device', 'service'] as const
export type ClientKind = (typeof clientKinds)[number]

export const clientAuthMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const
export type ClientAuthMethod = (typeof clientAuthMethods)[number]

/** Clients that hold nothing to prove themselves with (RFC 6749 2.1). */
export function isPublic({ token_endpoint_auth_method }: ClientMetadata): boolean {
  return token_endpoint_auth_method === 'none'
}

/** Clients that have a secret of ours, in whatever way they show it. */
export function hasSecret({ token_endpoint_auth_method }: ClientMetadata): boolean {
  return token_endpoint_auth_method.startsWith('client_secret_')
}

/** A client as the server knows it. `id` never starts with `u_`, which every user's `sub` does (RFC 9068 5). */
export type Client = {
  readonly id: string
  readonly kind: ClientKind
  readonly metadata: ClientMetadata
  /** Registered by an administrator: consent may be remembered, the name may be trusted. */
  readonly verified: boolean
  readonly disabled: boolean
  /** The grant that the client's own tokens (client_credentials) belong to. */
  readonly ownGrantId: string
  readonly createdAt: number
  readonly updatedAt: number
}

export type ClientMetadata = z.infer<typeof clientMetadata>
export type ClientMetadataInput = z.input<typeof clientMetadata>

export const clientMetadata = z.object({
  client_name: z
    .string()
    .normalize('NFC')
    .min(1)
    .max(200)
    .refine(isDisplayText, 'has control or invisible characters'),
  redirect_uris: z.array(z.string()).max(20).default([]),
  post_logout_redirect_uris: z.array(z.string()).max(20).default([]),
  token_endpoint_auth_method: z.enum(clientAuthMethods),
  token_endpoint_auth_signing_alg: z.enum(assertionAlgs).optional(),
  /** Ours: assertions may also name the token endpoint as audience, as libraries older than RFC 7523bis do. */
  accept_token_endpoint_audience: z.boolean().optional(),
  /** Ours: seconds that its assertions may live; absent means an hour. */
  client_assertion_max_lifetime: z.int().min(1).max(maxAssertionLifetime).optional(),
  jwks: jwkSet.optional(),
  jwks_uri: remoteUri.optional(),
  grant_types: z.array(z.enum(grantTypes)),
  response_types: z.array(z.literal('code')),
  application_type: z.enum(['web', 'native']),
  client_uri: webUrl.optional(),
  logo_uri: webUrl.optional(),
  tos_uri: webUrl.optional(),
  policy_uri: webUrl.optional(),
  /** https alone (OIDC Core 4). */
  initiate_login_uri: url(['https:'], 'is not an https URL of at most 2048 characters').optional(),
  backchannel_logout_uri: remoteUri.optional(),
  /** `sid` is in every logout token, so this asks for what is there. */
  backchannel_logout_session_required: z.boolean().optional(),
  frontchannel_logout_uri: framedUri.optional(),
  /** `iss` and `sid` are always said, so this asks for what is there. */
  frontchannel_logout_session_required: z.boolean().optional(),
  contacts: z.array(z.string().max(200)).max(10).optional(),
  /** Space separated; when present the only scopes that the client may ask for. */
  scope: z.string().max(2048).optional(),
  /** Ours: the scope that a self-registered client has named, as it is told again; it limits nothing. */
  registered_scope: z.string().max(2048).optional(),
  /** Ours: when present the only resources (RFC 8707) that the client may ask for. */
  resources: z.array(z.string()).max(100).optional(),
  ...exchangePolicy,
  /** What a trusted issuer has said of it when it registered itself (RFC 7591 2.3). */
  software_statement: z.string().max(8192).optional(),
  response_modes: z.array(z.enum(['query', 'form_post'])).optional(),
  subject_type: z.literal('public').optional(),
  id_token_signed_response_alg: z.enum(signingAlgs).default('RS256'),
  /** Ours: which claims about the user are in ID tokens; absent means `scope` where an administrator registered it. */
  id_token_claims: z.enum(idTokenClaimsModes).optional(),
  /** Ours: UserInfo also takes its tokens for an API; absent means yes. Never for self-registered clients. */
  userinfo_with_api_token: z.boolean().optional(),
  /** Absent means UserInfo as JSON (OIDC Registration 2). */
  userinfo_signed_response_alg: z.enum(signingAlgs).optional(),
  default_max_age: z.int().min(0).optional(),
  require_auth_time: z.boolean().optional(),
  /** RFC 9126 6. */
  require_pushed_authorization_requests: z.boolean().optional(),
  /** RFC 9101 10.5: its requests come in request objects. */
  require_signed_request_object: z.boolean().optional(),
  /** OIDC Registration 2: the only algorithm that they may be signed by. */
  request_object_signing_alg: z.enum(publicKeyAlgs).optional(),
  default_acr_values: z.array(z.string().max(200)).max(10).optional(),
  /** Ours: false lets a confidential web client leave out PKCE (`requiresPkce`). */
  require_pkce: z.boolean().optional(),
  /** Ours: a first-party app for which people are never asked. */
  skip_consent: z.boolean().default(false),
  /** Ours: everybody who signs in for this client proves a second factor. */
  require_second_factor: z.boolean().default(false),
  /** RFC 9449 5.2: a token request without a proof is refused. */
  dpop_bound_access_tokens: z.boolean().optional(),
  /** Ours: absent means public clients rotate and confidential ones keep theirs (FAPI 2.0). */
  rotate_refresh_token: z.boolean().optional(),
})

/**
 * Completes and checks what a client is registered with. Members that are null count as absent and unknown ones
 * are dropped (RFC 7591 2).
 * @throws OAuthError invalid_redirect_uri or invalid_client_metadata (RFC 7591 3.2.2), naming every fault
 */
export function parseClientMetadata(kind: ClientKind, input: Record<string, unknown>): ClientMetadata {
  const given = Object.entries(input).filter(([, value]) => value !== null && value !== undefined)
  const parsed = clientMetadata.safeParse({ ...defaultMetadata(kind), ...Object.fromEntries(given) })
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new OAuthError('invalid_client_metadata', faults.join('; '))
  }
  const redirects = redirectFaults(kind, parsed.data)
  const faults = [...redirects, ...combinationFaults(kind, parsed.data)]
  if (faults.length === 0) return parsed.data
  throw new OAuthError(
    redirects.length > 0 ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    faults.join('; '),
  )
}

function redirectFaults(kind: ClientKind, metadata: ClientMetadata): string[] {
  const members = ['redirect_uris', 'post_logout_redirect_uris'] as const
  return members.flatMap((member) =>
    metadata[member].flatMap((uri) => {
      const fault = checkRedirectUri(uri, kind)
      return fault ? [`${member}: '${uri.slice(0, 200)}' is refused: ${fault}`] : []
    }),
  )
}

/** Members that are each well-formed but do not go together (RFC 7591 2, 2.1; OAuth 2.1 4.2, 8.5). */
function combinationFaults(kind: ClientKind, metadata: ClientMetadata): string[] {
  const { grant_types, response_types, application_type } = metadata
  const withCode = grant_types.includes('authorization_code')
  const secret = !isPublic(metadata)
  const native = kind === 'native' || kind === 'device'
  const rules: [boolean, string][] = [
    [grant_types.length === 0, 'grant_types: at least one is needed'],
    [
      withCode !== response_types.includes('code'),
      'response_types: code and the grant type authorization_code go together',
    ],
    [withCode && metadata.redirect_uris.length === 0, 'redirect_uris: authorization_code needs at least one'],
    [
      grant_types.includes('refresh_token') && !withCode && !grant_types.includes(deviceCodeType),
      'grant_types: refresh_token comes only with authorization_code or device_code',
    ],
    [
      grant_types.includes('client_credentials') && !secret,
      'grant_types: client_credentials needs a client that authenticates',
    ],
    [
      !secret && (grant_types.includes(tokenExchangeType) || grant_types.includes(jwtBearerType)),
      'grant_types: token-exchange and jwt-bearer need a client that authenticates',
    ],
    [
      kind === 'spa' && secret,
      'token_endpoint_auth_method: an app in a browser can keep no secret; use none',
    ],
    [
      native !== (application_type === 'native'),
      `application_type: a ${kind} client is ${native ? 'native' : 'web'}`,
    ],
    [
      !isAtRedirect(metadata.frontchannel_logout_uri, metadata.redirect_uris),
      'frontchannel_logout_uri: its scheme, host and port are not those of any of the redirect_uris',
    ],
    ...(['scope', 'token_exchange_scope'] as const).map((member): [boolean, string] => [
      metadata[member]?.split(' ').every(isScopeToken) === false,
      `${member}: names separated by single spaces, without quotes or backslashes`,
    ]),
  ]
  const resources = (['resources', 'token_exchange_audiences'] as const).flatMap((member) =>
    (metadata[member] ?? []).flatMap((uri) => {
      const fault = checkResourceIdentifier(uri)
      return fault ? [`${member}: '${uri.slice(0, 200)}' is refused: ${fault}`] : []
    }),
  )
  const broken = rules.flatMap(([broken, fault]) => (broken ? [fault] : []))
  return [...broken, ...resources, ...assertionFaults(metadata), ...pkceFaults(kind, metadata)]
}

/** OIDC Front-Channel Logout 2: nobody has a client's page framed who could not be given its codes. */
function isAtRedirect(uri: string | undefined, redirects: readonly string[]): boolean {
  if (uri === undefined) return true
  const { origin } = new URL(uri)
  return redirects.some((redirect) => URL.canParse(redirect) && new URL(redirect).origin === origin)
}
