// Owns what the library reads of a request: which token came, in which scheme (RFC 6750 2.1, RFC 9449 7.1).
import { Fault } from './fault.js'

/** A Request, Node's IncomingMessage, or an object with the same members. */
export type RequestLike = {
  readonly method?: string | undefined
  /** Whole, or from the path on. Express calls that before mounting `originalUrl`. */
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** Node keeps one of two Authorization headers in `headers`, and both here. */
  readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>> | undefined
}

/** A token as it was presented. */
export type Presented = {
  readonly token: string
  readonly scheme: 'Bearer' | 'DPoP'
  /** Absent where a token alone was handed over. */
  readonly request: RequestLike | undefined
}

/**
 * The token of a request. Only the Authorization header counts: a token in a query ends up in logs and histories.
 * @throws Fault without a code where there is no token, invalid_request for what cannot be understood
 */
export function presentedIn(request: RequestLike): Presented {
  const values = headerValues(request, 'authorization')
  const [value] = values
  if (value === undefined) throw new Fault(undefined, 'no Authorization header')
  if (values.length > 1) throw new Fault('invalid_request', `${values.length} Authorization headers`)
  const scheme = schemes[/^[^ ]*/.exec(value.toLowerCase())?.[0] ?? '']
  if (scheme === undefined) throw new Fault(undefined, 'an Authorization header of another scheme')
  // b64token (RFC 6750 2.1). Two headers that fetch has joined have a comma between them.
  const token = /^[^ ]+ +([A-Za-z0-9\-._~+/]+=*)$/.exec(value)?.[1]
  if (token === undefined) throw new Fault('invalid_request', `no token after ${scheme}, or more than that`)
  return { token, scheme, request }
}

const schemes: Readonly<Record<string, Presented['scheme']>> = {
  __proto__: null as never,
  bearer: 'Bearer',
  dpop: 'DPoP',
}

/**
 * The path of a request, normalised; undefined where it has none. A target that begins with two slashes is a path
 * (RFC 9112 3.2.1): read as a reference, its beginning would be a host (PC14).
 */
export function pathOf({ originalUrl, url = '' }: RequestLike): string | undefined {
  const target = originalUrl ?? url
  const whole = target.startsWith('/') ? `http://host${target}` : target
  return /^https?:\/\//i.test(whole) && URL.canParse(whole) ? new URL(whole).pathname : undefined
}

/** Every value of a header, each as it came as far as the framework tells. */
export function headerValues({ headers, headersDistinct }: RequestLike, name: string): readonly string[] {
  const distinct = headersDistinct?.[name]
  if (distinct !== undefined) return distinct
  const found = isHeaders(headers) ? (headers.get(name) ?? undefined) : headers[name]
  if (found === undefined) return []
  return typeof found === 'string' ? [found] : found
}

function isHeaders(headers: RequestLike['headers']): headers is Headers {
  return typeof headers.get === 'function'
}
