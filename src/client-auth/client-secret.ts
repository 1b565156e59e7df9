// Owns the client secret, in the Authorization header or in the form (OAuth 2.1 2.4.1).
import { hashSecret, matchesHash } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { isStorable } from '../protocol/json.js'
import type { ClientAuth, ClientAuthRequest, Credential } from './method.js'

export const clientSecretPost: ClientAuth = {
  claim({ params }) {
    const secret = params.get('client_secret')
    return secret === undefined ? undefined : { clientId: params.get('client_id') ?? '', secret }
  },
  verify: verifySecret,
}

export const clientSecretBasic: ClientAuth = {
  claim({ authorization, params }) {
    if (authorization === undefined) return undefined
    const credential = readBasic(authorization)
    const named = params.get('client_id')
    // Two names in one request: neither is believed.
    if (named !== undefined && named !== credential.clientId) return nobody
    return credential
  },
  verify: verifySecret,
}

/** Matches no client: ids are never empty. */
const nobody: Credential = { clientId: '', secret: '' }

/**
 * Reads `Basic base64(form-urlencode(id):form-urlencode(secret))` (RFC 6749 2.3.1). Whatever cannot be read,
 * other schemes included, is the credential of nobody: the header was used, so the answer is a challenge.
 */
export function readBasic(header: string): Credential {
  return parseBasic(header) ?? nobody
}

/**
 * RFC 6749 2.3.1: a Basic header without a secret proves nothing. Libraries send it for public clients, so it counts as
 * the client_id alone, and with both parts empty as no header (PC16).
 */
export function withoutEmptyBasic(request: ClientAuthRequest): ClientAuthRequest {
  const { authorization, params } = request
  const basic = authorization === undefined ? undefined : parseBasic(authorization)
  if (basic === undefined || basic.secret !== '') return request
  const bare = { ...request, authorization: undefined }
  if (basic.clientId === '') return bare
  const named = params.get('client_id') ?? basic.clientId
  // Two names in one request: neither is believed.
  if (named !== basic.clientId) return request
  return { ...bare, params: { ...params, get: (name) => (name === 'client_id' ? named : params.get(name)) } }
}

function parseBasic(header: string): Credential | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return undefined
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  const clientId = colon < 0 ? undefined : decode(text.slice(0, colon))
  const secret = decode(text.slice(colon + 1))
  return clientId === undefined || secret === undefined ? undefined : { clientId, secret }
}

/** Undoes application/x-www-form-urlencoded; bytes that were sent unencoded are taken as UTF-8 too. */
function decode(part: string): string | undefined {
  if (/^[A-Za-z0-9._~-]*$/.test(part)) return part
  const bytes = part
    .replaceAll('+', ' ')
    .replace(/[^\x20-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  try {
    const text = decodeURIComponent(bytes)
    return isStorable(text) ? text : undefined
  } catch {
    return undefined
  }
}

async function verifySecret(
  credential: Credential,
  _client: Promise<Client | undefined>,
  deps: Deps,
): Promise<string | undefined> {
  const secret = credential.secret ?? ''
  const live = await deps.clients.secrets(credential.clientId)
  const hashes = live.length > 0 ? live : [absent]
  const matching = hashes.filter((hash) => matchesHash(secret, hash))
  return matching.length > 0 && live.length > 0 ? undefined : 'wrong secret'
}

/** Compared when there is no secret, so that an unknown client costs the same. */
const absent = hashSecret('')
