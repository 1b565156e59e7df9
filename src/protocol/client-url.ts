// Owns which addresses a client may be registered with, besides those that codes go to.
import { z } from 'zod'
import { isLoopback } from './issuer.js'

/** Links that a person may follow: a `javascript:` one would run on our pages (RG03). */
export const webUrl = url(['https:', 'http:'], 'is not an http or https URL of at most 2048 characters')

/**
 * Where we post logout tokens (OIDC Back-Channel Logout 2.2), which are for nobody else, or get keys that we believe:
 * only loopback goes without TLS.
 */
export const remoteUri = url(
  ['https:', 'http:'],
  'is not https, or http on loopback, without fragment, user name and password, of at most 2048 characters',
  isForOne,
)

/**
 * What a page of ours opens in a frame (OIDC Front-Channel Logout 2): the host stands in the policy of that page,
 * which has no grammar for IPv6 and other characters, and `iss` and `sid` are ours to say.
 */
export const framedUri = url(
  ['https:', 'http:'],
  'is not https, or http on loopback, with a host of letters, digits, dots and hyphens, without iss and sid in its ' +
    'query, without fragment, user name and password, of at most 2048 characters',
  (uri) =>
    isForOne(uri) &&
    /^[a-z0-9.-]+$/.test(uri.hostname) &&
    !uri.searchParams.has('iss') &&
    !uri.searchParams.has('sid'),
)

function isForOne({ protocol, hostname, href, username, password }: URL): boolean {
  return (protocol === 'https:' || isLoopback(hostname)) && !href.includes('#') && username + password === ''
}

/** The length comes first: a long host with bad IDN costs milliseconds to refuse (HT13). */
export function url(schemes: readonly string[], fault: string, also: (url: URL) => boolean = () => true) {
  return z.string().refine((text) => {
    if (text.length > 2048 || !URL.canParse(text)) return false
    const parsed = new URL(text)
    return schemes.includes(parsed.protocol) && also(parsed)
  }, fault)
}
