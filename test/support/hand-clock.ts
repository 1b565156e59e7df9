// Owns a clock that tests move by hand, and the timers that hang on it.

export type HandClock = ReturnType<typeof handClock>

/** Epoch seconds from `start` on. `pass` runs what falls due, and gives sockets on this machine a moment each time. */
export function handClock(start = 1_800_000_000) {
  let now = start
  const timers = new Set<{ at: number; run: () => void }>()
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20))
  return {
    now: () => now,
    random: () => 0.5,
    later: (run: () => void, seconds: number) => {
      const timer = { at: now + seconds, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    /** How many timers are running. */
    waiting: () => timers.size,
    async pass(seconds: number) {
      const until = now + seconds
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
        await settle()
      }
      now = until
      await settle()
    },
  }
}
