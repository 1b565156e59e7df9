// Owns the memory of proofs already seen, bounded in time and number (RFC 9449 11.1).

/** Whether something is new; from then on it is not, for as long as it could be used. Times are epoch seconds. */
export type Replays = (key: string, now: number) => boolean

/** @param lifetime seconds; @param most the oldest are forgotten beyond it */
export function replayMemory(lifetime: number, most: number): Replays {
  const seen = new Map<string, number>()
  return (key, now) => {
    for (const [old, until] of seen) {
      if (until > now && seen.size < most) break
      seen.delete(old)
    }
    if (seen.has(key)) return false
    seen.set(key, now + lifetime)
    return true
  }
}
