// Owns giving a client a random secret, of which only the hash is kept.
import { hashSecret, newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'

/** Adds a secret beside those that the client has; answers it, which nobody can do again. */
export async function addRandomSecret(
  clientId: string,
  { store, now, random }: Pick<Deps, 'store' | 'now' | 'random'>,
): Promise<string> {
  const [at, secret] = [now(), newSecret(random)]
  await store.clients.addSecret({ id: newId(at, random), clientId, hash: hashSecret(secret), createdAt: at })
  return secret
}
