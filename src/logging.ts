// Owns the log: one JSON object per line on standard output; readable lines only for a person in development.
import { type DestinationStream, destination, type Logger, pino } from 'pino'

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

/** What JSON leaves as it is and a terminal may obey, or take for the end of a line: C1, DEL, two separators. */
const unescaped = /[\x7f-\x9f\u2028\u2029]/g

/** JSON escapes the rest of what could break a line or paint a terminal, so one entry is one line (HT07). */
export async function createLogger({ level, pretty, to }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    redact: { paths: [...quoted, ...nested], censor: '[redacted]' },
    hooks: { streamWrite: (line: string) => line.replace(unescaped, escaped) },
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

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
