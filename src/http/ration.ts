// Owns rations: so many of each key within any stretch of so many seconds, whatever the clock's hour.

const maxKeys = 100_000

export type Ration = {
  /** Seconds until another may be taken; 0 if it may be now. */
  wait(key: string): number
  take(key: string): void
}

/**
 * Keeps the time of each, which a few an hour allow. Beyond `maxKeys` those taken from longest ago are forgotten.
 * @param now epoch seconds
 */
export function createRation(limit: number, seconds: number, now: () => number): Ration {
  /** Oldest first within a key; the key that was taken from last comes last. */
  const taken = new Map<string, number[]>()

  function recent(key: string): number[] {
    return (taken.get(key) ?? []).filter((at) => now() < at + seconds)
  }

  function forgetOld(): void {
    for (const [key, times] of taken) {
      if (taken.size < maxKeys && now() < (times.at(-1) ?? 0) + seconds) return
      taken.delete(key)
    }
  }

  return {
    wait(key) {
      const times = recent(key)
      const [oldest = 0] = times.slice(-limit)
      return times.length < limit ? 0 : oldest + seconds - now()
    },
    take(key) {
      const times = [...recent(key), now()]
      forgetOld()
      taken.delete(key)
      taken.set(key, times)
    },
  }
}
