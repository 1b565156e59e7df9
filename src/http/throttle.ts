// Owns the brakes on guessing: passwords by account and by address, client secrets by client and address.
import { hash } from 'node:crypto'
import { RateLimiterMemory } from 'rate-limiter-flexible'

/** One try at a password, taken before the password is looked at. */
export type Ticket =
  | { readonly allowed: false /** Seconds. */; readonly retryAfter: number }
  | {
      readonly allowed: true
      /** The password was right: forgets the account's failures and gives the address its try back. */
      succeeded(): void
      /** The password was never looked at: the try does not count. */
      returned(): void
    }

export type Throttle = {
  /**
   * @param account one key for every spelling of an account (SE05); a browser that has signed in to it before
   * brings a key of its own, and so passes when others have used the account's tries up (SE07)
   * @param address as addressKey gives it
   */
  signIn(account: string, address: string): Promise<Ticket>
  readonly clientSecret: {
    /** Counts a wrong secret. Seconds to wait; 0 when the answer may still be an ordinary refusal. */
    failed(clientId: string, address: string): Promise<number>
  }
}

const minute = 60
const day = 86_400

/** NIST SP 800-63B 5.2.2 allows 100 failures in a row; from the fifth on, each doubles the wait. */
const freeTries = 5
const longestWait = 15 * minute
const stopAfter = 100
const triesByAddress = 20
const wrongSecrets = 10
const maxKeys = 100_000

/**
 * The brakes of one process, in its memory.
 * @param now epoch seconds
 */
export function createThrottle({ now }: { now: () => number }): Throttle {
  const addresses = createTally(minute, now)
  const secrets = createTally(minute, now)
  const accounts = createTally(day, now)

  return {
    async signIn(account, address) {
      const closed = accounts.closedFor(account)
      if (closed > 0) return { allowed: false, retryAfter: closed }
      // Both count before anything is awaited: fifty tries at once are fifty tries.
      const [byAddress, byAccount] = await Promise.all([addresses.take(address), accounts.take(account)])
      const returned = () => {
        byAddress.giveBack()
        byAccount.giveBack()
      }
      const wait = Math.max(
        accounts.closedFor(account),
        byAddress.count > triesByAddress ? addresses.remaining() : 0,
      )
      if (wait > 0) {
        returned()
        return { allowed: false, retryAfter: wait }
      }
      accounts.close(account, byAccount.count >= stopAfter ? accounts.remaining() : backOff(byAccount.count))
      return {
        allowed: true,
        returned() {
          returned()
          accounts.close(account, 0)
        },
        succeeded() {
          byAddress.giveBack()
          accounts.forget(account)
        },
      }
    },
    clientSecret: {
      async failed(clientId, address) {
        // Hashed, because the name may be anything: kept as it came, 60 KiB a guess would fill the memory.
        const { count } = await secrets.take(hash('sha256', `${clientId} ${address}`, 'base64url'))
        return count > wrongSecrets ? secrets.remaining() : 0
      },
    },
  }
}

/** Seconds to wait after so many tries in a row: 1 after the fifth, then doubling. */
function backOff(tries: number): number {
  return tries < freeTries ? 0 : Math.min(2 ** (tries - freeTries), longestWait)
}

/**
 * Counts by key in windows of the server's clock. The library's own windows follow the process's clock and
 * hold a timer per key, so its limiters only count here: each window has a new one, without expiry, and the
 * old one goes as a whole. Beyond `maxKeys` a window ends early; filling it costs more password hashing
 * than the few tries that it wins back.
 */
function createTally(seconds: number, now: () => number) {
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
