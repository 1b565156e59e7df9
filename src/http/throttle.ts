// Owns the brakes: on guessing by account and by address, on client secrets, on mail that anybody can cause.
import { hash } from 'node:crypto'
import type { Tallies, Tally } from '../store/store.js'
import { createRation } from './ration.js'

/** One try at a password or a code, taken before it is looked at. Unless it is told how it went, it has failed. */
export type Ticket =
  | { readonly allowed: false /** Seconds. */; readonly retryAfter: number }
  | {
      readonly allowed: true
      /** It was right, and all that was asked: forgets the account's failures, gives the address its try back. */
      succeeded(): Promise<void>
      /**
       * The try does not count, and what failed before still does: nothing was looked at, or a password was right
       * whose second factor can still be guessed.
       */
      returned(): Promise<void>
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
  /** Counts a registration of an app. Seconds to wait; 0 if it may go on. */
  registration(address: string): Promise<number>
  /** Counts a request that is kept, of a client that has not proven who it is. Seconds to wait; 0 if it may go on. */
  unproven(address: string): Promise<number>
  /**
   * A guess at the user code of a device (RFC 8628 5.1), taken before it is looked at: by address, and over all so that
   * many addresses are no way around.
   */
  userCode(address: string): Promise<
    | { readonly allowed: false /** Seconds. */; readonly retryAfter: number }
    | {
        readonly allowed: true
        /** With this one, everybody's guesses together are as many as may be for now. */
        readonly last: boolean
        /** It was right: nobody is charged. */
        right(): Promise<void>
      }
  >
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

/** NIST SP 800-63B 5.2.2 allows 100 failures in a row; from the fifth on, each doubles the wait, up to 15 minutes. */
const accounts = { limit: 100, free: 5, slow: 15, longest: 15 * minute }
const addresses = { limit: 20 }
const secrets = { limit: 10 }
/** A service that many people use registers from few addresses, each time anew. */
const registrations = { limit: 100 }
/** A hundred guesses a minute, without end, meet one of a hundred live codes once in five years. */
const userCodes = { limit: 100 }
const userCodesOfAddress = { limit: 5 }
const unprovenRequests = { limit: 60 }
const mailsToRecipient = { limit: 3, seconds: hour }
const mailsFromAddress = { limit: 10, seconds: hour }
/** An address can invent names without end; so many rows a minute are enough to keep those of others apart. */
const clientsApart = 4096

type Budget = { readonly window: number; readonly limit: number } & Partial<typeof accounts>

/**
 * The brakes, one budget for all nodes (MN03): what they count stands in the database.
 * @param now epoch seconds
 */
export function createThrottle({
  tallies,
  now,
  random,
}: {
  tallies: Tallies
  now: () => number
  random: (bytes: number) => Buffer
}): Throttle {
  const life = () => random(9).toString('base64url')
  const ration = (rule: typeof mailsToRecipient) => createRation(tallies, { ...rule, now, life })
  const recipients = ration(mailsToRecipient)
  const readers = ration(mailsToRecipient)
  const askers = ration(mailsFromAddress)

  /** Seconds for which the key is closed, or has used up its limit. */
  async function closedFor(key: string, limit: number): Promise<number> {
    const found = await tallies.find(key)
    if (!found || found.expiresAt <= now()) return 0
    return Math.max(0, (found.count < limit ? found.openAt : found.expiresAt) - now())
  }

  /** Taken, or the seconds to wait. */
  async function take(key: string, { window, ...rule }: Budget): Promise<Tally | number> {
    const until = now() - (now() % window) + window
    const taken = await tallies.take(key, { ...rule, now: now(), until, life: life() })
    // Who lost a race that is forgotten already may come again at once.
    return taken ?? Math.max(1, await closedFor(key, rule.limit))
  }

  return {
    async attempt(account, address) {
      const [person, place] = [digest('account', account), digest('address', address)]
      // Asked before anything is counted: who may not try writes nothing.
      const closed = (await closedFor(person, accounts.limit)) || (await closedFor(place, addresses.limit))
      if (closed > 0) return { allowed: false, retryAfter: closed }
      // Each counts before the password is looked at: fifty tries at once are fifty tries. The address comes first, so
      // that one address cannot fill the table with accounts that it may not even try.
      const byAddress = await take(place, { window: minute, ...addresses })
      if (typeof byAddress === 'number') return { allowed: false, retryAfter: byAddress }
      const byAccount = await take(person, { window: day, ...accounts })
      if (typeof byAccount === 'number') {
        await tallies.giveBack(byAddress)
        return { allowed: false, retryAfter: byAccount }
      }
      return {
        allowed: true,
        async returned() {
          await tallies.giveBack(byAddress)
          await tallies.giveBack(byAccount)
        },
        async succeeded() {
          await tallies.giveBack(byAddress)
          await tallies.forget(person)
        },
      }
    },
    clientSecret: {
      async failed(clientId, address) {
        const name = Number.parseInt(hash('sha256', clientId, 'hex').slice(0, 8), 16) % clientsApart
        const key = digest('secret', `${name} ${address}`)
        const closed = await closedFor(key, secrets.limit)
        if (closed > 0) return closed
        const taken = await take(key, { window: minute, ...secrets })
        return typeof taken === 'number' ? taken : 0
      },
    },
    async registration(address) {
      const taken = await take(digest('registration', address), { window: hour, ...registrations })
      return typeof taken === 'number' ? taken : 0
    },
    async unproven(address) {
      const taken = await take(digest('unproven', address), { window: minute, ...unprovenRequests })
      return typeof taken === 'number' ? taken : 0
    },
    async userCode(address) {
      const [place, all] = [digest('user code', address), digest('user code', 'all')]
      const closed =
        (await closedFor(place, userCodesOfAddress.limit)) || (await closedFor(all, userCodes.limit))
      if (closed > 0) return { allowed: false, retryAfter: closed }
      const byAddress = await take(place, { window: minute, ...userCodesOfAddress })
      if (typeof byAddress === 'number') return { allowed: false, retryAfter: byAddress }
      const overAll = await take(all, { window: minute, ...userCodes })
      if (typeof overAll === 'number') {
        await tallies.giveBack(byAddress)
        return { allowed: false, retryAfter: overAll }
      }
      return {
        allowed: true,
        last: overAll.count === userCodes.limit,
        async right() {
          await tallies.giveBack(byAddress)
          await tallies.giveBack(overAll)
        },
      }
    },
    async mail(address, recipient) {
      const [from, to] = [digest('asker', address), digest('recipient', recipient)]
      const [asker, reader] = [await askers(from), await recipients(to)]
      const retryAfter = Math.max(asker.wait, reader.wait)
      if (retryAfter > 0) return { allowed: false, retryAfter }
      const asked = await asker.take()
      if (asked && (await reader.take())) return { allowed: true, retryAfter }
      await asked?.()
      // Somebody else has had the last one meanwhile.
      const waits = [(await askers(from)).wait, (await recipients(to)).wait]
      return { allowed: false, retryAfter: Math.max(1, ...waits) }
    },
    async mailTo(account) {
      const reader = await readers(digest('reader', account))
      return (await reader.take()) !== undefined
    },
  }
}

/** All keys are as long as one another and tell nothing: names and addresses are not kept for having been tried. */
function digest(kind: string, text: string): string {
  return hash('sha256', `${kind} ${text}`, 'base64url')
}
