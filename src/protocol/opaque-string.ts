// The OpaqueString profile of PRECIS (RFC 8265 4.2): one form of a password, whatever keyboard it comes from.
import { isFreeform } from './freeform.js'

declare const prepared: unique symbol

/** A text that `opaqueString` has returned. */
export type OpaqueString = string & { readonly [prepared]: true }

/**
 * Prepares a text (RFC 8265 4.2.2): width is not mapped, other spaces become U+0020, case stays, NFC. Undefined where
 * the profile does not allow the text: it is empty, or has a code point that is not of the FreeformClass. Code points
 * are checked last (RFC 8264 7), so that Hangul that comes decomposed is allowed.
 */
export function opaqueString(text: string): OpaqueString | undefined {
  const form = text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  return form !== '' && isFreeform(form) ? (form as OpaqueString) : undefined
}
