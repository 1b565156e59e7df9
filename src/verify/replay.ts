// Owns the memory of proofs already seen, bounded in time and number (RFC 9449 11.1).

/** Whether something is new; from then on it is not, for as long as it could be used. Times are epoch seconds. */
export type Replays = (key: string, now: number) => boolean

/** @param lifetime seconds; @param most the oldest are forgotten beyond it */
export function replayMemory(lifetime: number, most: number): Replays {
  const seen = new Map<string, number>()
  return (key, now) => {
    // They were seen in the order in which they end.
    for (const [old, until] of seen) {
      if (until > now) break
      seen.delete(old)
    }
    if (seen.has(key)) return false
    const [oldest] = seen.keys()
    if (seen.size >= most && oldest !== undefined) seen.delete(oldest)
    seen.set(key, now + lifetime)
    return true
  }
}
