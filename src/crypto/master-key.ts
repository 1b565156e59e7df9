// Owns the text form of the master key: 32 random bytes as one line of base64.
import type { Random } from './handle.js'

const bytes = 32
const howToMake = 'make one with: openssl rand -base64 32'

/** Thrown for a master key file that cannot be used. The message never holds any of its content. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/** The text to write into a new master key file. */
export function newMasterKey(random: Random): string {
  return `${random(bytes).toString('base64')}\n`
}

/** The 32 bytes of a master key file's text. Throws MasterKeyError, saying what is wrong with it. */
export function parseMasterKey(text: string): Buffer {
  const line = text.trim()
  if (line === '') throw new MasterKeyError(`the master key is empty; ${howToMake}`)
  const key = Buffer.from(line, 'base64')
  const canonical = key.toString('base64')
  if (canonical !== line && canonical.replace(/=+$/, '') !== line) {
    throw new MasterKeyError(`the master key is not one line of base64; ${howToMake}`)
  }
  if (key.length !== bytes) {
    throw new MasterKeyError(`the master key has ${key.length} bytes, not ${bytes}; ${howToMake}`)
  }
  return key
}
