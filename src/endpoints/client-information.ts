// Owns what a registered client is told of itself (RFC 7591 3.2.1, RFC 7592 3).

import { registrationToken } from '../crypto/client-registration.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { idTokenClaimsMode } from '../protocol/id-token-claims.js'
import { issuerUrl } from '../protocol/issuer.js'
import { ownMetadata, type SelfMade } from '../protocol/registration.js'
import type { Requester } from '../protocol/requester.js'

/** @param secret shown once, when it is made */
export function clientInformation(
  client: Client,
  { config, secrets }: Deps,
  { secret }: { secret?: string | undefined } = {},
): object {
  const { id, createdAt, metadata } = client
  return {
    client_id: id,
    client_id_issued_at: createdAt,
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: registrationToken(secrets, id),
    registration_client_uri: issuerUrl(config.issuer, `/register/${id}`),
    ...ownMetadata(metadata),
    id_token_claims: idTokenClaimsMode(client),
  }
}

/**
 * An administrator may have disabled all apps at a host.
 * @throws OAuthError invalid_redirect_uri
 */
export async function requireNotDenied(made: SelfMade, { clients }: Deps): Promise<void> {
  if (!(await clients.denies(made))) return
  const description = 'redirect_uris: an administrator has disabled apps at the host of one of them'
  throw new OAuthError('invalid_redirect_uri', description)
}

const sectorLimits = { timeout: 5000, maxBytes: 65_536 }

/**
 * OIDC Registration 5: a sector_identifier_uri lists every redirect URI. Nothing else comes of it, since every
 * subject is public.
 * @throws OAuthError invalid_client_metadata (RG08)
 */
export async function requireSector(
  { sector_identifier_uri: uri }: Record<string, unknown>,
  { metadata }: SelfMade,
  { fetch }: Deps,
  requester: Requester,
): Promise<void> {
  if (uri === undefined || uri === null) return
  const listed =
    typeof uri === 'string' && uri.startsWith('https://') ? await listAt(uri, fetch, requester) : []
  if (metadata.redirect_uris.every((redirect) => listed.includes(redirect))) return
  const description = 'sector_identifier_uri: there is no list of all redirect_uris'
  throw new OAuthError('invalid_client_metadata', description)
}

async function listAt(uri: string, fetch: Deps['fetch'], requester: Requester): Promise<unknown[]> {
  const headers = { accept: 'application/json' }
  const answer = await fetch(uri, { purpose: 'documents', requester, headers, ...sectorLimits })
  if ('refused' in answer || answer.status !== 200) return []
  try {
    const list: unknown = JSON.parse(answer.bytes.toString())
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
