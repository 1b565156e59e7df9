// Owns the configuration: the settings read from the environment, every fault told at once.
import { z } from 'zod'
import { ConfigError, type ConfigFault, nearestName } from './config-error.js'
import { fetchAllowFault, type Meaning, meanings, settings } from './config-schema.js'
import { isLoopback, issuerFault } from './protocol/issuer.js'

type Settings = z.infer<typeof settings>
type NumberField = { [K in keyof Settings]-?: Settings[K] extends number ? K : never }[keyof Settings]
type Environment = Readonly<Record<string, string | undefined>>

export type Config = Readonly<Omit<Settings, 'host' | 'trustProxy' | 'fetchAllow' | 'mailFrom'>> & {
  readonly host: string
  /** IP addresses and CIDR ranges. */
  readonly trustProxy: readonly string[]
  /** Host names, IP addresses and CIDR ranges, each with or without a purpose before it. */
  readonly fetchAllow: readonly string[]
  readonly mailFrom: string
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
      const reason = reasons[variable.field]?.(text ?? '')
      const why = reason === undefined ? '' : ` (here: ${reason})`
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
    fetchAllow: Object.freeze(values.fetchAllow ?? []),
    mailFrom: values.mailFrom ?? `no-reply@${url.hostname}`,
    issuerOrigin: url.origin,
    issuerPath: url.pathname.replace(/\/$/, ''),
    development,
  })
}

/** Settings with more than one way to be wrong. */
const reasons: { readonly [F in keyof Settings]?: (text: string) => string | undefined } = {
  issuer: issuerFault,
  fetchAllow: fetchAllowFault,
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
  atMost('sessionKeptIdleTtl', 'sessionKeptAbsoluteTtl')
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
