// Owns one-time codes by time (RFC 6238): six digits, SHA-1, thirty seconds, as every authenticator app has them.
import { HOTP, Secret, TOTP } from 'otpauth'
import { type Random, sameText } from './handle.js'

const period = 30
/** Steps by which the clock of a phone may be off (RFC 6238 5.2). */
const window = 1

/** 160 bits, the length of the hash (RFC 4226 4). */
export function newTotpSecret(random: Random): Buffer {
  return random(20)
}

/** What an app reads from the QR code. */
export function totpUri({
  secret,
  product,
  account,
}: {
  secret: Buffer
  product: string
  account: string
}): string {
  return new TOTP({ issuer: product, label: account, secret: wrapped(secret), period }).toString()
}

/** The secret for typing it in: base32 in groups of four. */
export function totpText(secret: Buffer): string {
  return (wrapped(secret).base32.match(/.{1,4}/g) ?? []).join(' ')
}

/**
 * The time step whose code this is, or undefined. Spaces are passed over; that a step is not used twice is the
 * caller's to see to.
 * @param now epoch seconds
 */
export function matchTotp(secret: Buffer, code: string, now: number): number | undefined {
  const digits = code.length > 32 ? '' : code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const current = Math.floor(now / period)
  const key = wrapped(secret)
  let matched: number | undefined
  for (let step = current - window; step <= current + window; step++) {
    if (sameText(HOTP.generate({ secret: key, counter: step }), digits)) matched = step
  }
  return matched
}

function wrapped(secret: Buffer): Secret {
  return new Secret({ buffer: Uint8Array.from(secret).buffer })
}
