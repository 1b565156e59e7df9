// Owns the brakes: on guessing by account and by address, on client secrets, on mail that anybody can cause.
import { hash } from 'node:crypto'
import { createRation } from './ration.js'
import { createTally } from './tally.js'

/** One try at a password or a code, taken before it is looked at. Unless it is told how it went, it has failed. */
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
  /**
   * Whether another mail that anybody can cause may be asked for. One that is refused is charged to nobody.
   * @param address of who asks for it, as addressKey gives it
   * @param recipient what was typed, one key for every spelling
   */
  mail(
    address: string,
    recipient: string,
  ): Promise<{ readonly allowed: boolean /** Seconds, 0 if allowed. */; readonly retryAfter: number }>
  /**
   * Whether it goes out, too: counted by account, whichever of its names was typed. Told to nobody, for then it would
   * tell that two names are one account's (SE04).
   */
  mailTo(account: string): Promise<boolean>
}

const minute = 60
const hour = 3600
const day = 86_400

/** NIST SP 800-63B 5.2.2 allows 100 failures in a row; from the fifth on, each doubles the wait. */
const freeTries = 5
const longestWait = 15 * minute
const stopAfter = 100
const triesByAddress = 20
const wrongSecrets = 10
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
  const recipients = createRation(mailsToRecipient, hour, now)
  const readers = createRation(mailsToRecipient, hour, now)
  const askers = createRation(mailsFromAddress, hour, now)

  return {
    async attempt(account, address) {
      const closed = accounts.closedFor(account)
      if (closed > 0) return { allowed: false, retryAfter: closed }
      // Each counts before anything is awaited: fifty tries at once are fifty tries. The address comes first, so
      // that one address cannot fill the memory with accounts that it may not even try.
      const byAddress = await addresses.take(address)
      if (byAddress.count > triesByAddress) {
        byAddress.giveBack()
        return { allowed: false, retryAfter: addresses.remaining() }
      }
      const byAccount = await accounts.take(account)
      const giveBack = () => {
        byAddress.giveBack()
        byAccount.giveBack()
      }
      const closedMeanwhile = accounts.closedFor(account)
      if (closedMeanwhile > 0) {
        giveBack()
        return { allowed: false, retryAfter: closedMeanwhile }
      }
      const wait = byAccount.count >= stopAfter ? accounts.remaining() : backOff(byAccount.count)
      const reopen = accounts.close(account, wait)
      return {
        allowed: true,
        returned() {
          giveBack()
          reopen()
        },
        succeeded() {
          byAddress.giveBack()
          accounts.forget(account)
        },
      }
    },
    clientSecret: {
      async failed(clientId, address) {
        const { count } = await secrets.take(digest(`${clientId} ${address}`))
        return count > wrongSecrets ? secrets.remaining() : 0
      },
    },
    async mail(address, recipient) {
      const to = digest(recipient)
      const retryAfter = Math.max(askers.wait(address), recipients.wait(to))
      if (retryAfter > 0) return { allowed: false, retryAfter }
      askers.take(address)
      recipients.take(to)
      return { allowed: true, retryAfter }
    },
    async mailTo(account) {
      const reader = digest(account)
      if (readers.wait(reader) > 0) return false
      readers.take(reader)
      return true
    },
  }
}

/** What may be anything is hashed: kept as it came, 60 KiB a request would fill the memory. */
function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** Seconds to wait after so many tries in a row: 1 after the fifth, then doubling. */
function backOff(tries: number): number {
  return tries < freeTries ? 0 : Math.min(2 ** (tries - freeTries), longestWait)
}
