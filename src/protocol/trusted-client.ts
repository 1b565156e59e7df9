// Which clients an administrator stands behind, so that what they leave is not counted as that of anyone.
import { type Client, isPublic } from './client.js'

/**
 * Whether an administrator has registered the client and it has to authenticate. A client that registered itself could
 * give itself any number of secrets (EX07).
 */
export function isTrusted({ verified, metadata }: Pick<Client, 'verified' | 'metadata'>): boolean {
  return verified && !isPublic(metadata)
}
