// Owns revocation as it reaches those who verify offline: places for grants, lists to fetch, changes as they happen.
import type { Config } from '../config.js'
import type { Keyring } from '../crypto/keyring.js'
import type { Secrets } from '../crypto/secrets.js'
import { ownGrantLifetime } from '../protocol/entitlement.js'
import type { StatusPlace } from '../protocol/status-list.js'
import type { Store } from '../store/store.js'
import { createListTokens, type ListToken } from './list-token.js'
import { createPlaces } from './places.js'
import { createRevoked } from './revoked.js'
import { createStreams, type Streams } from './streams.js'

export type Status = {
  /** A place for a grant, which no other has or had. */
  place(): Promise<StatusPlace>
  /** The list was full long ago, no token names it any more, and it is served no longer. */
  isGone(list: number): boolean
  lists(): Promise<number[]>
  /** The signed list; undefined for one that there is not. */
  token(list: number): Promise<ListToken | undefined>
  readonly streams: Streams
  /** Takes in whatever was committed before the call, and makes the lists anew that it changes. */
  refresh(): Promise<void>
  /** Resolves once everything is taken in, and keeps it so until stopped. */
  follow(): Promise<{ stop(): Promise<void> }>
}

export type StatusOptions = {
  readonly store: Pick<Store, 'statusLists' | 'batch' | 'committed'>
  readonly keyring: Pick<Keyring, 'signer'>
  readonly secrets: Pick<Secrets, 'status'>
  readonly config: Pick<
    Config,
    'issuer' | 'statusTtl' | 'refreshAbsoluteTtl' | 'sessionAbsoluteTtl' | 'sessionKeptAbsoluteTtl'
  >
  readonly now: () => number
  readonly log: { warn(detail: object, message: string): void }
}

const day = 86_400
/** Seconds between two warnings of the same. */
const quiet = 10

export function createStatus({ store, keyring, secrets, config, now, log }: StatusOptions): Status {
  const { refreshAbsoluteTtl, sessionAbsoluteTtl, sessionKeptAbsoluteTtl } = config
  const longest = Math.max(refreshAbsoluteTtl, sessionAbsoluteTtl, sessionKeptAbsoluteTtl, ownGrantLifetime)
  let told = Number.NEGATIVE_INFINITY
  const failed = (err: unknown) => {
    if (now() - told < quiet) return
    told = now()
    log.warn({ err }, 'revocations cannot be published, trying again')
  }
  const revoked = createRevoked(store, now)
  const tokens = createListTokens({ revoked, keyring, config, now, failed })
  const token = async (list: number) => ((await known(list)) ? tokens.current(list) : undefined)
  const streams = createStreams({ revoked, token, now })
  // Streams first: they wait for nothing.
  revoked.subscribe(streams.tell)
  revoked.subscribe(tokens.changed)

  async function known(list: number): Promise<boolean> {
    if (revoked.bits(list) === undefined) await revoked.refresh()
    return revoked.bits(list) !== undefined
  }

  return {
    place: createPlaces({ store, secrets, now, listLife: longest + 2 * day }),
    isGone(list) {
      const [oldest] = revoked.lists()
      return oldest !== undefined && list < oldest
    },
    async lists() {
      if (revoked.lists().length === 0) await revoked.refresh()
      return revoked.lists()
    },
    token,
    streams,
    async refresh() {
      await revoked.refresh()
      await tokens.settled()
    },
    async follow() {
      await revoked.refresh()
      const watching = await store.statusLists.watch(() => void revoked.refresh().catch(failed))
      return {
        async stop() {
          await watching.stop()
          await revoked.refresh().catch(failed)
        },
      }
    },
  }
}
