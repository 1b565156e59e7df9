// Owns the authorization request: every check of OAuth 2.1 4.1.1 and OIDC Core 3.1.2.1, in one visible order.
import { type ClaimsRequest, parseClaims } from './claims.js'
import type { Client } from './client.js'
import { OAuthError } from './error.js'
import { isThumbprint } from './jwk.js'
import { type Params, requireSingle } from './params.js'
import { isChallenge, pkceAdvice, requiresPkce } from './pkce.js'
import { matchRedirect, type VerifiedRedirect } from './redirect-uri.js'
import { requestLimits as limits } from './request-parameters.js'
import { type Resource, resolveResources } from './resource.js'

export const responseModes = ['query', 'form_post'] as const
export type ResponseMode = (typeof responseModes)[number]

export const responseTypes = ['code'] as const

export const promptValues = ['none', 'login', 'consent', 'select_account'] as const
export type Prompt = (typeof promptValues)[number]

export const displayValues = ['page', 'popup', 'touch', 'wap'] as const
export type Display = (typeof displayValues)[number]

/** A request that has passed every check: frozen, and the same after a trip through JSON. */
export type AuthorizationRequest = {
  readonly clientId: string
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state?: string | undefined
  /** What may be granted, `openid` among it for OpenID Connect. */
  readonly scope: string[]
  /** Audiences as registered, the server itself as its issuer; never empty. */
  readonly resources: string[]
  readonly explicitResource: boolean
  readonly nonce?: string | undefined
  /** S256 (RFC 7636 4.2); absent only for a client with `require_pkce=false`. */
  readonly codeChallenge?: string | undefined
  readonly prompt: Prompt[]
  /** Seconds since the last sign-in at which a person must prove themselves again. */
  readonly maxAge?: number | undefined
  readonly acrValues: string[]
  readonly loginHint?: string | undefined
  /** As it came, unverified. */
  readonly idTokenHint?: string | undefined
  readonly uiLocales: string[]
  readonly claimsLocales: string[]
  readonly display?: Display | undefined
  readonly claims?: ClaimsRequest | undefined
  readonly pushed?: Pushed | undefined
  /** The thumbprint of the key that must redeem the code (RFC 9449 10). */
  readonly dpopJkt?: string | undefined
}

/** A request that the client has pushed is answered once (RFC 9126 4). */
export type Pushed = {
  readonly id: string
  /** Epoch seconds from which on it is not answered any more. */
  readonly until: number
}

/** Where and how the client is answered, errors included. */
export type Reply = { responseMode: ResponseMode; state?: string | undefined }

/** Whether this is an OpenID Connect request, for which redirect_uri may not be left out. */
export function asksOpenid(params: Params): boolean {
  return params.get('scope')?.split(' ').includes('openid') ?? false
}

/**
 * Reads how to answer before anything else is checked, so that any later error reaches the client properly. A
 * mode that we cannot use becomes query; a state that is repeated has no one value to return.
 */
export function readReply(params: Params, client: Client, redirect: VerifiedRedirect): Reply {
  const mode = params.repeated.includes('response_mode') ? undefined : params.get('response_mode')
  const state = params.repeated.includes('state') ? undefined : params.get('state')
  return {
    responseMode: allowedModes(client, redirect).find((allowed) => allowed === mode) ?? 'query',
    ...(state !== undefined && { state }),
  }
}

/** Whether a request may have this state. */
export function isStateLength(state = ''): boolean {
  return Buffer.byteLength(state) <= limits.state
}

/**
 * Checks everything that the request says; who the client is and where the answer goes must be settled before
 * (RFC 6749 4.1.2.1). Unknown parameters are ignored.
 * @throws OAuthError with the code for the redirect
 */
export function parseAuthorization(
  params: Params,
  client: Client,
  registered: readonly Resource[],
  issuer: string,
): AuthorizationRequest {
  requireSingle(params)
  refuseUnsupported(params)
  checkResponseType(params, client)
  const redirect = parseRedirect(params, client)
  const responseMode = parseResponseMode(params, client, redirect)
  const state = bounded(params, 'state')
  const codeChallenge = parseCodeChallenge(params, client)
  const target = resolveResources({
    scope: params.get('scope'),
    resources: params.all('resource'),
    client,
    registered,
    issuer,
  })
  const nonce = bounded(params, 'nonce')
  const prompt = parsePrompt(params)
  const maxAge = parseMaxAge(params) ?? client.metadata.default_max_age
  const acrValues = words(bounded(params, 'acr_values')) ?? client.metadata.default_acr_values ?? []
  const claims = params.get('claims')
  return Object.freeze({
    clientId: client.id,
    redirectUri: redirect.uri,
    responseMode,
    state,
    ...target,
    nonce,
    codeChallenge,
    prompt,
    maxAge,
    acrValues,
    loginHint: bounded(params, 'login_hint'),
    idTokenHint: bounded(params, 'id_token_hint'),
    uiLocales: parseLocales(bounded(params, 'ui_locales')),
    claimsLocales: parseLocales(bounded(params, 'claims_locales')),
    display: displayValues.find((display) => display === params.get('display')),
    claims: claims === undefined ? undefined : parseClaims(claims, client.metadata.scope?.split(' ')),
    dpopJkt: parseThumbprint(params),
  })
}

