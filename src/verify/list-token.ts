// Owns one published status list: fetching it, proving it, and what it says (draft-ietf-oauth-status-list 5.1, 8).
import { isTime } from '../protocol/json.js'
import { boundedGet } from './bounded-get.js'
import { quoted } from './fault.js'
import type { Loaded } from './kept.js'
import type { Keys } from './keys.js'
import { readSigned } from './signed.js'
import { decodeStatusList, type StatusList } from './status-list.js'
import type { World } from './world.js'

export type ListToken = {
  readonly list: StatusList
  readonly iat: number
  readonly exp: number | undefined
  /** Seconds. */
  readonly ttl: number
  readonly etag: string | undefined
}

export type ListRules = {
  readonly issuer: string
  readonly algorithms: readonly string[]
  readonly keys: Keys
  readonly maxEntries: number
  /** Seconds that clocks may differ. */
  readonly tolerance: number
  /** Seconds per request. */
  readonly timeout: number
  readonly world: World
}

/** For a list that does not say how long it may be relied upon; and the most that one may ask for. In seconds. */
const usualTtl = 300
const longestTtl = 86_400

/** Room for a list of 8 bits that does not compress, in base64url twice over, and for the rest of the JWT. */
export const maxListLength = (maxEntries: number) => Math.ceil((maxEntries * 16) / 9) + 16_384

/** Verifies the text of a list. @throws Error or Fault that says what is wrong with it */
export async function readListToken(
  uri: string,
  text: string,
  rules: ListRules,
  etag?: string,
): Promise<ListToken> {
  const { issuer, algorithms, keys, maxEntries, tolerance, world } = rules
  const kind = { typ: 'statuslist+jwt', algorithms, maxLength: maxListLength(maxEntries) }
  const { claims } = await readSigned(text, keys, kind)
  const { sub, iss, iat, exp, ttl } = claims
  const now = world.now()
  // Two lists of one issuer have equal keys: without this one could be served for the other (8.3).
  if (sub !== uri) throw new Error(`it is the list ${quoted(sub)}`)
  if (iss !== undefined && iss !== issuer) throw new Error(`iss is ${quoted(iss)}, not ${issuer}`)
  if (!isTime(iat) || iat - tolerance > now) throw new Error('iat is missing or in the future')
  if (exp !== undefined && (!isTime(exp) || exp + tolerance <= now)) throw new Error('it has expired')
  if (ttl !== undefined && (!isTime(ttl) || ttl === 0)) throw new Error('ttl is not a positive number')
  const list = await decodeStatusList(claims.status_list, maxEntries)
  return { list, iat, exp, ttl: Math.min(ttl ?? usualTtl, longestTtl), etag }
}

/** How long a list may be relied upon, counted from `since`. */
export function loaded(value: ListToken, since: number, { tolerance }: ListRules): Loaded<ListToken> {
  const { ttl, exp } = value
  // Without exp nobody has promised anything beyond ttl.
  const usableFor = exp === undefined ? ttl : exp + tolerance - since
  return { value, freshFor: Math.min(ttl, usableFor), usableFor }
}

/** Fetches a list, or has the one that is held confirmed. @throws Error that names the list and the fault */
export async function fetchList(
  uri: string,
  previous: ListToken | undefined,
  rules: ListRules,
): Promise<Loaded<ListToken>> {
  const { world, timeout, maxEntries } = rules
  const since = world.now()
  // exp and ttl of the list rule, whatever HTTP says of its age (8.2): a list that would expire before it is asked
  // for again has to come whole, with a new exp.
  const lasting =
    previous?.etag !== undefined && (previous.exp === undefined || previous.exp - since > previous.ttl)
  const headers: Record<string, string> = lasting ? { 'if-none-match': previous.etag as string } : {}
  const accept = 'application/statuslist+jwt'
  const maxBytes = maxListLength(maxEntries)
  const answer = await boundedGet(uri, { accept, maxBytes, timeout, headers, followRedirects: true }, world)
  if (lasting && answer.status === 304) return loaded(previous, since, rules)
  if (answer.status !== 200) throw new Error(`GET ${uri}: status ${answer.status}`)
  const etag = answer.headers.get('etag') ?? undefined
  return loaded(await readListToken(uri, answer.text.trim(), rules, etag), since, rules)
}
