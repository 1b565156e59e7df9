// Owns every request that the server sends to an address which somebody else has chosen.
import { isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import type { ChosenBy, FetchPurpose, Requester } from '../protocol/requester.js'
import { recommendedTls } from '../protocol/tls.js'
import { createGate, type Gate, type GateOptions, isLoopbackAddress } from './gate.js'
import type { Lookup } from './lookup.js'
import { limitRequests, type RequestLimits } from './request-limits.js'

/** Sends one request and follows no redirect. Never rejects: what fails is a refusal. */
export type GuardedFetch = (url: string, options: FetchOptions) => Promise<Fetched | FetchRefusal>

export type FetchOptions = {
  readonly purpose: FetchPurpose
  readonly requester: Requester
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds for everything together. */
  readonly timeout: number
  /** A longer body is a refusal. With 0 the body is not read at all, and `bytes` is empty. */
  readonly maxBytes: number
}

export type Fetched = {
  readonly status: number
  /** Names in lower case; of several lines of one name, the list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
}

export type FetchRefusal = {
  /**
   * `bad_url`: not https, nor http to loopback, or with a user name in it. `forbidden_address`: not all addresses of
   * the name may be reached. `busy`: too many requests are under way. The rest is how it went: no address or no
   * connection, no answer in time, a body that is too long, or one in an encoding that nobody asked for.
   */
  readonly refused:
    | 'bad_url'
    | 'forbidden_address'
    | 'busy'
    | 'unreachable'
    | 'timeout'
    | 'too_large'
    | 'encoded'
  /** For the log: it tells what is reachable from here, which is nobody else's business (SS05). */
  readonly why: string
}

export type GuardOptions = GateOptions & {
  readonly lookup: Lookup
  /** Epoch seconds. */
  readonly now: () => number
}

/** Bytes of names and values together. */
const maxHeaders = 16_384

/**
 * Requests for self-registered clients have limits of their own, so that they never use up what registered clients
 * need. Callers with registered clients limit themselves how many go to one host.
 */
const limits: Record<ChosenBy, RequestLimits> = {
  administrator: { requesterAtHost: 128, requester: 128, host: 128, total: 128 },
  'self-registered': {
    requesterAtHost: 2,
    requester: 24,
    host: 8,
    total: 100,
    perMinute: { requester: 30, host: 120 },
  },
}

export function createGuardedFetch({ lookup, now, ...gateOptions }: GuardOptions): GuardedFetch {
  const guardOf = (chosenBy: ChosenBy) => ({
    start: limitRequests(limits[chosenBy], now),
    gates: {
      logout: createGate(gateOptions, 'logout', chosenBy),
      keys: createGate(gateOptions, 'keys', chosenBy),
      documents: createGate(gateOptions, 'documents', chosenBy),
    } satisfies Record<FetchPurpose, Gate>,
  })
  const guards = { administrator: guardOf('administrator'), 'self-registered': guardOf('self-registered') }

  return async (text, options) => {
    const { purpose, requester } = options
    const url = readUrl(text)
    if ('refused' in url) return url
    const { start, gates } = guards[requester.chosenBy]
    const counted = requester.chosenBy === 'administrator' ? requester.chosenBy : requester.countedBy
    // Nobody chooses when users sign out, and each of them is a call.
    const started = start(counted, url.host, { perMinute: purpose !== 'logout' })
    if ('overLimit' in started) return refusal('busy', `too many requests: ${started.overLimit}`)
    try {
      return await attempt(url, gates[purpose], lookup, options)
    } finally {
      started.end()
    }
  }
}

async function attempt(
  url: URL,
  gate: Gate,
  lookup: Lookup,
  options: FetchOptions,
): Promise<Fetched | FetchRefusal> {
  const signal = AbortSignal.timeout(options.timeout)
  // The first to hear of it: what the library makes of the end comes later, in a handshake much later.
  const timeout = new Promise<FetchRefusal>((resolve) => {
    const late = refusal('timeout', `no answer within ${options.timeout} ms`)
    signal.addEventListener('abort', () => resolve(late), { once: true })
  })
  const addresses = await Promise.race([findAddresses(url, gate, lookup, signal), timeout])
  if ('refused' in addresses) return addresses
  return Promise.race([send(url, addresses, options, signal), timeout])
}

function readUrl(text: string): URL | FetchRefusal {
  if (!URL.canParse(text)) return refusal('bad_url', 'this is no URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refusal('bad_url', 'it is not https')
  if (url.username !== '' || url.password !== '') return refusal('bad_url', 'there is a user name in it')
  return url
}

/**
 * Where the request may go: all addresses of the name, if each of them may be reached. Only one that may not, and
 * the name is refused, since which one is taken is not ours to say (SS02).
 */
async function findAddresses(
  url: URL,
  gate: Gate,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<readonly string[] | FetchRefusal> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A literal address is connected to without asking anybody, so this is the one place where it can be checked.
  const found = isIP(host) ? [host] : await lookup(host, signal).catch((error: unknown) => noAddress(error))
  if ('refused' in found) return found
  if (found.length === 0) return refusal('unreachable', 'the name has no address')
  const forbidden = found.find((address) => !gate.isOpen(host, address))
  if (forbidden !== undefined) {
    return refusal('forbidden_address', `${host} leads to ${forbidden}, which is not a public address`)
  }
  if (url.protocol === 'http:' && !found.every(isLoopbackAddress))
    return refusal('bad_url', 'it is not https')
  return found
}

async function send(
  url: URL,
  addresses: readonly string[],
  { method = 'GET', headers, body, timeout, maxBytes }: FetchOptions,
  signal: AbortSignal,
): Promise<Fetched | FetchRefusal> {
  // Loaded with the first request: many servers never send one, and it takes more memory than any other library.
  const { Agent, request } = await import('undici')
  const connect = { ...recommendedTls, lookup: pinned(addresses), timeout }
  const agent = new Agent({ connect, maxHeaderSize: maxHeaders })
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      body: body ?? null,
      signal,
    })
    const { statusCode: status, headers: received } = answer
    if (maxBytes === 0) {
      answer.body.on('error', () => {}).destroy()
      return { status, headers: received, bytes: Buffer.alloc(0) }
    }
    const bytes = await readBody(answer, maxBytes)
    return Buffer.isBuffer(bytes) ? { status, headers: received, bytes } : bytes
  } catch (error) {
    return refusal('unreachable', `the connection failed: ${wordFor(error)}`)
  } finally {
    // It waits for a handshake under way, which nobody here does.
    void agent.destroy()
  }
}

/** Nothing is ever unpacked: a few bytes could become any number of them (SS04). */
async function readBody(
  { headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Buffer | FetchRefusal> {
  const encoding = String(headers['content-encoding'] ?? 'identity')
  if (encoding.toLowerCase() !== 'identity') return refusal('encoded', 'the body is in an encoding')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) return refusal('too_large', `the body is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Answers what was checked, whatever the name leads to meanwhile: asking twice is asking two questions (SS02). */
function pinned(addresses: readonly string[]) {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  type Answered = (error: null, found: typeof all | string, family?: number) => void
  return (_host: string, { all: wanted }: { all?: boolean | undefined }, answered: Answered) => {
    const [first] = all
    if (wanted || !first) answered(null, all)
    else answered(null, first.address, first.family)
  }
}

function noAddress(error: unknown): FetchRefusal {
  return refusal('unreachable', `the name has no address: ${wordFor(error)}`)
}

function wordFor(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name)
}

function refusal(refused: FetchRefusal['refused'], why: string): FetchRefusal {
  return { refused, why }
}
