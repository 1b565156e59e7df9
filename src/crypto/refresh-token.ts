// Owns the refresh token's form: grant id, generation, tag. Nothing is stored per token.
import { createHmac, createSecretKey, type Hmac, type KeyObject } from 'node:crypto'
import { sameText } from './handle.js'
import type { Secrets } from './secrets.js'

/** What of a grant a refresh token is made from; `secret` is the random text in the grant's row. */
export type RefreshSource = { readonly id: string; readonly secret: string; readonly generation: number }

export type RefreshToken = { readonly grantId: string; readonly generation: number; readonly tag: string }

/** The refresh token of one generation of a grant; the same arguments always give the same token. */
export function makeRefreshToken(secrets: Secrets, grant: RefreshSource): string {
  return `${grant.id}.${grant.generation}.${tag(secrets, grant)}`
}

/** A generation has one spelling, and the tag's last character two zero bits: one token, one text. */
const grammar = /^([0-9A-Za-z]{16})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** Reads the parts; says nothing about whether the tag is right. Undefined when it is no refresh token. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  const [, grantId, generation, tag] = grammar.exec(text) ?? []
  if (grantId === undefined || generation === undefined || tag === undefined) return undefined
  return { grantId, generation: Number(generation), tag }
}

/** Whether we made this token for this grant, in constant time. Its generation may be any, past or current. */
export function refreshTagMatches(
  secrets: Secrets,
  grant: { readonly id: string; readonly secret: string },
  token: RefreshToken,
): boolean {
  return sameText(token.tag, tag(secrets, { ...grant, generation: token.generation }))
}

/**
 * Master key and row each give half of K, so neither a stolen database nor a stolen key can forge a tag.
 * K is one block of HKDF-Expand; its key is random already, so the extract step is left out (RFC 5869 3.3).
 */
function tag(secrets: Secrets, grant: RefreshSource): string {
  const k = mac(secrets.refresh, `grantor refresh tag v1 ${grant.secret}\x01`).digest()
  // As a key object: on Node 24 an HMAC keyed with plain bytes costs six times as much.
  return mac(createSecretKey(k), `${grant.id}.${grant.generation}`).digest('base64url')
}

function mac(key: KeyObject, text: string): Hmac {
  return createHmac('sha256', key).update(text)
}
