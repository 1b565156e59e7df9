// Owns reading a query or form body: strict decoding, and nothing twice that may be there once.
import { OAuthError } from './error.js'
import { isStorable, unstorable } from './json.js'

export type Params = {
  /** The first value; an empty one counts as absent (RFC 6749 3.1). */
  get(name: string): string | undefined
  all(name: string): string[]
  /** Names that came more than once though their specification does not allow it. */
  readonly repeated: readonly string[]
  /** First values by name, for a schema to parse. */
  toRecord(): Record<string, string>
}

const maxParams = 64
const alwaysRepeatable = ['resource', 'audience'] // RFC 8707 2, RFC 8693 2.1

/**
 * Reads application/x-www-form-urlencoded text.
 * @throws OAuthError invalid_request for bad percent-encoding, bytes that are not UTF-8, NUL, or more than 64
 * parameters: such a text has no one meaning, so nothing in it is used.
 */
export function readParams(raw: string | undefined, opts: { repeatable?: string[] } = {}): Params {
  const values = new Map<string, string[]>()
  const pairs = (raw ?? '').split('&', maxParams + 1).filter((pair) => pair !== '')
  if (pairs.length > maxParams) throw new OAuthError('invalid_request', `more than ${maxParams} parameters`)
  for (const pair of pairs) {
    const split = pair.indexOf('=')
    const name = decode(split < 0 ? pair : pair.slice(0, split))
    const value = split < 0 ? '' : decode(pair.slice(split + 1))
    if (value === '') continue
    const seen = values.get(name)
    if (seen) seen.push(value)
    else values.set(name, [value])
  }
  const repeatable = [...alwaysRepeatable, ...(opts.repeatable ?? [])]
  return {
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name)?.slice() ?? [],
    repeated: [...values.keys()].filter(
      (name) => (values.get(name)?.length ?? 0) > 1 && !repeatable.includes(name),
    ),
    toRecord: () => Object.fromEntries([...values].map(([name, list]) => [name, list[0] ?? ''])),
  }
}

/** @throws OAuthError invalid_request if anything came twice that may come once (RFC 6749 3.1, 3.2). */
export function requireSingle(params: Params): void {
  const [first] = params.repeated
  if (first === undefined) return
  throw new OAuthError('invalid_request', 'a parameter came more than once', {
    parameter: first,
    reason: `repeated: ${params.repeated.join(' ')}`,
  })
}

/** Printable ASCII that means itself: most of what comes. */
const plain = /^[ -$&-*,-~]*$/

function decode(text: string): string {
  if (plain.test(text)) return text
  let decoded: string
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new OAuthError('invalid_request', 'a parameter is not properly percent-encoded UTF-8', { cause })
  }
  if (!isStorable(decoded)) throw new OAuthError('invalid_request', `a parameter holds ${unstorable}`)
  return decoded
}
