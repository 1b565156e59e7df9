// Limits on the requests to addresses that others choose: how many at the same time, and how many in a minute.

export type RequestLimits = {
  /** At the same time. */
  readonly requesterAtHost: number
  readonly requester: number
  readonly host: number
  readonly total: number
  readonly perMinute?: { readonly requester: number; readonly host: number }
}

/** Which limit is reached, for the log. */
export type OverLimit = { readonly overLimit: string }

/**
 * Counts one more request, and returns the function that ends it. Nothing waits for its turn: a queue would let a slow
 * host hold up requests to all others.
 */
export type StartRequest = (
  requester: string,
  host: string,
  options: { readonly perMinute: boolean },
) => { readonly end: () => void } | OverLimit

/** Counts in the current minute that are remembered; the oldest go first. */
const maxKeys = 10_000

/** @param now epoch seconds */
export function limitRequests(limits: RequestLimits, now: () => number): StartRequest {
  const active = new Map<string, number>()
  const minutes = { requester: perMinute(now), host: perMinute(now) }

  return (requester, host, { perMinute: counted }) => {
    const keys: [key: string, limit: number][] = [
      [`requester ${requester} host ${host}`, limits.requesterAtHost],
      [`requester ${requester}`, limits.requester],
      [`host ${host}`, limits.host],
      ['total', limits.total],
    ]
    const full = keys.find(([key, limit]) => (active.get(key) ?? 0) >= limit)
    if (full) return { overLimit: `${full[1]} at the same time for ${full[0]}` }
    const most = counted ? limits.perMinute : undefined
    if (most && !minutes.requester(requester, most.requester))
      return { overLimit: `${most.requester} a minute for ${requester}` }
    if (most && !minutes.host(host, most.host)) return { overLimit: `${most.host} a minute for ${host}` }
    for (const [key] of keys) active.set(key, (active.get(key) ?? 0) + 1)
    return {
      end() {
        for (const [key] of keys) {
          const count = (active.get(key) ?? 0) - 1
          // Without this the map would grow with every host.
          if (count > 0) active.set(key, count)
          else active.delete(key)
        }
      },
    }
  }
}

/** Takes one of the requests that a key may cause in a minute; false if there is none left. */
function perMinute(now: () => number): (key: string, limit: number) => boolean {
  const windows = new Map<string, { count: number; readonly until: number }>()
  return (key, limit) => {
    let window = windows.get(key)
    if (!window || window.until <= now()) {
      windows.delete(key)
      if (windows.size >= maxKeys) windows.delete(windows.keys().next().value as string)
      window = { count: 0, until: now() + 60 }
      windows.set(key, window)
    }
    if (window.count >= limit) return false
    window.count += 1
    return true
  }
}
