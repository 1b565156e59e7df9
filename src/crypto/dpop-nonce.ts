// Owns the nonces of DPoP proofs (RFC 9449 8): made of the time and a derived key, so that every node takes those of all.
import { createHmac, type KeyObject } from 'node:crypto'
import { sameText } from './handle.js'

/** Seconds. A nonce is good until the window after its own ends: for 150 to 300 s. */
const window = 150

/** The nonce to hand out at this time. */
export function dpopNonce(key: KeyObject, now: number): string {
  return nonceOf(key, Math.floor(now / window))
}

/** Whether a nonce is of this window, the one before, or, from a node whose clock is ahead, the next. */
export function acceptsDpopNonce(key: KeyObject, nonce: string, now: number): boolean {
  const current = Math.floor(now / window)
  return [current, current - 1, current + 1].some((one) => sameText(nonce, nonceOf(key, one)))
}

function nonceOf(key: KeyObject, count: number): string {
  return createHmac('sha256', key).update(String(count)).digest('base64url')
}
