// Owns WebAuthn challenges: nothing is stored until one is used, so they work on every node.
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Random } from './handle.js'
import { decodeBase64url } from './seal.js'

/** Seconds (WebAuthn Level 3 13.4.3 asks for as few as a ceremony takes). */
const usableFor = 300
const nonceLength = 16
const timeLength = 6
const headLength = nonceLength + timeLength
const macLength = 32

type About = {
  readonly key: KeyObject
  /** What it is asked for: a challenge for one thing is none for another. */
  readonly purpose: string
  /** The page it was asked on: browser, interaction or session. */
  readonly binding: readonly string[]
}

/** Chance, expiry, and their MAC, as one base64url text: browsers decode it, sign the bytes and encode them anew. */
export function newChallenge({ now, random, ...about }: About & { now: number; random: Random }): string {
  const time = Buffer.alloc(timeLength)
  time.writeUIntBE(now + usableFor, 0, timeLength)
  const head = Buffer.concat([random(nonceLength), time])
  return Buffer.concat([head, macOf(head, about)]).toString('base64url')
}

/** Its expiry, if it is ours, for this purpose and binding, and still good. That it is used once is the caller's. */
export function readChallenge({
  challenge,
  now,
  ...about
}: About & { challenge: string; now: number }): { expiresAt: number } | undefined {
  const bytes = decodeBase64url(challenge)
  if (bytes?.length !== headLength + macLength) return undefined
  const head = bytes.subarray(0, headLength)
  if (!timingSafeEqual(macOf(head, about), bytes.subarray(headLength))) return undefined
  const expiresAt = head.readUIntBE(nonceLength, timeLength)
  return now < expiresAt ? { expiresAt } : undefined
}

function macOf(head: Buffer, { key, purpose, binding }: About): Buffer {
  const context = JSON.stringify(['webauthn', purpose, ...binding])
  return createHmac('sha256', key).update(head).update(context).digest()
}
