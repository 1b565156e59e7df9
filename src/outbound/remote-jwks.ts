// Owns the keys that others publish at an address of theirs: fetched seldom, kept within bounds (RFC 7517 5).
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type JwkSet, readJwkSet } from '../protocol/jwks.js'
import type { Requester } from '../protocol/requester.js'
import type { GuardedFetch } from './guarded-fetch.js'

/**
 * The key set at an address, fetched anew when it is old or lacks the key that is asked for. Undefined when it cannot
 * be had, which takes the same time whatever the reason was (SS05).
 */
export type RemoteJwks = (
  uri: string,
  kid: string | undefined,
  requester: Requester,
) => Promise<JwkSet | undefined>

type Entry = { readonly keys: JwkSet | undefined; readonly fetchedAt: number; readonly triedAt: number }

/** Seconds. */
const freshFor = 600
/** When fetching fails, known keys are believed so long. */
const keptFor = 3600
/** Between two fetches for a key that is not there (JW15). */
const unknownKidPause = 60
const failurePause = 10

const maxBytes = 65_536
const maxEntries = 1000
/** Fetches under way, all and for one origin (SS06). */
const flightsAtOnce = 100
const flightsToOrigin = 4

type Options = {
  readonly fetch: GuardedFetch
  /** Epoch seconds. */
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds. */
  readonly timeout?: number | undefined
}

/** Self-registered clients have a cache of their own, and so cannot fill that of registered ones. */
export function createRemoteJwks(options: Options): RemoteJwks {
  const caches = { administrator: createCache(options), 'self-registered': createCache(options) }
  return (uri, kid, requester) => caches[requester.chosenBy](uri, kid, requester)
}

function createCache({ fetch, now, log, timeout = 3000 }: Options): RemoteJwks {
  const entries = new Map<string, Entry>()
  const flights = new Map<string, Promise<void>>()

  async function load(uri: string, requester: Requester): Promise<void> {
    const late = sleep(timeout, undefined, { ref: false })
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const answer = await fetch(uri, { purpose: 'keys', requester, timeout, maxBytes, headers })
    // Nothing was asked, so nothing is known of the address: the next request may ask.
    if ('refused' in answer && answer.refused === 'busy') return
    const found = keysIn(answer)
    const known = entries.get(uri)
    entries.delete(uri)
    const at = now()
    if ('keys' in found) entries.set(uri, { keys: found, fetchedAt: at, triedAt: at })
    else entries.set(uri, { keys: known?.keys, fetchedAt: known?.fetchedAt ?? at, triedAt: at })
    for (const oldest of entries.keys()) if (entries.size > maxEntries) entries.delete(oldest)
    if ('keys' in found) return
    log.warn({ uri, reason: found.fault }, 'a key set cannot be had')
    await late
  }

  function fly(uri: string, requester: Requester): Promise<void> {
    const { origin } = new URL(uri)
    const beside = [...flights.keys()].filter((other) => new URL(other).origin === origin)
    if (flights.size >= flightsAtOnce || beside.length >= flightsToOrigin) return Promise.resolve()
    const flight = load(uri, requester).finally(() => flights.delete(uri))
    flights.set(uri, flight)
    return flight
  }

  return async (uri, kid, requester) => {
    if (isDue(entries.get(uri), kid, now())) await (flights.get(uri) ?? fly(uri, requester))
    const { keys, fetchedAt = 0 } = entries.get(uri) ?? {}
    return now() - fetchedAt < keptFor ? keys : undefined
  }
}

function isDue(entry: Entry | undefined, kid: string | undefined, now: number): boolean {
  if (!entry) return true
  const { keys, fetchedAt, triedAt } = entry
  if (!keys || now - fetchedAt >= freshFor) return now - triedAt >= failurePause
  const isUnknown = kid !== undefined && !keys.keys.some((key) => key.kid === kid)
  return isUnknown && now - triedAt >= unknownKidPause
}

function keysIn(answer: Awaited<ReturnType<GuardedFetch>>): JwkSet | { readonly fault: string } {
  if ('refused' in answer) return { fault: answer.why }
  if (answer.status !== 200) return { fault: `the answer is ${answer.status}` }
  return readJwkSet(answer.bytes.toString('utf8'))
}
