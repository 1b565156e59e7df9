// Owns counting by key within a window of the server's clock, and closing a key for a while.
import { RateLimiterMemory } from 'rate-limiter-flexible'

const maxKeys = 100_000

/**
 * Counts by key in windows of the server's clock. The library's own windows follow the process's clock and
 * hold a timer per key, so its limiters only count here: each window has a new one, without expiry, and the
 * old one goes as a whole. Beyond `maxKeys` a window ends early; filling it costs more password hashing
 * than the few tries that it wins back.
 */
export function createTally(seconds: number, now: () => number) {
  const begin = (index: number) => ({
    index,
    keys: 0,
    limiter: new RateLimiterMemory({ points: 0, duration: 0 }),
    closedUntil: new Map<string, number>(),
  })
  let window = begin(-1)
  const current = () => {
    const index = Math.floor(now() / seconds)
    if (window.index !== index || window.keys >= maxKeys) window = begin(index)
    return window
  }
  return {
    /** Adds one; the count includes it. */
    async take(key: string) {
      const taken = current()
      const { consumedPoints, isFirstInDuration } = await taken.limiter.penalty(key)
      if (isFirstInDuration) taken.keys += 1
      return { count: consumedPoints, giveBack: () => void taken.limiter.reward(key) }
    },
    /** Seconds until the key may be taken again. */
    closedFor(key: string): number {
      return Math.max(0, (current().closedUntil.get(key) ?? 0) - now())
    },
    close(key: string, wait: number): void {
      if (wait > 0) current().closedUntil.set(key, now() + wait)
      else current().closedUntil.delete(key)
    },
    forget(key: string): void {
      void current().limiter.delete(key)
      current().closedUntil.delete(key)
    },
    /** Seconds until all keys are forgotten. */
    remaining(): number {
      return seconds - (now() % seconds)
    },
  }
}
