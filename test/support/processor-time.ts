// Processor time of an action, measured so that a busy machine is never taken for slow code.

/** Runs and milliseconds after which code that has never been fast enough is slow. */
const maxRuns = 200
const maxWaitMs = 10_000

/**
 * Milliseconds of processor time: of the first run below `enough`, else of the best run. Load makes a run slower and
 * never faster, so only code that is slow every time exceeds a limit.
 */
export async function processorTime(
  act: () => unknown,
  enough: number,
  runs: number = maxRuns,
): Promise<number> {
  const began = performance.now()
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs && best >= enough && performance.now() - began < maxWaitMs; run++) {
    const start = process.cpuUsage()
    await act()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

/** Measures two actions in turn until the ratio of their best runs is within bounds, or never will be. */
export async function ratioOfBest(
  one: () => Promise<number>,
  other: () => Promise<number>,
  [least, most]: readonly [number, number],
): Promise<number> {
  const began = performance.now()
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number]
  let ratio = 0
  for (let round = 0; round < maxRuns && performance.now() - began < maxWaitMs; round++) {
    best[0] = Math.min(best[0], await one())
    best[1] = Math.min(best[1], await other())
    ratio = best[0] / best[1]
    if (round >= 4 && ratio > least && ratio < most) break
  }
  return ratio
}