/** OIDC Core 6.2, 7.2.1: each feature that is left out has an error of its own. */
function refuseUnsupported(params: Params): void {
  if (params.get('request_uri') !== undefined) {
    throw new OAuthError('request_uri_not_supported', 'request_uri is not supported', {
      parameter: 'request_uri',
    })
  }
  if (params.get('registration') !== undefined) {
    throw new OAuthError('registration_not_supported', 'registration is not supported', {
      parameter: 'registration',
    })
  }
}

function checkResponseType(params: Params, client: Client): void {
  const type = params.get('response_type')
  const parameter = 'response_type'
  if (type === undefined) throw new OAuthError('invalid_request', 'response_type is missing', { parameter })
  if (type !== 'code') {
    throw new OAuthError('unsupported_response_type', 'the only response_type is code', { parameter })
  }
  if (!client.metadata.response_types.includes('code')) {
    throw new OAuthError('unauthorized_client', 'this client may not use the code flow', { parameter })
  }
}

function parseResponseMode(params: Params, client: Client, redirect: VerifiedRedirect): ResponseMode {
  const asked = params.get('response_mode') ?? 'query'
  const mode = allowedModes(client, redirect).find((allowed) => allowed === asked)
  if (!mode) throw badRequest('response_mode', 'response_mode is unknown or not for this client')
  return mode
}

/** A form is posted over the web alone: an app's own scheme opens the app and drops what was posted (AZ19). */
function allowedModes({ metadata }: Client, { uri }: VerifiedRedirect): readonly ResponseMode[] {
  const modes = metadata.response_modes ?? responseModes
  return /^https?:/.test(uri) ? modes : modes.filter((mode) => mode !== 'form_post')
}

function parseRedirect(params: Params, client: Client): VerifiedRedirect {
  const match = matchRedirect(client, params.get('redirect_uri'), { openid: asksOpenid(params) })
  if ('mismatch' in match) throw badRequest('redirect_uri', 'redirect_uri is missing or not registered')
  return match
}

/** A missing method would mean plain (RFC 7636 4.3), which proves nothing to who can read the request. */
function parseCodeChallenge(params: Params, client: Client): string | undefined {
  const challenge = params.get('code_challenge')
  if (challenge === undefined) {
    // A method without a challenge is left of a request whose challenge was removed (RFC 9700 4.8.2).
    if (!requiresPkce(client.metadata) && params.get('code_challenge_method') === undefined) return undefined
    throw badRequest('code_challenge', `code_challenge is missing: ${pkceAdvice(client)}`)
  }
  if (params.get('code_challenge_method') !== 'S256') {
    throw badRequest('code_challenge_method', 'the only code_challenge_method is S256')
  }
  if (!isChallenge(challenge)) throw badRequest('code_challenge', 'code_challenge is not a S256 challenge')
  return challenge
}

function parseThumbprint(params: Params): string | undefined {
  const jkt = params.get('dpop_jkt')
  if (jkt !== undefined && !isThumbprint(jkt))
    throw badRequest('dpop_jkt', 'dpop_jkt is not a JWK thumbprint')
  return jkt
}

function parsePrompt(params: Params): Prompt[] {
  const asked = [...new Set(words(params.get('prompt')) ?? [])]
  const prompt = promptValues.filter((value) => asked.includes(value))
  if (prompt.length !== asked.length) throw badRequest('prompt', 'prompt has an unknown value')
  if (prompt.includes('none') && prompt.length > 1) throw badRequest('prompt', 'prompt=none stands alone')
  return prompt
}

function parseMaxAge(params: Params): number | undefined {
  const text = params.get('max_age')
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw badRequest('max_age', 'max_age is not a number of seconds')
  return Number(text)
}

/** Preferences: what is no language tag is passed over (OIDC Core 3.1.2.1 forbids an error). */
function parseLocales(text: string | undefined): string[] {
  return (words(text) ?? []).filter((tag) => /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag)).slice(0, 10)
}

function words(text: string | undefined): string[] | undefined {
  return text?.split(' ').filter((word) => word !== '')
}

function bounded(params: Params, name: keyof typeof limits): string | undefined {
  const value = params.get(name)
  if (value !== undefined && Buffer.byteLength(value) > limits[name]) {
    throw badRequest(name, `${name} is longer than ${limits[name]} bytes`)
  }
  return value
}

function badRequest(parameter: string, description: string): OAuthError {
  return new OAuthError('invalid_request', description, { parameter })
}
