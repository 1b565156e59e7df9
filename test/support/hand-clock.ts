// Owns a clock that tests move by hand, and the timers that hang on it.

export type HandClock = ReturnType<typeof handClock>

/** Epoch seconds from `start` on. `pass` runs what falls due, and gives sockets on this machine a moment each time. */
export function handClock(start = 1_800_000_000) {
  let now = start
  const timers = new Set<{ at: number; run: () => void }>()
  let pending = 0
  const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
  /** Until what was asked has been answered, but not for ever: some questions never are. */
  const settle = async () => {
    await moment(5)
    for (let i = 0; pending > 0 && i < 60; i++) await moment(5)
  }
  return {
    now: () => now,
    random: () => 0.5,
    later: (run: () => void, seconds: number) => {
      const timer = { at: now + seconds, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    /** Lets `pass` wait for the answer. */
    fetch: async (url: string, init: RequestInit) => {
      pending++
      try {
        return await fetch(url, init)
      } finally {
        // Reading and judging the body takes a moment more.
        setTimeout(() => pending--, 10)
      }
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
