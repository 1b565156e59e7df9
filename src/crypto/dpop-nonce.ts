// Owns the nonces of DPoP proofs (RFC 9449 8): made of the time and a derived key, so that every node takes those of all.
import { createHmac, type KeyObject } from 'node:crypto'
import { sameText } from './handle.js'

/** Seconds. A nonce is good until the window after its own ends: for 150 to 300 s. */
const window = 150

/** The nonce to hand out at this time. */
export function dpopNonce(key: KeyObject, now: number): string {
  return nonceOf(key, Math.floor(now / window))
}

/**
 * The epoch second from which on a nonce is not accepted any more; undefined for one that is not accepted. Accepted
 * are those of this window, of the one before and, from a node whose clock is ahead, of the next.
 */
export function dpopNonceEnd(key: KeyObject, nonce: string, now: number): number | undefined {
  const current = Math.floor(now / window)
  const count = [current, current - 1, current + 1].find((one) => sameText(nonce, nonceOf(key, one)))
  return count === undefined ? undefined : (count + 2) * window
}

function nonceOf(key: KeyObject, count: number): string {
  return createHmac('sha256', key).update(String(count)).digest('base64url')
}
