// Owns what the library needs of the world: clock, chance, timers, the network. Its defaults stand here and nowhere else.

export type World = {
  /** Epoch seconds; may have a fraction. */
  readonly now: () => number
  /** At least 0 and less than 1; spreads requests, decides nothing. */
  readonly random: () => number
  /** Runs something after so many seconds without keeping the process alive; the result calls it off. */
  readonly later: (run: () => void, seconds: number) => () => void
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** What setTimeout can count, in milliseconds; anything longer would fire at once. */
const longest = 2 ** 31 - 1

const usual: World = {
  now: () => Date.now() / 1000,
  random: () => Math.random(),
  later: (run, seconds) => {
    const timer = setTimeout(run, Math.min(seconds * 1000, longest))
    timer.unref()
    return () => clearTimeout(timer)
  },
  fetch: (url, init) => fetch(url, init),
}

export type WorldOptions = { readonly [name in keyof World]?: World[name] | undefined }

export function worldOf(given: WorldOptions): World {
  return {
    now: given.now ?? usual.now,
    random: given.random ?? usual.random,
    later: given.later ?? usual.later,
    fetch: given.fetch ?? usual.fetch,
  }
}
