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
    limiter: new RateLimiterMemory({ points: 0, duration: 0 }),
    closedUntil: new Map<string, number>(),
    /** One for each key until it is forgotten. */
    lives: new Map<string, symbol>(),
  })
  let window = begin(-1)
  const current = () => {
    const index = Math.floor(now() / seconds)
    if (window.index !== index || window.lives.size >= maxKeys) window = begin(index)
    return window
  }
  return {
    /** Adds one; the count includes it. Giving it back takes nothing from what was counted after a `forget`. */
    async take(key: string) {
      const taken = current()
      const life = taken.lives.get(key) ?? Symbol('life')
      taken.lives.set(key, life)
      const { consumedPoints } = await taken.limiter.penalty(key)
      const giveBack = () => {
        if (taken.lives.get(key) === life) void taken.limiter.reward(key)
      }
      return { count: consumedPoints, giveBack }
    },
    /** Seconds until the key may be taken again. */
    closedFor(key: string): number {
      return Math.max(0, (current().closedUntil.get(key) ?? 0) - now())
    },
    /** The answer takes it back, and leaves alone what has been closed by anyone else. */
    close(key: string, wait: number): () => void {
      const { closedUntil } = current()
      const until = now() + wait
      if (wait > 0) closedUntil.set(key, until)
      return () => {
        if (wait > 0 && closedUntil.get(key) === until) closedUntil.delete(key)
      }
    },
    forget(key: string): void {
      const { limiter, closedUntil, lives } = current()
      void limiter.delete(key)
      closedUntil.delete(key)
      lives.delete(key)
    },
    /** Seconds until all keys are forgotten. */
    remaining(): number {
      return seconds - (now() % seconds)
    },
  }
}
