// Owns keeping something of the issuer's fresh: one request at a time, in the background where that is early
// enough, and the old value while the issuer cannot be reached.
import type { World } from './world.js'

export type Loaded<T> = {
  readonly value: T
  /** Seconds from the start of the request during which nobody waits for a newer one. */
  readonly freshFor: number
  /** Seconds from then during which it serves when a newer one cannot be had. */
  readonly usableFor: number
}

export type Kept<T> = {
  /** The value if it is fresh: nothing to wait for. */
  readonly fresh: () => T | undefined
  /** The last value, however old. */
  readonly last: () => T | undefined
  /** The value, awaited where it is not fresh. @throws the fault of the last request when none is usable */
  readonly get: () => Promise<T>
  /** Asks again, whatever is held; joins a request under way. Resolves when there is an answer or a fault. */
  readonly refresh: () => Promise<void>
  /** Takes a value that came by another way than a request. */
  readonly adopt: (loaded: Loaded<T>) => void
  /** Seconds until the next request to an issuer that failed; 0 where none has failed. */
  readonly retryIn: () => number
  readonly close: () => void
}

export type KeptOptions<T> = {
  readonly load: (previous: T | undefined) => Promise<Loaded<T>>
  readonly world: World
  /** Told of each request that failed. */
  readonly onFault: (error: unknown) => void
  /** What happens after so many seconds without being asked for; without it the background never rests. */
  readonly idle?: { readonly after: number; readonly close: () => void } | undefined
}

type Failure = { readonly error: unknown; readonly count: number; readonly until: number }

/** The longest pause between requests to an issuer that fails, in seconds. */
const longestPause = 10

export function keepFresh<T>({ load, world, onFault, idle }: KeptOptions<T>): Kept<T> {
  let held: { value: T; freshUntil: number; usableUntil: number } | undefined
  let flight: Promise<void> | undefined
  let failure: Failure | undefined
  let cancel: (() => void) | undefined
  let usedAt = world.now()
  let closed = false

  const plan = (seconds: number) => {
    cancel?.()
    cancel = closed ? undefined : world.later(inBackground, seconds)
  }
  const inBackground = () => {
    if (idle && world.now() - usedAt > idle.after) idle.close()
    else refresh()
  }

  const hold = ({ value, freshFor, usableFor }: Loaded<T>, since: number) => {
    failure = undefined
    held = { value, freshUntil: since + freshFor, usableUntil: since + usableFor }
    // Well before it grows stale, and not at the same instant in every process of a fleet.
    plan(freshFor * (0.6 + 0.2 * world.random()))
  }

  const attempt = async (): Promise<void> => {
    const since = world.now()
    const before = held
    try {
      const loaded = await load(before?.value)
      // What was adopted meanwhile is newer than this answer.
      if (!closed && held === before) hold(loaded, since)
    } catch (error) {
      if (closed) return
      const count = (failure?.count ?? 0) + 1
      const pause = Math.min(2 ** (count - 1), longestPause) * (0.5 + 0.5 * world.random())
      failure = { error, count, until: world.now() + pause }
      plan(pause)
      onFault(error)
    }
  }

  const refresh = (): Promise<void> => {
    flight ??= attempt().finally(() => {
      flight = undefined
    })
    return flight
  }

  const fresh = () => {
    const now = world.now()
    usedAt = now
    return held !== undefined && now < held.freshUntil ? held.value : undefined
  }
  const usable = () => held !== undefined && world.now() < held.usableUntil

  return {
    fresh,
    last: () => held?.value,
    retryIn: () => Math.max(0, (failure?.until ?? 0) - world.now()),
    refresh,
    adopt: (loaded) => {
      if (!closed) hold(loaded, world.now())
    },
    get: async () => {
      const found = fresh()
      if (found !== undefined) return found
      if (closed) throw new Error('the verifier is closed')
      // While it fails, requests go out by the pause alone: callers neither add to them nor wait where they need not.
      const failing = failure !== undefined
      if (!failing || world.now() >= (failure as Failure).until) refresh()
      if (flight && !(failing && usable())) await flight
      if (held !== undefined && usable()) return held.value
      throw failure?.error ?? new Error('what came was out of date already')
    },
    close: () => {
      closed = true
      cancel?.()
    },
  }
}
