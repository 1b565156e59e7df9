// Owns a stock of random bytes: asking the system for a few at a time costs more than what they are used for.
import type { Random } from './handle.js'

const poolSize = 8192
/** More than this is asked for directly. */
const most = 64

/** Random bytes from `source`, fetched in bulk; none is handed out twice, and none stays behind. */
export function poolRandom(source: Random): Random {
  let pool: Buffer = Buffer.alloc(0)
  let next = 0
  return (bytes) => {
    if (bytes > most) return source(bytes)
    if (next + bytes > pool.length) {
      pool = source(poolSize)
      next = 0
    }
    const taken = Buffer.from(pool.subarray(next, next + bytes))
    pool.fill(0, next, next + bytes)
    next += bytes
    return taken
  }
}
