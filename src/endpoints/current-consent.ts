// The consent that a user has given to a client as it is registered now.
import { isSameRegistration } from '../clients/same-registration.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { RememberedConsent } from '../protocol/consent.js'

/**
 * What the user has allowed this client. A client that registered itself may have another name or other redirect URIs
 * since then, and the user has never seen those: for it an older consent does not count (RG11).
 */
export async function findCurrentConsent(
  { store }: Deps,
  sub: string,
  client: Client,
): Promise<RememberedConsent | undefined> {
  const consent = await store.consents.find(sub, client.id)
  if (!consent || client.verified) return consent
  const row = await store.clients.find(client.id)
  if (!row || consent.grantedAt < row.updatedAt) return undefined
  return isSameRegistration(client, row) ? consent : undefined
}
