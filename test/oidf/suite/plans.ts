// The suite's plans that Grantor is run against, each with the clients that it needs.

export type SigningAlgorithm = 'ES256' | 'PS256'

export type Clients =
  /** The suite registers its clients, or needs none; `invited`: with an initial access token. */
  | { kind: 'registered'; invited?: boolean }
  /** Web apps with a secret; `members` are further metadata. */
  | { kind: 'secret'; members?: (address: string) => Record<string, unknown> }
  /** Clients with keys: FAPI 2.0. */
  | { kind: 'keys'; algorithm: SigningAlgorithm; signedRequests?: boolean; grant?: 'client_credentials' }

export type Plan = {
  /** What `run` calls it; the suite's addresses contain it. */
  name: string
  plan: string
  variant: Record<string, string>
  clients: Clients
  /** What the clients ask for. */
  scope: string
  /** The protected resource: an API behind grantor/verify, else the UserInfo endpoint. */
  api?: boolean
}

const staticClients = { server_metadata: 'discovery', client_registration: 'static_client' }
const logoutClients = { client_registration: 'static_client', response_type: 'code' }
const connectScope = 'openid email profile'

/** A plan of OpenID Connect with clients that an administrator has registered. */
function connect(
  name: string,
  plan: string,
  variant: Record<string, string>,
  members?: (address: string) => Record<string, unknown>,
): Plan {
  const clients: Clients = { kind: 'secret', ...(members && { members }) }
  return { name, plan: `oidcc-${plan}-certification-test-plan`, variant, clients, scope: connectScope }
}

/** A plan of OpenID Connect whose clients register themselves, or that has none. */
function registered(name: string, plan: string, variant: Record<string, string>, invited = false): Plan {
  const clients: Clients = { kind: 'registered', invited }
  return { name, plan: `oidcc-${plan}-certification-test-plan`, variant, clients, scope: connectScope }
}

type FapiKind = 'connect' | 'oauth' | 'client-credentials' | 'message-signing'

function fapi(kind: FapiKind, algorithm: SigningAlgorithm): Plan {
  const signed = kind === 'message-signing'
  const service = kind === 'client-credentials'
  const api = kind === 'oauth' || service
  return {
    name: `fapi2-${kind}-${algorithm.toLowerCase()}`,
    plan: signed ? 'fapi2-message-signing-final-test-plan' : 'fapi2-security-profile-final-test-plan',
    variant: {
      client_auth_type: 'private_key_jwt',
      sender_constrain: 'dpop',
      fapi_profile: service ? 'fapi_client_credentials_grant' : 'plain_fapi',
      openid: api ? 'plain_oauth' : 'openid_connect',
      ...(signed && { fapi_request_method: 'signed_non_repudiation', fapi_response_mode: 'plain_response' }),
      ...(signed && { authorization_request_type: 'simple' }),
    },
    clients: {
      kind: 'keys',
      algorithm,
      ...(signed && { signedRequests: true }),
      ...(service && { grant: 'client_credentials' }),
    },
    scope: api ? 'api:read api:write' : 'openid profile',
    api,
  }
}

const kinds: FapiKind[] = ['connect', 'oauth', 'client-credentials', 'message-signing']

/** None of their modules may fail. */
export const requiredPlans: Plan[] = [
  registered('config', 'config', {}),
  registered('third-party', '3rdparty-init-login', { response_type: 'code' }),
  connect('basic', 'basic', staticClients),
  connect('form-post', 'formpost-basic', staticClients),
  connect('rp-logout', 'rp-initiated-logout', logoutClients),
  connect('back-channel', 'backchannel-rp-initiated-logout', logoutClients, (address) => ({
    backchannel_logout_uri: `${address}/backchannel_logout`,
  })),
  connect('front-channel', 'frontchannel-rp-initiated-logout', logoutClients, (address) => ({
    frontchannel_logout_uri: `${address}/frontchannel_logout`,
  })),
  ...kinds.flatMap((kind) => [fapi(kind, 'ES256'), fapi(kind, 'PS256')]),
]

/** Cannot pass as a whole: it demands the implicit flow, which OAuth 2.1 has removed. */
export const otherPlans: Plan[] = [registered('dynamic', 'dynamic', { response_type: 'code' }, true)]

export const plans = [...requiredPlans, ...otherPlans]
