// Owns redirect URIs: which may be registered, which match, and the only way to make one safe to redirect to.
import type { Client, ClientKind } from './client.js'

declare const verified: unique symbol

/** A URI that a client has registered. Redirects accept nothing else, so an open redirect does not compile. */
export type VerifiedRedirect = { readonly uri: string; readonly [verified]: true }

/** How the closest registered URI differs, for the page that explains the refusal to a developer. */
export type Nearest =
  | 'trailing slash'
  | 'http vs https'
  | 'port'
  | 'host'
  | 'path'
  | 'query'
  | 'case'
  | 'fragment'
  | 'spelling'

export type RedirectMismatch = { mismatch: 'missing' | 'unregistered'; nearest?: Nearest }

const maxBytes = 2048
/** What an authorization response adds to the URI; a registered copy would be ambiguous (RU08). */
const responseParams = new Set([
  'access_token',
  'code',
  'error',
  'error_description',
  'error_uri',
  'expires_in',
  'id_token',
  'iss',
  'response',
  'session_state',
  'state',
  'token_type',
])
/** Schemes that run, read or dial something when followed; everything else is an app's own (RU09). */
const dangerousSchemes = new Set(
  (
    'about blob chrome content data dav davs feed file filesystem ftp ftps gopher intent itms-services jar ' +
    'javascript ldap ldaps livescript mailto mhtml mocha ms-appinstaller ms-msdt nfs resource search search-ms ' +
    'sftp sip sips sms smb ssh tel telnet urn vbscript view-source wais ws wss'
  ).split(' '),
)

/**
 * Whether the client may be answered at `uri` (OAuth 2.1 2.3.1): equal to a registered string, or, for a native
 * client's loopback address, equal but for the port (RFC 8252 7.3, RU05). Left out, it is the only registered
 * one, and never for OpenID Connect (OIDC Core 3.1.2.1, RU07).
 */
export function matchRedirect(
  client: Client,
  uri: string | undefined,
  { openid }: { openid: boolean },
): VerifiedRedirect | RedirectMismatch {
  const registered = client.metadata.redirect_uris
  if (uri === undefined) {
    const [only] = registered
    return only !== undefined && registered.length === 1 && !openid ? verify(only) : { mismatch: 'missing' }
  }
  if (registered.includes(uri)) return verify(uri)
  if (client.kind === 'native') {
    const asked = loopback(uri)
    if (asked && registered.some((candidate) => sameButPort(loopback(candidate), asked))) return verify(uri)
  }
  const nearest = nearestDifference(uri, registered)
  return nearest ? { mismatch: 'unregistered', nearest } : { mismatch: 'unregistered' }
}

/**
 * Whether the token request names the redirect of the authorization request (RFC 6749 4.1.3). Apps that take it
 * from where the answer arrived have a URL library's spelling of it, with a path where there was none.
 */
export function isSameRedirect(named: string, used: string): boolean {
  return withPath(named) === withPath(used)
}

/** The registered post_logout_redirect_uri, compared exactly (RP-Initiated Logout 3), or undefined. */
export function matchPostLogoutRedirect(client: Client, uri: string): VerifiedRedirect | undefined {
  return client.metadata.post_logout_redirect_uris.includes(uri) ? verify(uri) : undefined
}

/** The Location of a response: the registered query stays, parameters without a value are left out. */
export function redirectLocation(
  redirect: VerifiedRedirect,
  params: Record<string, string | undefined>,
): string {
  return withParams(redirect.uri, params)
}

/** The URI as it is written, with parameters behind its own. */
export function withParams(uri: string, params: Record<string, string | undefined>): string {
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined) added.append(name, value)
  if (added.size === 0) return uri
  const joint = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return `${uri}${joint}${added}`
}

/** Where a response goes, in the words of the consent page: a host, this computer, or an app's scheme. */
export function redirectDestination(redirect: { readonly uri: string }): {
  kind: 'host' | 'loopback' | 'private-scheme'
  text: string
} {
  const uri = redirect.uri
  if (loopback(uri)) return { kind: 'loopback', text: new URL(uri).host }
  if (/^https?:/.test(uri)) return { kind: 'host', text: new URL(uri).host }
  return { kind: 'private-scheme', text: uri.slice(0, uri.indexOf(':')) }
}

/** Whether any program on the person's device may catch this redirect (RFC 8252 8.6). */
export function leavesForApp(uri: string): boolean {
  return redirectDestination({ uri }).kind !== 'host'
}

/**
 * What is wrong with registering this URI, in words, or undefined (RU08-RU10). http is for loopback addresses;
 * private-use schemes are for native clients, with or without a dot where an administrator registers them.
 */
