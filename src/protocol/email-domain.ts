// The domain of an email address in its one form on the wire: A-labels (RFC 5890 2.3.2.1), by UTS 46.
import { domainToASCII, domainToUnicode } from 'node:url'

/** RFC 1123 2.1: letters, digits and hyphens, which no label begins or ends with; 63 bytes at most (RFC 1035 2.3.4). */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
/** ASCII that the URL parser behind `domainToASCII` takes for something else, or maps away. */
const foreign = /[^a-z0-9.\-\u0080-\u{10FFFF}]/iu
/** Disallowed by UTS 46 with UseSTD3ASCIIRules: they decompose to `=`, `<` and `>`. */
const notStd3 = /[\u2260\u226E\u226F]/u

/**
 * The A-labels of a domain, or undefined where UTS 46 refuses it (non-transitional, with CheckBidi, CheckJoiners,
 * UseSTD3ASCIIRules and VerifyDnsLength). Hyphens in the third and fourth place are allowed: such hosts exist.
 */
export function asciiDomain(domain: string): string | undefined {
  if (foreign.test(domain) || notStd3.test(domain)) return undefined
  const ascii = domainToASCII(domain)
  const labels = ascii.split('.')
  if (ascii.length > 253 || !labels.every((one) => label.test(one) && isCanonical(one))) return undefined
  // The URL parser takes it for an IPv4 address (WHATWG URL 3.5), and no top-level domain is a number.
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : ascii
}

/** The same domain as people read it. */
export function unicodeDomain(ascii: string): string {
  return domainToUnicode(ascii)
}

/** UTS 46 4.1: a label with the prefix stands for more than ASCII, has no hyphen at its ends and no other form. */
function isCanonical(one: string): boolean {
  if (!one.startsWith('xn--')) return true
  const unicode = domainToUnicode(one)
  return /[^\0-\x7f]/.test(unicode) && !/^-|-$/.test(unicode) && domainToASCII(unicode) === one
}
