// Owns what a person's account is, and how the name typed at sign-in becomes one identity.
import { z } from 'zod'
import { asciiDomain, unicodeDomain } from './email-domain.js'

/**
 * Claims that are kept for a person under their own names (OIDC Core 5.1). `sub`, `preferred_username`,
 * `email`, `email_verified` and `updated_at` come from the account itself.
 */
export const standardClaims = z.strictObject({
  name: z.string().max(200).optional(),
  given_name: z.string().max(200).optional(),
  family_name: z.string().max(200).optional(),
  middle_name: z.string().max(200).optional(),
  nickname: z.string().max(200).optional(),
  profile: z.url({ protocol: /^https?$/ }).optional(),
  picture: z.url({ protocol: /^https?$/ }).optional(),
  website: z.url({ protocol: /^https?$/ }).optional(),
  gender: z.string().max(100).optional(),
  birthdate: z
    .string()
    .regex(/^\d{4}(-\d{2}-\d{2})?$/)
    .optional(),
  zoneinfo: z.string().max(100).optional(),
  locale: z.string().max(35).optional(),
  phone_number: z.string().max(50).optional(),
  phone_number_verified: z.boolean().optional(),
  address: z
    .strictObject({
      formatted: z.string().max(1000).optional(),
      street_address: z.string().max(500).optional(),
      locality: z.string().max(200).optional(),
      region: z.string().max(200).optional(),
      postal_code: z.string().max(50).optional(),
      country: z.string().max(100).optional(),
    })
    .optional(),
})

export type StandardClaims = z.infer<typeof standardClaims>

export type User = {
  /** Starts with `u_`, which no client id does; at most 255 ASCII characters (OIDC Core 2, RFC 9068 5). */
  sub: string
  username: string
  email?: string | undefined
  emailVerified: boolean
  claims: StandardClaims
  disabled: boolean
  /** Epoch seconds. */
  createdAt: number
  updatedAt: number
  hasPassword: boolean
  passwordSetAt?: number | undefined
  /** The password was set by a link in a mail, and no second factor has been proven since. */
  passwordResetAt?: number | undefined
  /** An administrator wants a second factor of them at every sign-in. */
  secondFactorRequired: boolean
  passkeyOfferedAt?: number | undefined
}

/**
 * One spelling per identity: `ADMIN`, `admin ` and full-width `ａｄｍｉｎ` are the same person (ST03). NFKC comes
 * again after lower-casing because a lower-cased letter may compose with a mark that follows it. The domain of an
 * email address is in A-labels, since browsers send it in either form; one that is none stays as it is. A text longer
 * than any identity stays as it is, too: one character may become eighteen.
 */
export function canonicalIdentifier(text: string): string {
  if (text.length > 1024) return text
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
  const { local, domain } = partsOf(folded)
  const ascii = domain === undefined ? undefined : asciiDomain(domain)
  return ascii === undefined ? folded : `${local}@${ascii}`
}

/**
 * What `canonicalIdentifier` gave for the same address before domains were in A-labels; the identifier itself where
 * nothing has changed.
 */
export function formerIdentifier(canonical: string): string {
  const { local, domain = '' } = partsOf(canonical)
  return domain.includes('xn--') ? `${local}@${unicodeDomain(domain)}` : canonical
}

/** The address with its domain as mail servers know it. The local part is for its server to read (RFC 5321 2.4). */
export function deliveryAddress(email: string): string {
  const { local, domain } = partsOf(email)
  const ascii = domain === undefined ? undefined : asciiDomain(domain.normalize('NFKC').toLowerCase())
  return ascii === undefined ? email : `${local}@${ascii}`
}

function partsOf(text: string): { readonly local: string; readonly domain?: string } {
  const [local = '', domain, ...rest] = text.split('@')
  return domain === undefined || rest.length > 0 ? { local } : { local, domain }
}

/** What is wrong with a username, in words, or undefined. Its `@` must belong to the person's own e-mail. */
export function checkUsername(username: string, email?: string): string | undefined {
  const canonical = canonicalIdentifier(username)
  if (canonical === '' || username.length > 128) return 'a username has 1 to 128 characters'
  if (unseen.test(username)) return 'a username has no control or invisible characters'
  if (canonical.includes('@') && (email === undefined || canonicalIdentifier(email) !== canonical)) {
    return 'a username contains @ only if it is the e-mail address of the same person'
  }
  return undefined
}

export type EmailError = 'email' | 'email_domain'

/** What is wrong with an email address, or undefined. Delivery is what proves an address. */
export function emailError(email: string): EmailError | undefined {
  const { local, domain } = partsOf(email)
  if (email.length > 254 || unseen.test(local) || !/^[^\s@<>]+@[^\s@<>]+$/.test(email)) return 'email'
  if (unseen.test((domain ?? '').replace(/[\u200C\u200D]/g, ''))) return 'email_domain'
  const delivered = deliveryAddress(email)
  if (canonicalIdentifier(email).length > 254 || delivered.length > 254) return 'email'
  return asciiDomain(partsOf(delivered).domain ?? '') === undefined ? 'email_domain' : undefined
}

/**
 * Whether mail can be sent there. Accounts from before may have an address that no new one gets: with `_` in its domain,
 * or with an IP address in its place.
 */
export function isDeliverable(email: string): boolean {
  const error = emailError(email.replaceAll('_', 'x'))
  return error === undefined || (error === 'email_domain' && /@\[[\w.:]+\]$/.test(email))
}

/** What is wrong with an email address, in words, or undefined. */
export function checkEmail(email: string): string | undefined {
  const error = emailError(email)
  if (error === undefined) return undefined
  return error === 'email_domain'
    ? `the part after the @ is not a valid domain: ${email.split('@')[1]}`
    : 'an e-mail address has one @, no spaces and at most 254 characters'
}

/** Controls, invisible format characters, line and paragraph separators, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
