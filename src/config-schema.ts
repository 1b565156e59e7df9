// Owns what can be configured: every setting with its meaning, its default and what it must be.
import { isIP } from 'node:net'
import { z } from 'zod'
import { issuerFault } from './protocol/issuer.js'
import { checkRedirectUri } from './protocol/redirect-uri.js'
import { fetchPurposes } from './protocol/requester.js'

export type Meaning = { about: string; expected: string; example: string }
export const meanings = z.registry<Meaning>()

function means<S extends z.ZodType>(schema: S, about: string, expected: string, example: string): S {
  meanings.add(schema, { about, expected, example })
  return schema
}

const day = 86_400
function whole(min: number, max: number, fallback: number) {
  const digits = z.string().regex(/^\d{1,10}$/)
  return digits.transform(Number).pipe(z.int().min(min).max(max)).prefault(String(fallback))
}

const fitting = (fits: (text: string) => boolean) => z.string().refine(fits)
const protocolOf = (text: string) => (URL.canParse(text) ? new URL(text).protocol : '')
const splitList = (text: string) => text.split(',').map((part) => part.trim())

/** A setting in whole seconds; `also` is a condition that another variable sets. */
function seconds(min: number, max: number, fallback: number, about: string, also = '') {
  return means(whole(min, max, fallback), about, `seconds, ${min} to ${max}${also}`, String(fallback))
}

