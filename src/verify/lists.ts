// Owns asking whether a token was revoked: the lists in use, each fetched once and kept fresh, and what happens
// when one cannot be had (draft-ietf-oauth-status-list 8.3).
import { isObject } from '../protocol/json.js'
import { boundedGet, jsonObject } from './bounded-get.js'
import { type Changes, pushedChanges } from './changes.js'
import type { AccessClaims } from './claims.js'
import { Fault, invalidToken, whyOf } from './fault.js'
import { type Kept, keepFresh } from './kept.js'
import { fetchList, type ListRules, type ListToken } from './list-token.js'
import { type PushCredentials, subscribe } from './push.js'
import { statusAt } from './status-list.js'
import { safeUrl } from './url.js'

/** See docs/verify.md. */
export type ListPolicy = 'until-exp' | 'refuse' | 'allow'

export type ListsOptions = ListRules & {
  readonly policy: ListPolicy
  /** Origins that may hold lists. */
  readonly origins: readonly string[]
  readonly maxLists: number
  readonly push: PushCredentials | undefined
  readonly onFault: (reason: string) => void
}

export type Lists = {
  /**
   * Returns when the token is known to be good, or the policy lets it pass.
   * @throws Fault invalid_token for a revoked one, temporarily_unavailable when its list cannot be had
   */
  readonly check: (claims: AccessClaims) => void | Promise<void>
  /** Fetches every list of an aggregation (9) that may be held. @throws Error when the aggregation cannot be had */
  readonly prefetch: (url: string) => Promise<void>
  readonly close: () => void
}

type Reference = { readonly uri: string; readonly idx: number }
type HeldList = { readonly kept: Kept<ListToken>; readonly changes: Changes; readonly close: () => void }

/** An hour without a token of it: its tokens are gone. */
const idleAfter = 3600

export function keepLists(options: ListsOptions): Lists {
  const { world, policy, maxLists, onFault } = options
  const held = new Map<string, HeldList>()

  const open = (uri: string): HeldList => {
    const changes = pushedChanges(() => void kept.refresh())
    const load = async (previous: ListToken | undefined) => {
      const loaded = await fetchList(uri, previous, options)
      changes.settle(loaded.value.iat)
      // Not before there is a list: changes alone say nothing.
      if (options.push) stream ??= subscribe(uri, options.push, { kept, changes, rules: options, onFault })
      return policy === 'refuse' ? { ...loaded, usableFor: loaded.freshFor } : loaded
    }
    const kept = keepFresh<ListToken>({
      load,
      world,
      idle: { after: idleAfter, close: () => drop(uri) },
      onFault: (error) => onFault(`status list ${uri}: ${whyOf(error)}`),
    })
    let stream: (() => void) | undefined
    const close = () => {
      kept.close()
      stream?.()
    }
    return { kept, changes, close }
  }

  /** The list, most recently used last, so that the first is the one to give up. */
  const listAt = (uri: string): HeldList => {
    const list = held.get(uri) ?? open(uri)
    held.delete(uri)
    held.set(uri, list)
    const [oldest] = held.keys()
    if (held.size > maxLists && oldest !== undefined) drop(oldest)
    return list
  }
  const drop = (uri: string) => {
    held.get(uri)?.close()
    held.delete(uri)
  }

  const judge = ({ idx, uri }: Reference, { list }: ListToken, changes: Changes) => {
    const listed = statusAt(list, idx)
    if (listed === undefined) throw invalidToken(`status index ${idx} is outside the list ${uri}`)
    const status = changes.isInvalid(idx) ? 1 : listed
    if (status !== 0) throw invalidToken(`revoked: status ${status} at ${idx} of ${uri}`)
  }

  const judgeLater = async (reference: Reference, { kept, changes }: HeldList): Promise<void> => {
    const list = await kept.get().catch((error) => {
      const last = kept.last()
      // What was revoked stays so: only the doubt is allowed.
      if (policy === 'allow') return last
      const why = `status list ${reference.uri} cannot be had: ${whyOf(error)}`
      throw new Fault('temporarily_unavailable', why, { retryAfter: Math.ceil(kept.retryIn()) })
    })
    if (list) judge(reference, list, changes)
  }

  return {
    check: (claims) => {
      if (claims.status === undefined) return
      const reference = referenceIn(claims.status)
      // Only where the issuer itself is: a token must not make this service fetch from anywhere.
      if (!held.has(reference.uri) && !isOurs(reference.uri, options.origins))
        throw invalidToken('its status list is at an address that is not trusted')
      const list = listAt(reference.uri)
      const fresh = list.kept.fresh()
      return fresh ? judge(reference, fresh, list.changes) : judgeLater(reference, list)
    },
    prefetch: async (url) => {
      const { timeout } = options
      const answer = await boundedGet(
        url,
        { accept: 'application/json', maxBytes: 256 * 1024, timeout },
        world,
      )
      const { status_lists: uris } = jsonObject(url, answer)
      if (!Array.isArray(uris)) throw new Error(`GET ${url}: no status_lists in it`)
      const mine = uris.filter((uri): uri is string => isOurs(uri, options.origins)).slice(0, maxLists)
      await Promise.allSettled(mine.map((uri) => listAt(uri).kept.get()))
    },
    close: () => {
      for (const uri of [...held.keys()]) drop(uri)
    },
  }
}

/** @throws Fault invalid_token: whoever cannot read the claim cannot know that the token is good (6.2, 8.3) */
function referenceIn(status: unknown): Reference {
  const reference = isObject(status) ? status.status_list : undefined
  if (!isObject(reference)) throw invalidToken('its status is told in a way that is not known here')
  const { idx, uri } = reference
  if (!Number.isSafeInteger(idx) || (idx as number) < 0) throw invalidToken('its status index is no index')
  if (typeof uri !== 'string') throw invalidToken('its status list has no address')
  return { idx: idx as number, uri }
}

function isOurs(uri: unknown, origins: readonly string[]): boolean {
  const url = safeUrl(uri)
  return url !== undefined && origins.includes(url.origin)
}
