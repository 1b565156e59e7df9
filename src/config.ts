// Owns the configuration: one zod schema over the environment, every default, every fault told at once.
import { isIP } from 'node:net'
import { z } from 'zod'
import { ConfigError, type ConfigFault, nearestName } from './config-error.js'
import { isLoopback, issuerFault } from './protocol/issuer.js'

type Meaning = { about: string; expected: string; example: string }
const meanings = z.registry<Meaning>()

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
    'https, or http on loopback; no trailing slash, query or fragment; a path is allowed',
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
  keyRotation: seconds(
    60,
    3650 * day,
    90 * day,
    'How long a signing key signs before the next one takes over',
    ', at least twice GRANTOR_JWKS_MAX_AGE',
  ),
  jwksMaxAge: seconds(1, day, 300, 'How long verifiers may keep the published keys'),
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
  logLevel: means(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
    'How much is logged',
    'trace, debug, info, warn, error, fatal or silent',
    'info',
  ),
})

type Settings = z.infer<typeof settings>
type NumberField = { [K in keyof Settings]-?: Settings[K] extends number ? K : never }[keyof Settings]
type Environment = Readonly<Record<string, string | undefined>>

export type Config = Readonly<Omit<Settings, 'host' | 'trustProxy'>> & {
  readonly host: string
  /** IP addresses and CIDR ranges. */
  readonly trustProxy: readonly string[]
  /** Scheme, host and port of the issuer. */
  readonly issuerOrigin: string
  /** Path of the issuer: empty, or `/path` without a trailing slash. */
  readonly issuerPath: string
  /** The issuer is a loopback address: demo entries, a generated master key and readable logs are allowed. */
  readonly development: boolean
}

export type Variable = Meaning & { name: string; field: keyof Settings; default: string }

/** Every variable in the order of the schema, as the README's table and `config print` show it. */
export const variables: readonly Variable[] = Object.entries(settings.shape).map(([field, schema]) => {
  const meaning = meanings.get(schema) as Meaning
  const fallback = schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : ''
  return { name: variableName(field), field: field as keyof Settings, default: fallback, ...meaning }
})

/** `accessTokenTtl` is set by `GRANTOR_ACCESS_TOKEN_TTL`. */
export function variableName(field: string): string {
  return `GRANTOR_${field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/**
 * Reads the environment. An empty variable counts as absent; `NAME_FILE` names a file that holds the value.
 * @throws ConfigError with every fault at once
 */
export function readConfig(env: Environment, readFile: (path: string) => string): Config {
  const faults = unknownVariables(env)
  const read: Record<string, unknown> = {}
  for (const variable of variables) {
    const text = readText(variable, env, readFile, faults)
    const parsed = settings.shape[variable.field].safeParse(text)
    if (parsed.success) read[variable.field] = parsed.data
    else {
      const why = variable.field === 'issuer' ? ` (here: ${issuerFault(text ?? '')})` : ''
      const { name, expected, example } = variable
      faults.push({ variable: name, value: text, expected: expected + why, example })
    }
  }
  faults.push(...contradictions(read as Partial<Settings>))
  if (faults.length > 0) throw new ConfigError(faults)
  const values = read as Settings
  const url = new URL(values.issuer)
  const development = isLoopback(url.hostname)
  return Object.freeze({
    ...values,
    host: values.host ?? (development ? '127.0.0.1' : '0.0.0.0'),
    trustProxy: Object.freeze(values.trustProxy ?? []),
    issuerOrigin: url.origin,
    issuerPath: url.pathname === '/' ? '' : url.pathname,
    development,
  })
}

function readText(
  { name }: Variable,
  env: Environment,
  readFile: (path: string) => string,
  faults: ConfigFault[],
): string | undefined {
  const direct = env[name] || undefined
  const path = env[`${name}_FILE`] || undefined
  if (path === undefined) return direct
  if (direct !== undefined) {
    faults.push({ variable: `${name}_FILE`, value: path, expected: `nothing, because ${name} is set too` })
    return direct
  }
  try {
    return readFile(path).replace(/\r?\n$/, '') || undefined
  } catch (cause) {
    const expected = `a readable file that holds ${name} (${(cause as NodeJS.ErrnoException).code})`
    faults.push({ variable: `${name}_FILE`, value: path, expected })
    return undefined
  }
}

function unknownVariables(env: Environment): ConfigFault[] {
  const known = variables.flatMap(({ name }) => [name, `${name}_FILE`])
  const unknown = Object.keys(env).filter((name) => name.startsWith('GRANTOR_') && !known.includes(name))
  return unknown.sort().map((variable) => {
    const meant = nearestName(variable, known)
    const advice =
      meant === undefined ? '`grantor config print` lists the known ones' : `did you mean ${meant}?`
    return { variable, value: env[variable], expected: `no variable of this name; ${advice}` }
  })
}

function contradictions(read: Partial<Settings>): ConfigFault[] {
  const faults: ConfigFault[] = []
  const atMost = (lower: NumberField, upper: NumberField, factor = 1) => {
    const [low, high] = [read[lower], read[upper]]
    if (low === undefined || high === undefined || low * factor <= high) return
    const most = `${factor === 1 ? '' : `1/${factor} of `}${variableName(upper)}=${high}`
    faults.push({ variable: variableName(lower), value: String(low), expected: `at most ${most}` })
  }
  atMost('refreshIdleTtl', 'refreshAbsoluteTtl')
  atMost('sessionIdleTtl', 'sessionAbsoluteTtl')
  atMost('jwksMaxAge', 'keyRotation', 2)
  const tls = variables.filter(({ field }) => field === 'tlsCertFile' || field === 'tlsKeyFile')
  const missing = tls.filter(({ field }) => read[field] === undefined)
  if (missing.length === 1) {
    const { name, expected, example } = missing[0] as Variable
    faults.push({ variable: name, expected, example })
  } else if (missing.length === 0 && read.issuer?.startsWith('http:')) {
    const expected = 'an https URL, because GRANTOR_TLS_CERT_FILE is set'
    faults.push({
      variable: 'GRANTOR_ISSUER',
      value: read.issuer,
      expected,
      example: 'https://localhost:9000',
    })
  }
  return faults
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
