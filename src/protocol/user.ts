// Owns what a person's account is, and how the name typed at sign-in becomes one identity.
import { z } from 'zod'

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
  /** An administrator wants a second factor of them at every sign-in. */
  secondFactorRequired: boolean
  passkeyOfferedAt?: number | undefined
}

/**
 * One spelling per identity: `ADMIN`, `admin ` and full-width `ａｄｍｉｎ` are the same person (ST03). NFKC comes
 * again after lower-casing because a lower-cased letter may compose with a mark that follows it. A text longer
 * than any identity stays as it is: one character may become eighteen.
 */
export function canonicalIdentifier(text: string): string {
  if (text.length > 1024) return text
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
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

/** What is wrong with an e-mail address, in words, or undefined. Delivery is what proves an address. */
export function checkEmail(email: string): string | undefined {
  if (email.length > 254) return 'an e-mail address has at most 254 characters'
  if (unseen.test(email) || !/^[^\s@<>]+@[^\s@<>]+$/.test(email)) {
    return 'an e-mail address has one @ and no spaces'
  }
  return undefined
}

/** Controls, invisible format characters, line and paragraph separators, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
