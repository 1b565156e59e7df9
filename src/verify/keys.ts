// Owns the issuer's keys: cached, fetched again before they grow stale, and once for a kid nobody knows.
import { isObject } from '../protocol/json.js'
import { type Jwk, keyFault, keyFinder } from '../protocol/jwk.js'
import { boundedGet, jsonObject } from './bounded-get.js'
import type { Metadata } from './discovery.js'
import { type Kept, keepFresh } from './kept.js'
import type { World } from './world.js'

/** One published set. The same object for as long as the issuer publishes the same keys. */
export type KeySet = { readonly find: ReturnType<typeof keyFinder>; readonly text: string }

export type Keys = Pick<Kept<KeySet>, 'fresh' | 'last' | 'get' | 'retryIn' | 'close'> & {
  /** For a kid that is not in the set: the set fetched anew, or the same one within the cool-down. */
  readonly renewed: (seen: KeySet) => Promise<KeySet>
}

export type KeysOptions = {
  readonly metadata: Pick<Kept<Metadata>, 'get'>
  readonly world: World
  /** Seconds per request. */
  readonly timeout: number
  /** Seconds that keys serve while the issuer cannot be reached. */
  readonly usableFor: number
  readonly onFault: (error: unknown) => void
}

const maxBytes = 256 * 1024
const maxKeys = 100
/** Seconds between requests that tokens with an unknown kid may cause, whoever made them up. */
const coolDown = 30
/** What the issuer's Cache-Control may ask for, in seconds. */
const freshness = { least: 30, usual: 300, most: 3600 }

export function keepKeys({ metadata, world, timeout, usableFor, onFault }: KeysOptions): Keys {
  const load = async (previous: KeySet | undefined) => {
    const { jwksUri } = await metadata.get()
    const accept = 'application/jwk-set+json, application/json'
    const answer = await boundedGet(jwksUri, { accept, maxBytes, timeout }, world)
    const set = usableKeys(jwksUri, jsonObject(jwksUri, answer))
    const text = JSON.stringify(set)
    const value = text === previous?.text ? previous : { text, find: keyFinder(set) }
    return { value, freshFor: maxAge(answer.headers), usableFor }
  }
  const kept = keepFresh<KeySet>({ load, world, onFault })
  let renewedAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined
  return {
    fresh: kept.fresh,
    last: kept.last,
    get: kept.get,
    retryIn: kept.retryIn,
    close: kept.close,
    renewed: async (seen) => {
      if (kept.last() === seen && world.now() >= renewedAt + coolDown) {
        renewedAt = world.now()
        underWay = kept.refresh()
      }
      // Everybody who came meanwhile waits for the same answer.
      await underWay
      return kept.get()
    },
  }
}

/** Keys that cannot verify are left out: the issuer may publish kinds that this library does not know. */
function usableKeys(url: string, { keys }: Record<string, unknown>): Jwk[] {
  if (!Array.isArray(keys) || keys.length > maxKeys)
    throw new Error(`GET ${url}: not a JWK set, or too large`)
  const usable = keys.filter((key): key is Jwk => isObject(key) && keyFault(key) === undefined)
  if (usable.length === 0) throw new Error(`GET ${url}: no key that could verify a token`)
  return usable
}

function maxAge(headers: Headers): number {
  const asked = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(headers.get('cache-control') ?? '')?.[1]
  const { least, usual, most } = freshness
  return Math.min(most, Math.max(least, asked === undefined ? usual : Number(asked)))
}
