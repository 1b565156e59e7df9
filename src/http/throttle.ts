// Owns the brakes: on guessing by account and by address, on client secrets, on mail that anybody can cause.
import { hash } from 'node:crypto'
import { createTally } from './tally.js'

/** One try at a password or a code, taken before it is looked at. */
export type Ticket =
  | { readonly allowed: false /** Seconds. */; readonly retryAfter: number }
  | {
      readonly allowed: true
      /** It was right, and all that was asked: forgets the account's failures, gives the address its try back. */
      succeeded(): void
      /**
       * The try does not count, and what failed before still does: nothing was looked at, or a password was right
       * whose second factor can still be guessed.
       */
      returned(): void
    }

export type Throttle = {
  /**
   * One budget over every door, whatever is guessed there (SE05).
   * @param account one key for every spelling of an account (SE05); a browser that has signed in to it before
   * brings a key of its own, and so passes when others have used the account's tries up (SE07)
   * @param address as addressKey gives it
   */
  attempt(account: string, address: string): Promise<Ticket>
  readonly clientSecret: {
    /** Counts a wrong secret. Seconds to wait; 0 when the answer may still be an ordinary refusal. */
    failed(clientId: string, address: string): Promise<number>
  }
  /** Whether another mail may go to a recipient, asked for from an address; seconds to wait if not. */
  mail(address: string, recipient: string): Promise<{ allowed: boolean; retryAfter: number }>
}

const minute = 60
const day = 86_400

/** NIST SP 800-63B 5.2.2 allows 100 failures in a row; from the fifth on, each doubles the wait. */
const freeTries = 5
const longestWait = 15 * minute
const stopAfter = 100
const triesByAddress = 20
const wrongSecrets = 10
const hour = 3600
const mailsToRecipient = 3
const mailsFromAddress = 10

/**
 * The brakes of one process, in its memory.
 * @param now epoch seconds
 */
export function createThrottle({ now }: { now: () => number }): Throttle {
  const addresses = createTally(minute, now)
  const secrets = createTally(minute, now)
  const accounts = createTally(day, now)
  const recipients = createTally(hour, now)
  const askers = createTally(hour, now)

  return {
    async attempt(account, address) {
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
    async mail(address, recipient) {
      const [to, from] = await Promise.all([
        recipients.take(hash('sha256', recipient, 'base64url')),
        askers.take(address),
      ])
      const allowed = to.count <= mailsToRecipient && from.count <= mailsFromAddress
      return { allowed, retryAfter: allowed ? 0 : recipients.remaining() }
    },
  }
}

/** Seconds to wait after so many tries in a row: 1 after the fifth, then doubling. */
function backOff(tries: number): number {
  return tries < freeTries ? 0 : Math.min(2 ** (tries - freeTries), longestWait)
}
