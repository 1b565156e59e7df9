// Owns the making of user codes (RFC 8628 6.1).
import { userCodeLength, userCodeLetters } from '../protocol/user-code.js'
import type { Random } from './handle.js'

/** A new code, without its dash. Each letter is as likely as any other: bytes that would favour some are thrown away. */
export function newUserCode(random: Random): string {
  const fair = 256 - (256 % userCodeLetters.length)
  let code = ''
  while (code.length < userCodeLength) {
    for (const byte of random(userCodeLength)) {
      if (byte < fair && code.length < userCodeLength) code += userCodeLetters[byte % userCodeLetters.length]
    }
  }
  return code
}