export function checkRedirectUri(uri: string, kind: ClientKind): string | undefined {
  if (uri.length > maxBytes) return `it is longer than ${maxBytes} characters`
  if (!/^[!$&'()*+,\-./0-9:;=?@A-Z[\]_a-z~%#]*$/.test(uri)) return 'it holds a character that no URI may hold'
  if (/%(?![0-9A-Fa-f]{2})/.test(uri)) return 'it holds a % that begins no percent-encoding'
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/.exec(uri)
  if (!parts) return 'it is not an absolute URI'
  const [, scheme = '', authority, path = '', query = '', fragment] = parts
  if (dangerousSchemes.has(scheme.toLowerCase())) return `the scheme ${scheme.toLowerCase()} is not allowed`
  if (scheme !== scheme.toLowerCase()) return 'its scheme is not in lower case'
  if (fragment !== undefined) return 'it has a fragment'
  if (uri.includes('*')) return 'it holds a *; each URI is registered in full and compared exactly'
  if (authority?.includes('@')) return 'it holds a user name'
  if (/(^|\/)(\.|%2e){1,2}(;[^/]*)?(\/|$)/i.test(path)) return 'its path has a dot segment'
  const clash = [...new URLSearchParams(query).keys()].find((name) => responseParams.has(name))
  if (clash !== undefined) return `its query has ${clash}, which belongs to the answer`
  return scheme === 'https' || scheme === 'http'
    ? webFault(uri, scheme, authority)
    : privateSchemeFault(scheme, authority, path, kind)
}

/** RFC 8252 7.1: the reversed name of a domain, which its owner alone can use without being in another's way. */
const reverseDomain = /^[a-z][a-z0-9-]*(\.[a-z0-9]+(-+[a-z0-9]+)*)+$/

/**
 * Why a client that registers itself is not answered at this URI, in words, or undefined: a scheme that says nothing
 * of whose it is (RU10), unless it is one of `nativeSchemes`. An administrator registers any.
 */
export function selfRegisteredSchemeFault(uri: string, nativeSchemes: readonly string[]): string | undefined {
  const scheme = uri.slice(0, Math.max(uri.indexOf(':'), 0))
  if (['https', 'http', ...nativeSchemes].includes(scheme) || reverseDomain.test(scheme)) return undefined
  return `only an administrator registers the scheme ${scheme.slice(0, 100)}; use a reverse domain name such as com.example.app`
}

function webFault(uri: string, scheme: string, authority: string | undefined): string | undefined {
  if (!URL.canParse(uri) || !authority) return 'it has no valid host'
  const { host, hostname } = new URL(uri)
  const defaultPort = scheme === 'https' ? ':443' : ':80'
  if (authority !== host && authority !== `${host}${defaultPort}`) return `its host is written as ${host}`
  if (scheme === 'http' && !loopbackHosts.includes(hostname)) {
    return 'http is only for 127.0.0.1, [::1] and localhost; use https'
  }
  return undefined
}

function privateSchemeFault(
  scheme: string,
  authority: string | undefined,
  path: string,
  kind: ClientKind,
): string | undefined {
  if (kind !== 'native') return `the scheme ${scheme} is only for native clients`
  if (scheme.length < 2 || (!authority && path === '')) return 'it has nothing to open'
  return undefined
}

const loopbackHosts = ['127.0.0.1', '[::1]', 'localhost']

type Loopback = { host: string; rest: string }

/** The parts of an http loopback URI that are compared. */
function loopback(uri: string): Loopback | undefined {
  const parts = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9]\d{0,4}))?(\/[^#]*)$/.exec(withPath(uri))
  if (!parts || Number(parts[2] ?? 80) > 65535) return undefined
  return { host: parts[1] ?? '', rest: parts[3] ?? '' }
}

/** An empty path is `/` (RFC 3986 6.2.3, OAuth 2.1 4.1.1). */
function withPath(uri: string): string {
  return uri.replace(/^(https?:\/\/[^/?#]+)(?=[?#]|$)/, '$1/')
}

function sameButPort(one: Loopback | undefined, other: Loopback): boolean {
  return one !== undefined && one.host === other.host && one.rest === other.rest
}

function verify(uri: string): VerifiedRedirect {
  return { uri } as VerifiedRedirect
}

function nearestDifference(uri: string, registered: readonly string[]): Nearest | undefined {
  if (uri.length > maxBytes) return undefined
  const found = registered.map((candidate) => difference(uri, candidate))
  const order: Nearest[] = [
    'trailing slash',
    'case',
    'fragment',
    'http vs https',
    'port',
    'spelling',
    'query',
    'path',
    'host',
  ]
  return order.find((kind) => found.includes(kind))
}

/** The one thing in which two URIs differ, or undefined if they differ in more. */
function difference(asked: string, registered: string): Nearest | undefined {
  if (asked.replace(/\/$/, '') === registered.replace(/\/$/, '')) return 'trailing slash'
  if (asked.toLowerCase() === registered.toLowerCase()) return 'case'
  if (asked.split('#')[0] === registered) return 'fragment'
  if (!URL.canParse(asked) || !URL.canParse(registered)) return undefined
  const a = new URL(asked)
  const b = new URL(registered)
  if (a.href === b.href) return 'spelling'
  const kinds: (Nearest | undefined)[] = [
    a.protocol === b.protocol ? undefined : 'http vs https',
    a.hostname === b.hostname ? undefined : 'host',
    a.port === b.port ? undefined : 'port',
    a.pathname === b.pathname ? undefined : 'path',
    a.search === b.search ? undefined : 'query',
  ]
  const differing = kinds.filter((kind) => kind !== undefined)
  const bothWeb = [a, b].every((url) => /^https?:$/.test(url.protocol))
  return differing.length === 1 && bothWeb ? differing[0] : undefined
}
