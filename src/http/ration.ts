// Owns rations: so many of each key within any stretch of so many seconds, whatever the clock's hour.
import type { Tallies } from '../store/store.js'

export type Ration = (key: string) => Promise<{
  /** Seconds until another may be taken; 0 if it may be now. */
  readonly wait: number
  /** What gives it back again; undefined if there is none left, which costs as much (SE04). */
  take(): Promise<(() => Promise<void>) | undefined>
}>

/**
 * Each of a ration is a row that lasts as long as it is taken: the few that there are can be counted by time.
 * @param now epoch seconds
 */
export function createRation(
  tallies: Tallies,
  { limit, seconds, now, life }: { limit: number; seconds: number; now: () => number; life: () => string },
): Ration {
  const places = Array.from({ length: limit }, (_, place) => `${place}`)
  const refused = { places: ['refused'], limit: 1_000_000_000 }

  return async (key) => {
    const rows = await tallies.within(key)
    const ends = new Map(rows.map((row) => [row.key, row.expiresAt - now()]))
    const left = (place: string) => ends.get(`${key} ${place}`) ?? 0
    const free = places.filter((place) => left(place) <= 0)
    const wait = free.length > 0 ? 0 : Math.min(...places.map(left))
    return {
      wait,
      async take() {
        const asked = wait > 0 ? refused : { places: free, limit: 1 }
        for (const place of asked.places) {
          const rule = { now: now(), until: now() + seconds, life: life(), limit: asked.limit }
          const taken = await tallies.take(`${key} ${place}`, rule)
          // Another may have taken it between the look and this; there may be one behind it.
          if (taken) return wait > 0 ? undefined : () => tallies.forget(taken.key)
        }
        return undefined
      },
    }
  }
}
