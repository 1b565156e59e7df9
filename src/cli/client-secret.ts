// Owns giving secrets to clients by the command line.
import { usesHmac } from '../clients/secret.js'
import { derivedClientSecret, knownClientSecret } from '../crypto/client-secret.js'
import { hashSecret, newId, newSecret } from '../crypto/handle.js'
import type { Client } from '../protocol/client.js'
import { openSecrets, type Work } from './work.js'

export async function addSecret(client: Client, work: Work): Promise<{ id: string; secret: string }> {
  const { store, now, random } = work
  const id = newId(now(), random)
  const secret = usesHmac(client)
    ? derivedClientSecret(client.id, id, await openSecrets(work))
    : newSecret(random)
  await store.clients.addSecret({ id, clientId: client.id, hash: hashSecret(secret), createdAt: now() })
  return { id, secret }
}

/** Whether it has a secret that works with its method: for an HMAC the secret itself is needed, not its hash. */
export async function hasUsableSecret(client: Client, work: Work): Promise<boolean> {
  const live = await work.store.clients.secrets(client.id, work.now())
  if (!usesHmac(client)) return live.length > 0
  const secrets = await openSecrets(work)
  return live.some((row) => knownClientSecret(client.id, row, secrets) !== undefined)
}
