// Owns the memory of tokens already proven ours: the same one is shown many times, and its text proves the same.
import type { Deps } from '../deps.js'
import type { AccessClaims } from './access-token.js'

type Remembered = { readonly keys: string; readonly claims: Map<string, AccessClaims> }

/** Tokens of a kilobyte or so. */
const limit = 2000

const byKeyring = new WeakMap<Deps['keyring'], Remembered>()

/**
 * What `verify` says about a token, asked once per token and set of published keys: a key that is withdrawn
 * takes everything that was remembered with it. Nothing that changes with time is remembered: expiry and
 * revocation are the caller's to check, every time.
 */
export async function remembering(
  token: string,
  verify: () => Promise<AccessClaims | undefined>,
  { keyring }: Pick<Deps, 'keyring'>,
): Promise<AccessClaims | undefined> {
  const { etag } = await keyring.jwks()
  let known = byKeyring.get(keyring)
  if (known?.keys !== etag) {
    known = { keys: etag, claims: new Map() }
    byKeyring.set(keyring, known)
  }
  const { claims: memory } = known
  const remembered = memory.get(token)
  if (remembered) return remembered
  const claims = await verify()
  if (claims === undefined) return undefined
  const [oldest] = memory.keys()
  if (memory.size >= limit && oldest !== undefined) memory.delete(oldest)
  memory.set(token, claims)
  return claims
}