/** Keys are the fields of Config; `variableName` gives each its variable. Values are text, as in an environment. */
export const settings = z.object({
  issuer: means(
    fitting((text) => issuerFault(text) === undefined).prefault('http://localhost:9000'),
    'The public URL of this server, byte for byte what every token names',
    'https, or http on loopback; no query or fragment; a path is allowed, and a trailing slash, which is then part of the issuer everywhere',
    'https://id.example.org',
  ),
  host: means(
    fitting((text) => /^[A-Za-z0-9.:_-]{1,255}$/.test(text)).optional(),
    'The address to listen on; `127.0.0.1` in development, `0.0.0.0` otherwise',
    'an IP address or a host name',
    '0.0.0.0',
  ),
  port: means(whole(1, 65_535, 9000), 'The port to listen on', 'a number, 1 to 65535', '9000'),
  databaseUrl: means(
    fitting((text) => /^(file:.|:memory:$|postgres(ql)?:\/\/.)/.test(text)).prefault('file:data/grantor.db'),
    'Where everything is stored: a SQLite file, or PostgreSQL',
    'file:PATH or postgres://...',
    'postgres://grantor@db.example.org/grantor',
  ),
  masterKeyFile: means(
    z.string().prefault('keys/master.key'),
    'The file with the master key, 32 random bytes in base64; created in development only',
    'a path',
    '/run/secrets/grantor-master-key',
  ),
  accessTokenTtl: seconds(1, day, 300, 'Lifetime of an access token, unless its resource sets another'),
  idTokenTtl: seconds(1, day, 300, 'Lifetime of an ID token'),
  codeTtl: seconds(1, 600, 60, 'Lifetime of an authorization code'),
  pushedRequestTtl: seconds(5, 600, 60, 'Lifetime of a pushed authorization request'),
  refreshIdleTtl: seconds(
    1,
    3650 * day,
    30 * day,
    'A refresh token unused for so long is dead',
    ', at most GRANTOR_REFRESH_ABSOLUTE_TTL',
  ),
  refreshAbsoluteTtl: seconds(
    1,
    3650 * day,
    90 * day,
    'After so long a person signs in again, however often the token was used',
  ),
  refreshGrace: seconds(
    0,
    60,
    30,
    'How long a rotated refresh token still gives its successor to a client that lost the answer',
  ),
  sessionIdleTtl: seconds(
    1,
    365 * day,
    3600,
    'A sign-in unused for so long is over',
    ', at most GRANTOR_SESSION_ABSOLUTE_TTL',
  ),
  sessionAbsoluteTtl: seconds(1, 365 * day, day, 'A sign-in is over after so long in any case'),
  sessionKeptIdleTtl: seconds(
    1,
    365 * day,
    30 * day,
    'The same for a person who chose to be kept signed in',
    ', at most GRANTOR_SESSION_KEPT_ABSOLUTE_TTL',
  ),
  sessionKeptAbsoluteTtl: seconds(
    1,
    365 * day,
    90 * day,
    'The same for a person who chose to be kept signed in',
  ),
  registration: means(
    z.enum(['off', 'on']).prefault('off'),
    'Whether people may create accounts by themselves; needs mail',
    'on or off',
    'on',
  ),
  passwordMin: means(
    whole(8, 64, 12),
    'How many characters (Unicode code points) a new password has at least',
    'a number, 8 to 64',
    '15',
  ),
  clientDocuments: means(
    fitting((text) => text === 'open' || text === 'off' || splitList(text).every(isHostName))
      .transform((text) => (text === 'open' || text === 'off' ? text : splitList(text.toLowerCase())))
      .prefault('open'),
    'Whose apps may name themselves by the address of a metadata document: those of every host, of these, of none',
    'open, off, or host names separated by commas',
    'claude.ai,vscode.dev',
  ),
  clientRegistration: means(
    z.enum(['off', 'token', 'open']).prefault('off'),
    'Whether apps may register themselves: not at all, with a token that `grantor registration invite` makes (or a software statement of a trusted issuer), or freely',
    'off, token or open',
    'token',
  ),
  nativeSchemes: means(
    fitting((text) => text === 'off' || splitList(text).every(isNativeScheme))
      .transform((text): readonly string[] => (text === 'off' ? [] : splitList(text)))
      .prefault('cursor,vscode,vscode-insiders,windsurf,zed'),
    'Schemes of native apps to which an app that registers itself may be answered, besides reverse domain names (`com.example.app`); an administrator registers any other',
    'off, or schemes in lower case separated by commas, without http, https and those that run or read something, such as javascript',
    'cursor,vscode',
  ),
  smtpUrl: means(
    fitting((text) => /^smtps?:$/.test(protocolOf(text))).optional(),
    'The mail server; without it mail goes to the log in development and is not offered otherwise',
    'smtp://user:password@host:port, or smtps://',
    'smtps://grantor:secret@mail.example.org',
  ),
  mailFrom: means(
    fitting((text) => /^[^\r\n]{1,320}$/.test(text) && text.includes('@')).optional(),
    'The sender of mails; `no-reply@` and the host of the issuer without it',
    'an e-mail address, or a name and an address in angle brackets',
    'Example ID <no-reply@example.org>',
  ),
  keyRotation: seconds(
    60,
    3650 * day,
    90 * day,
    'How long a signing key signs before the next one takes over',
    ', at least twice GRANTOR_JWKS_MAX_AGE',
  ),
  jwksMaxAge: seconds(1, day, 300, 'How long verifiers may keep the published keys'),
  statusTtl: seconds(1, 3600, 30, 'How long verifiers may rely on a status list before they look again'),
  dpopNonce: means(
    z.enum(['required', 'optional']).prefault('required'),
    'Whether a DPoP proof needs a nonce of this server, so that none can be made in advance',
    'required or optional',
    'optional',
  ),
  tlsCertFile: means(
    z.string().optional(),
    'Serve https without a proxy: the certificate chain (PEM)',
    'a path, together with GRANTOR_TLS_KEY_FILE and an https issuer',
    '/etc/grantor/tls.crt',
  ),
  tlsKeyFile: means(
    z.string().optional(),
    'Serve https without a proxy: the private key (PEM)',
    'a path, together with GRANTOR_TLS_CERT_FILE and an https issuer',
    '/etc/grantor/tls.key',
  ),
  trustProxy: means(
    fitting((text) => splitList(text).every(isAddressOrRange))
      .transform(splitList)
      .optional(),
    'Addresses of the proxies whose `X-Forwarded-For` is believed',
    'IP addresses or CIDR ranges, separated by commas',
    '127.0.0.1,10.0.0.0/8',
  ),
  fetchAllow: means(
    fitting((text) => fetchAllowFault(text) === undefined)
      .transform(splitList)
      .optional(),
    'Where the server may send requests although the guard on them refuses it, such as logout addresses in a private network: for one purpose (`logout` tokens, `keys`, `documents` of apps that name or register themselves), or without one for logout and keys of clients that an administrator registered',
    'PURPOSE=TARGET or TARGET, separated by commas; the purpose is logout, keys or documents, the target a host name, an IP address or a CIDR range',
    'logout=app.internal,keys=10.1.0.0/16',
  ),
  logLevel: means(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
    'How much is logged',
    'trace, debug, info, warn, error, fatal or silent',
    'info',
  ),
})

/** The two halves of an entry of GRANTOR_FETCH_ALLOW; no host name has a `=` in it. */
export function splitFetchException(entry: string): { purpose: string | undefined; target: string } {
  const at = entry.indexOf('=')
  if (at < 0) return { purpose: undefined, target: entry }
  return { purpose: entry.slice(0, at).trim(), target: entry.slice(at + 1).trim() }
}

/** The first entry that cannot be used, in words, or undefined. */
export function fetchAllowFault(text: string): string | undefined {
  for (const entry of splitList(text)) {
    const { purpose, target } = splitFetchException(entry)
    if (purpose !== undefined && !fetchPurposes.some((known) => known === purpose))
      return `there is no purpose '${purpose}'`
    if (!isAddressOrRange(target) && !isHostName(target)) return `'${target}' is no target`
  }
  return undefined
}

function isNativeScheme(text: string): boolean {
  const uri = `${text}:/callback`
  return (
    /^[a-z][a-z0-9+.-]{1,62}$/.test(text) &&
    !/^https?$/.test(text) &&
    checkRedirectUri(uri, 'native') === undefined
  )
}

/** A last label of digits would make it an address (WHATWG URL 3.5). */
function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)*[a-z][a-z0-9-]{0,62}$/i.test(text)
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
