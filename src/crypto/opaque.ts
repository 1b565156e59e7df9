// Owns opaque access tokens: the claims sealed under our own key, so that only we can read them.
import type { Actor } from '../protocol/exchange.js'
import type { Random } from './handle.js'
import { decodeBase64url, seal, unseal } from './seal.js'
import type { Secrets } from './secrets.js'

/** What an opaque access token carries. Times are epoch seconds. */
export type OpaqueClaims = {
  readonly grantId: string
  readonly jti: string
  readonly clientId: string
  readonly sub: string
  readonly aud: string
  readonly scope: string[]
  readonly iat: number
  readonly exp: number
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: string[] | undefined
  /** The thumbprint of the key that its sender must prove (RFC 9449 6). */
  readonly jkt?: string | undefined
  /** Who acts for the subject, and who alone may (RFC 8693 4.1, 4.4). */
  readonly act?: Actor | undefined
  readonly mayAct?: { readonly sub: string } | undefined
}

/** Lets secret scanners and readers of logs know the kind at a glance. */
const prefix = 'go_'
const context = 'opaque access token'
const maxLength = 16_384

/** An opaque access token that holds these claims. */
export function makeOpaqueToken(secrets: Secrets, claims: OpaqueClaims, random: Random): string {
  return (
    prefix + seal(secrets.opaque, context, Buffer.from(JSON.stringify(claims)), random).toString('base64url')
  )
}

/** The claims of a token that we made; undefined for any other text. Whether it has expired is not looked at. */
export function readOpaqueToken(secrets: Secrets, text: string): OpaqueClaims | undefined {
  if (!text.startsWith(prefix) || text.length > maxLength) return undefined
  const sealed = decodeBase64url(text.slice(prefix.length))
  const plain = sealed && unseal(secrets.opaque, context, sealed)
  return plain && (JSON.parse(plain.toString()) as OpaqueClaims)
}
