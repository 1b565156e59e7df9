// Owns the log: one JSON object per line on standard output; readable lines only for a person in development.
import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { printable, printableJson, printableLines } from './protocol/printable.js'

/** Never written, whoever logs them: as a field of the entry itself or of an object in it. */
const secretFields = [
  'password',
  'secret',
  'client_secret',
  'code_verifier',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'client_assertion',
  'csrf',
  'handle',
  'authorization',
  'cookie',
  'set-cookie',
]

const quoted = secretFields.map((field) => (field.includes('-') ? `["${field}"]` : field))
const nested = quoted.map((field) => (field.startsWith('[') ? `*${field}` : `*.${field}`))

export type LogOptions = {
  readonly level: string
  /** Readable lines instead of JSON. */
  readonly pretty: boolean
  /** Standard output when absent. */
  readonly to?: DestinationStream
}

/** A part of a path that may be a secret, or one with junk behind it: longer than the words that paths are made of. */
const maybeSecret = /[^/]{16,}/g
/** Words of paths, such as `oauth-authorization-server`. */
const word = /^[a-z._-]+$/

/** One entry is one line of JSON, and nothing in it breaks the line or paints a terminal (HT07). */
export async function createLogger({ level, pretty, to }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    redact: { paths: [...quoted, ...nested], censor: '[redacted]' },
    serializers: { path: withoutSecrets },
    hooks: { streamWrite: pretty ? printableEntry : printableJson },
  }
  if (!pretty) return pino(options, to ?? standardOutput())
  const { default: prettify } = await import('pino-pretty')
  return pino(
    options,
    prettify({ translateTime: 'HH:MM:ss', singleLine: true, ...(to !== undefined && { destination: to }) }),
  )
}

/** Characters that wait for a disk to have room again; what comes on top is lost. */
const waiting = 1_000_000

/**
 * A log that cannot be written, for want of room, must not stop the server (F03): unheard, the stream's error ends
 * the process, whose last act is to wait for room.
 */
function standardOutput(): DestinationStream {
  const stream = destination({ dest: 1, sync: false, maxLength: waiting })
  const state = { failing: false }
  stream.on('error', () => {
    state.failing = true
  })
  stream.on('write', () => {
    state.failing = false
  })
  const flushSync = stream.flushSync.bind(stream)
  stream.flushSync = () => {
    if (!state.failing) flushSync()
  }
  return stream
}

/** Paths carry secrets (mailed links), also where they lead nowhere: only words stay. */
function withoutSecrets(path: unknown): unknown {
  if (typeof path !== 'string') return path
  return path.replace(maybeSecret, (part) => (word.test(part) ? part : '[redacted]'))
}

/** For readable lines, which are made of the parsed entry: there an escape of JSON would be a control again. */
function printableEntry(line: string): string {
  return `${JSON.stringify(printableValues(JSON.parse(line)))}\n`
}

function printableValues(value: unknown): unknown {
  if (typeof value === 'string') return printableLines(value)
  if (Array.isArray(value)) return value.map(printableValues)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [printable(name), printableValues(member)]),
  )
}
