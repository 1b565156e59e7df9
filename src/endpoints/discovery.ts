// Owns the published metadata (RFC 8414 2, OIDC Discovery 3): said from the tables that the server runs by.

import { Hono } from 'hono'
import { assertionAlgs, clientAuth, provingMethods } from '../client-auth/index.js'
import type { Config } from '../config.js'
import type { Deps } from '../deps.js'
import { grants } from '../grants/index.js'
import { type PublicDocument, publicDocument, publicDocuments } from '../http/document.js'
import { languages } from '../pages/messages/pick.js'
import { acrValues } from '../protocol/acr.js'
import { displayValues, promptValues, responseModes, responseTypes } from '../protocol/authorization.js'
import { supportedClaims } from '../protocol/claims.js'
import { signingAlgs } from '../protocol/client.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { tokenTypes } from '../protocol/exchange.js'
import { issuerUrl } from '../protocol/issuer.js'
import { codeChallengeMethods } from '../protocol/pkce.js'
import type { Resource } from '../protocol/resource.js'
import { oidcScopes } from '../protocol/scope.js'
import { proofAlgorithms } from './dpop.js'

/** Metadata members that are URLs, with their paths below the issuer: `{ token_endpoint: '/token' }`. */
export type AdvertisedPaths = Readonly<Record<string, string>>

const names = ['openid-configuration', 'oauth-authorization-server']

/**
 * Every path where clients look: the issuer's path behind the well-known one (RFC 8414 3.1), also by clients that do
 * not remove its trailing slash, and before it (OIDC Discovery 4).
 */
export function discoveryPaths(issuerPath: string): string[] {
  const paths = names.flatMap((name) => [
    `/.well-known/${name}${issuerPath}`,
    `/.well-known/${name}${issuerPath}/`,
    `${issuerPath}/.well-known/${name}`,
  ])
  return [...new Set(paths)]
}

export function discovery(deps: Deps, advertised: AdvertisedPaths): Hono {
  const send = publicDocuments(deps.config)
  const current = createDocument(deps, advertised)
  const app = new Hono()
  for (const path of discoveryPaths(deps.config.issuerPath)) {
    app.get(path, async (c) => send(c, await current()))
  }
  return app
}

/** The text is made anew only when the open APIs have changed, and looked at once a second at most. */
function createDocument(deps: Deps, advertised: AdvertisedPaths): () => Promise<PublicDocument> {
  let document: PublicDocument = { body: '', etag: '' }
  let lookedAt = Number.NEGATIVE_INFINITY
  return async () => {
    const now = deps.now()
    if (now === lookedAt) return document
    const body = JSON.stringify(metadata(deps.config, advertised, await deps.store.resources.all()))
    if (body !== document.body) document = publicDocument(body)
    lookedAt = now
    return document
  }
}

const maxListed = 100
/** Characters; an identifier may have 2,048. */
const maxListLength = 32_768

/** RFC 9728 4: the list is optional, and only for clients that registered themselves: others are told by their makers. */
function isShort(identifiers: readonly string[]): boolean {
  const { length } = identifiers
  return length > 0 && length <= maxListed && identifiers.join().length <= maxListLength
}

/** Members whose default when left out would be wrong are always there; empty ones never are. */
function metadata(
  { issuer, clientDocuments }: Config,
  advertised: AdvertisedPaths,
  resources: readonly Resource[],
): object {
  const urls = Object.entries(advertised).map(([member, path]) => [member, issuerUrl(issuer, path)])
  const apis = resources.filter(({ disabled, clients }) => !disabled && clients === 'all')
  const identifiers = apis.map(({ identifier }) => identifier)
  const authMethods = Object.keys(clientAuth)
  return {
    issuer,
    ...Object.fromEntries(urls),
    ...(isShort(identifiers) && { protected_resources: identifiers }),
    // Those of an API stand in its own metadata (RFC 9728 2): here they would grow without end.
    scopes_supported: oidcScopes,
    response_types_supported: responseTypes,
    response_modes_supported: responseModes,
    grant_types_supported: Object.keys(grants),
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_endpoint_auth_methods_supported: provingMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    identity_chaining_requested_token_types_supported: [tokenTypes.idJag],
    authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    code_challenge_methods_supported: codeChallengeMethods,
    dpop_signing_alg_values_supported: proofAlgorithms,
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: signingAlgs,
    userinfo_signing_alg_values_supported: signingAlgs,
    acr_values_supported: acrValues,
    claims_supported: supportedClaims,
    claim_types_supported: ['normal'],
    claims_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    ...(clientDocuments !== 'off' && { client_id_metadata_document_supported: true }),
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: publicKeyAlgs,
    request_uri_parameter_supported: false,
    require_pushed_authorization_requests: false,
    prompt_values_supported: promptValues,
    display_values_supported: displayValues,
    ui_locales_supported: [...languages.keys()],
  }
}
