// Owns WebAuthn challenges: nothing is stored until one is used, so they work on every node.
import { createHmac, type KeyObject } from 'node:crypto'
import { type Random, sameText } from './handle.js'

/** Seconds (WebAuthn Level 3 13.4.3 asks for as few as a ceremony takes). */
const usableFor = 300
/** With the time a multiple of three bytes, so that the base64url of both parts is that of the whole. */
const nonceLength = 18
const timeLength = 6
const head = nonceLength + timeLength

type About = {
  readonly key: KeyObject
  /** What it is asked for: a challenge for one thing is none for another. */
  readonly purpose: string
  /** The page it was asked on: browser, interaction or session. */
  readonly binding: readonly string[]
}

/** Chance and expiry, and their MAC; base64url. */
export function newChallenge({ now, random, ...about }: About & { now: number; random: Random }): string {
  const time = Buffer.alloc(timeLength)
  time.writeUIntBE(now + usableFor, 0, timeLength)
  const start = Buffer.concat([random(nonceLength), time])
  return start.toString('base64url') + macOf(start, about)
}

/** Its expiry, if it is ours, for this purpose and binding, and still good. That it is used once is the caller's. */
export function readChallenge({
  challenge,
  now,
  ...about
}: About & { challenge: string; now: number }): { expiresAt: number } | undefined {
  const split = (head * 4) / 3
  const start = Buffer.from(challenge.slice(0, split), 'base64url')
  if (start.length !== head || !sameText(macOf(start, about), challenge.slice(split))) return undefined
  const expiresAt = start.readUIntBE(nonceLength, timeLength)
  return now < expiresAt ? { expiresAt } : undefined
}

function macOf(start: Buffer, { key, purpose, binding }: About): string {
  const context = JSON.stringify(['webauthn', purpose, ...binding])
  return createHmac('sha256', key).update(start).update(context).digest('base64url')
}
