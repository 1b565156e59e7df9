// Owns what a client is: its registered metadata (RFC 7591 2, OIDC Registration 2) and the facts the server adds.
import { z } from 'zod'
import { OAuthError } from './error.js'
import { isLoopback } from './issuer.js'
import { checkRedirectUri } from './redirect-uri.js'
import { checkResourceIdentifier } from './resource.js'
import { isScopeToken } from './scope.js'

export const signingAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
/** Algorithms that our keyring signs with. */
export type SigningAlg = (typeof signingAlgs)[number]

export const clientKinds = ['web', 'spa', 'native', 'service'] as const
export type ClientKind = (typeof clientKinds)[number]

export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const
export type ClientAuthMethod = (typeof clientAuthMethods)[number]

export const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const
export type GrantType = (typeof grantTypes)[number]

/** Controls, direction marks and other characters that make a name look like another one (RG06). */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

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

/** Links that a person may follow: a `javascript:` one would run on our pages (RG03). */
const webUrl = url(['https:', 'http:'], 'is not an http or https URL of at most 2048 characters')

/**
 * Where we post logout tokens (OIDC Back-Channel Logout 2.2): they are for nobody else, so only loopback goes without
 * TLS.
 */
const postedUri = url(
  ['https:', 'http:'],
  'is not https, or http on loopback, without fragment, user name and password, of at most 2048 characters',
  ({ protocol, hostname, href, username, password }) =>
    (protocol === 'https:' || isLoopback(hostname)) && !href.includes('#') && username + password === '',
)

/** The length comes first: a long host with bad IDN costs milliseconds to refuse (HT13). */
function url(schemes: readonly string[], fault: string, also: (url: URL) => boolean = () => true) {
  return z.string().refine((text) => {
    if (text.length > 2048 || !URL.canParse(text)) return false
    const parsed = new URL(text)
    return schemes.includes(parsed.protocol) && also(parsed)
  }, fault)
}

export const clientMetadata = z.object({
  client_name: z
    .string()
    .normalize('NFC')
    .min(1)
    .max(200)
    .refine((name) => !unseen.test(name), 'has control or invisible characters'),
  redirect_uris: z.array(z.string()).max(20).default([]),
  post_logout_redirect_uris: z.array(z.string()).max(20).default([]),
  token_endpoint_auth_method: z.enum(clientAuthMethods),
  grant_types: z.array(z.enum(grantTypes)),
  response_types: z.array(z.literal('code')),
  application_type: z.enum(['web', 'native']),
  client_uri: webUrl.optional(),
  logo_uri: webUrl.optional(),
  tos_uri: webUrl.optional(),
  policy_uri: webUrl.optional(),
  /** https alone (OIDC Core 4). */
  initiate_login_uri: url(['https:'], 'is not an https URL of at most 2048 characters').optional(),
  backchannel_logout_uri: postedUri.optional(),
  /** `sid` is in every logout token, so this asks for what is there. */
  backchannel_logout_session_required: z.boolean().optional(),
  contacts: z.array(z.string().max(200)).max(10).optional(),
  /** Space separated; when present the only scopes that the client may ask for. */
  scope: z.string().max(2048).optional(),
  /** Ours: when present the only resources (RFC 8707) that the client may ask for. */
  resources: z.array(z.string()).max(100).optional(),
  response_modes: z.array(z.enum(['query', 'form_post'])).optional(),
  subject_type: z.literal('public').optional(),
  id_token_signed_response_alg: z.enum(signingAlgs).default('RS256'),
  default_max_age: z.int().min(0).optional(),
  require_auth_time: z.boolean().optional(),
  default_acr_values: z.array(z.string().max(200)).max(10).optional(),
  /** Ours: a first-party app for which people are never asked. */
  skip_consent: z.boolean().default(false),
  /** Ours: everybody who signs in for this client proves a second factor. */
  require_second_factor: z.boolean().default(false),
  /** Ours: absent means public clients rotate and confidential ones keep theirs (FAPI 2.0). */
  rotate_refresh_token: z.boolean().optional(),
})

/** What a kind of client is registered with unless it says otherwise; the name is always its own. */
export function defaultMetadata(kind: ClientKind): Omit<z.input<typeof clientMetadata>, 'client_name'> {
  if (kind === 'service') {
    return {
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      response_types: [],
      application_type: 'web',
    }
  }
  return {
    token_endpoint_auth_method: kind === 'web' ? 'client_secret_basic' : 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: kind === 'native' ? 'native' : 'web',
  }
}

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
  const { grant_types, response_types, application_type, token_endpoint_auth_method } = metadata
  const withCode = grant_types.includes('authorization_code')
  const secret = token_endpoint_auth_method !== 'none'
  const rules: [boolean, string][] = [
    [grant_types.length === 0, 'grant_types: at least one is needed'],
    [
      withCode !== response_types.includes('code'),
      'response_types: code and the grant type authorization_code go together',
    ],
    [withCode && metadata.redirect_uris.length === 0, 'redirect_uris: authorization_code needs at least one'],
    [
      grant_types.includes('refresh_token') && !withCode,
      'grant_types: refresh_token comes only with authorization_code',
    ],
    [
      grant_types.includes('client_credentials') && !secret,
      'grant_types: client_credentials needs a client that authenticates',
    ],
    [
      kind === 'spa' && secret,
      'token_endpoint_auth_method: an app in a browser can keep no secret; use none',
    ],
    [
      (kind === 'native') !== (application_type === 'native'),
      `application_type: a ${kind} client is ${kind === 'native' ? 'native' : 'web'}`,
    ],
    [
      metadata.scope !== undefined && !metadata.scope.split(' ').every((name) => isScopeToken(name)),
      'scope: names separated by single spaces, without quotes or backslashes',
    ],
  ]
  const resources = (metadata.resources ?? []).flatMap((uri) => {
    const fault = checkResourceIdentifier(uri)
    return fault ? [`resources: '${uri.slice(0, 200)}' is refused: ${fault}`] : []
  })
  return [...rules.flatMap(([broken, fault]) => (broken ? [fault] : [])), ...resources]
}
