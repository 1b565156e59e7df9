// Owns recovery codes: kept on paper for the day on which the phone with the app is gone.
import { createHmac, type KeyObject } from 'node:crypto'
import type { Random } from './handle.js'
import { canonicalReadable, readableText } from './readable.js'

const howMany = 10
/** Of twenty bits each: guessing 2^60 at the throttle's pace takes for ever. */
const groups = 3

/** Ten codes like `k3wz-9m2p-7qhc`. */
export function newRecoveryCodes(random: Random): string[] {
  return Array.from({ length: howMany }, () => readableText(groups, random))
}

/**
 * What is stored of a code, the same however it is typed; undefined for what cannot be one. 60 bits would not
 * withstand trying them all against a plain hash, so it is keyed: a stolen database is no use without the master key.
 */
export function hashRecoveryCode(key: KeyObject, sub: string, text: string): string | undefined {
  const code = canonicalReadable(text, groups)
  return (
    code &&
    createHmac('sha256', key)
      .update(JSON.stringify([sub, code]))
      .digest('base64url')
  )
}
