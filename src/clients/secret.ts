// The secrets of clients: random ones, of which only the hash is stored, and derived ones for an HMAC (OIDC Core 9).
import { secretOfRegistration } from '../crypto/client-registration.js'
import { derivedClientSecret, knownClientSecret } from '../crypto/client-secret.js'
import { hashSecret, matchesHash, newId, newSecret } from '../crypto/handle.js'
import type { Secrets } from '../crypto/secrets.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'

type Parts = Pick<Deps, 'store' | 'now' | 'random'>

/** Adds a random secret beside those that the client has; returns it, which nobody can do again. */
export async function addRandomSecret(clientId: string, { store, now, random }: Parts): Promise<string> {
  const [at, secret] = [now(), newSecret(random)]
  await store.clients.addSecret({ id: newId(at, random), clientId, hash: hashSecret(secret), createdAt: at })
  return secret
}

/** Adds a secret that the method of the client can use, and ends all others where they could not be used. */
export async function addUsableSecret(
  client: Pick<Client, 'id' | 'metadata'>,
  parts: Parts & Pick<Deps, 'secrets'>,
): Promise<string> {
  if (!usesHmac(client)) return addRandomSecret(client.id, parts)
  const { store, secrets, now, random } = parts
  const at = now()
  const [id, clientId] = [newId(at, random), client.id]
  const secret = derivedClientSecret(clientId, id, secrets)
  await store.clients.addSecret({ id, clientId, hash: hashSecret(secret), createdAt: at })
  await store.clients.expireSecrets(clientId, id, at)
  return secret
}

type Stored = {
  readonly rows: readonly { readonly id: string; readonly hash: string }[]
  /** Of all secrets that are good now. */
  readonly hashes: readonly string[]
  readonly secrets: Secrets
}

/** The secrets of a client that can be made again: derived from a row, or from the registration in an id. */
export function knownSecrets(clientId: string, { rows, hashes, secrets }: Stored): string[] {
  const derived = rows.flatMap((row) => knownClientSecret(clientId, row, secrets) ?? [])
  const registered = secretOfRegistration(secrets, clientId)
  return hashes.some((hash) => matchesHash(registered, hash)) ? [...derived, registered] : derived
}

export function usesHmac({ metadata }: Pick<Client, 'metadata'>): boolean {
  return metadata.token_endpoint_auth_method === 'client_secret_jwt'
}
