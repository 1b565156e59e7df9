// Why the server sends a request to an address that others choose, and who has chosen the address.
import type { Client } from './client.js'

export const fetchPurposes = ['logout', 'keys', 'documents'] as const
export type FetchPurpose = (typeof fetchPurposes)[number]

/** Decides which private addresses are exempt, and whose limits count. */
export type Requester =
  | { readonly chosenBy: 'administrator' }
  /** `countedBy` is the client address, or the client where nobody waits for the response. */
  | { readonly chosenBy: 'self-registered'; readonly countedBy: string }

export type ChosenBy = Requester['chosenBy']

export const byAdministrator: Requester = { chosenBy: 'administrator' }

export function requesterOf({ verified }: Pick<Client, 'verified'>, countedBy: () => string): Requester {
  return verified ? byAdministrator : { chosenBy: 'self-registered', countedBy: countedBy() }
}
