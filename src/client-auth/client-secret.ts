// Owns the client secret, in the Authorization header or in the form (OAuth 2.1 2.4.1).
import { hashSecret, matchesHash } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { ClientAuth, Credential } from './method.js'

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
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1]
  if (encoded === undefined) return nobody
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return nobody
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  const clientId = colon < 0 ? undefined : decode(text.slice(0, colon))
  const secret = decode(text.slice(colon + 1))
  return clientId === undefined || secret === undefined ? nobody : { clientId, secret }
}

/** Undoes application/x-www-form-urlencoded; bytes that were sent unencoded are taken as UTF-8 too. */
function decode(part: string): string | undefined {
  if (/^[A-Za-z0-9._~-]*$/.test(part)) return part
  const bytes = part
    .replaceAll('+', ' ')
    .replace(/[^\x20-\x7e]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  try {
    const text = decodeURIComponent(bytes)
    return text.includes('\0') ? undefined : text
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
