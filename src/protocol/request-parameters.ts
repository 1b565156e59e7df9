// The parameters of an authorization request that are read, and how long some of them may be.

/** Bytes. */
export const requestLimits = {
  state: 4096,
  nonce: 512,
  login_hint: 512,
  id_token_hint: 16_384,
  acr_values: 2048,
  ui_locales: 1024,
  claims_locales: 1024,
} as const

/** Every parameter that is read; all others are ignored (RFC 6749 3.1). */
export const requestParameters: ReadonlySet<string> = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'resource',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'display',
  'claims',
  'dpop_jkt',
  'request_uri',
  'registration',
  ...Object.keys(requestLimits),
])
