// Owns the brakes: on guessing by account and by address, on client secrets, on mail that anybody can cause.
import { hash } from 'node:crypto'
import type { Tallies, Tally } from '../store/store.js'
import { createAttemptQueue } from './attempt-queue.js'
import { createRation } from './ration.js'

/** What came of an attempt: whether it was right, or was not judged and therefore does not count. */
export type Judged<T> = { readonly outcome: 'right' | 'wrong' | 'unjudged'; readonly value: T }

/** An attempt that may not be made yet, or what judging it has returned. */
export type Attempted<T> =
  | { readonly allowed: false /** Seconds. */; readonly retryAfter: number }
  | { readonly allowed: true; readonly value: T }

export type Throttle = {
  /**
   * An attempt at a credential. It counts before `judge` looks at it, so that fifty at once are fifty; a right one
   * then forgets the failures of the account and gives the address its attempt back. Where only attempts that are
   * being judged are in the way it waits for them, so that right ones that come together are not taken for guesses.
   * One limit over every page (SE05).
   * @param account one key for every spelling of an account (SE05), and one for each time its credential is set; a
   * browser that has signed in to it before brings a key of its own, and so passes when others have used the
   * account's attempts up (SE07)
   * @param address as addressKey gives it
   */
  attempt<T>(account: string, address: string, judge: () => Promise<Judged<T>>): Promise<Attempted<T>>
  readonly clientSecret: {
    /** Counts a wrong secret. Seconds to wait; 0 when the answer may still be an ordinary refusal. */
    failed(clientId: string, address: string): Promise<number>
  }
  /** Counts a registration of an app. Seconds to wait; 0 if it may go on. */
  registration(address: string): Promise<number>
  /**
   * An attempt at the user code of a device (RFC 8628 5.1), counted like `attempt`: by address, and over all so that
   * many addresses are no way around. A right one is charged to nobody.
   * @param judge is told whether this attempt is the last for now of all addresses together
   */
  userCode<T>(address: string, judge: (last: boolean) => Promise<Judged<T>>): Promise<Attempted<T>>
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
const mailsToRecipient = { limit: 3, seconds: hour }
const mailsFromAddress = { limit: 10, seconds: hour }
/** An address can invent names without end; so many rows a minute are enough to keep those of others apart. */
const clientsApart = 4096

/** Seconds after which an attempt is taken as judged, whatever became of its node. */
const judgedWithin = 10

type Budget = { readonly window: number; readonly limit: number } & Partial<typeof accounts>
/** A count that an attempt is taken from; a right one forgets all failures, or gives this one back. */
type Count = { readonly key: string; readonly budget: Budget; readonly forgets?: boolean }

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
  const queue = createAttemptQueue()
  const life = () => random(9).toString('base64url')
  const ration = (rule: typeof mailsToRecipient) => createRation(tallies, { ...rule, now, life })
  const recipients = ration(mailsToRecipient)
  const readers = ration(mailsToRecipient)
  const askers = ration(mailsFromAddress)

  /** Seconds for which the key is closed, or has used up its limit, and whether that may still change. */
  async function stateOf(key: string, limit: number): Promise<{ closedFor: number; inFlight: boolean }> {
    const found = await tallies.find(key)
    if (!found || found.expiresAt <= now()) return { closedFor: 0, inFlight: false }
    const closedFor = Math.max(0, (found.count < limit ? found.openAt : found.expiresAt) - now())
    return { closedFor, inFlight: found.inFlight > 0 && found.inFlightUntil > now() }
  }

  /** Taken, or the seconds to wait. */
  async function take(key: string, budget: Budget): Promise<Tally | number> {
    // Who lost a race that is forgotten already may come again at once.
    return (await tryTake(key, budget)) ?? Math.max(1, (await stateOf(key, budget.limit)).closedFor)
  }

  function tryTake(key: string, { window, ...rule }: Budget, judgedBy?: number): Promise<Tally | undefined> {
    const until = now() - (now() % window) + window
    const judged = judgedBy === undefined ? {} : { judgedBy }
    return tallies.take(key, { ...rule, now: now(), until, life: life(), ...judged })
  }

  /** Taken for an attempt, after waiting for those in flight, or the seconds to wait. */
  async function takeInTurn({ key, budget }: Count): Promise<Tally | number> {
    const taken = await queue.run(key, async () => {
      const taken = await tryTake(key, budget, now() + judgedWithin)
      if (taken) return taken
      const { closedFor, inFlight } = await stateOf(key, budget.limit)
      // Open again by now: what was in the way has just been given back.
      return inFlight || closedFor === 0 ? 'wait' : closedFor
    })
    return taken ?? Math.max(1, (await stateOf(key, budget.limit)).closedFor)
  }

  async function settle(taken: Tally, outcome: Judged<unknown>['outcome'], forgets = false): Promise<void> {
    try {
      if (outcome === 'wrong') await tallies.failed(taken)
      else if (outcome === 'right' && forgets) await tallies.forget(taken.key)
      else await tallies.giveBack(taken)
    } finally {
      queue.judged(taken.key)
    }
  }

  /** All that attempts have in common; those counts come first that strangers share with the fewest. */
  async function attempt<T>(
    counts: readonly Count[],
    judge: (taken: readonly Tally[]) => Promise<Judged<T>>,
  ): Promise<Attempted<T>> {
    // Asked before anything is counted: who may not try writes nothing.
    for (const { key, budget } of counts) {
      const { closedFor, inFlight } = await stateOf(key, budget.limit)
      if (closedFor > 0 && !inFlight) return { allowed: false, retryAfter: closedFor }
    }
    const taken: Tally[] = []
    for (const count of counts) {
      const one = await takeInTurn(count)
      if (typeof one === 'number') {
        for (const before of taken) await settle(before, 'unjudged')
        return { allowed: false, retryAfter: one }
      }
      taken.push(one)
    }
    // What fails in the middle counts: it may have been looked at.
    let outcome: Judged<T>['outcome'] = 'wrong'
    try {
      const judged = await judge(taken)
      outcome = judged.outcome
      return { allowed: true, value: judged.value }
    } finally {
      for (const [i, one] of taken.entries()) await settle(one, outcome, counts[i]?.forgets)
    }
  }

  return {
    attempt(account, address, judge) {
      // The address comes first, so that one address cannot fill the table with accounts that it may not even try.
      const byAddress = { key: digest('address', address), budget: { window: minute, ...addresses } }
      const byAccount = {
        key: digest('account', account),
        budget: { window: day, ...accounts },
        forgets: true,
      }
      return attempt([byAddress, byAccount], judge)
    },
    clientSecret: {
      async failed(clientId, address) {
        const name = Number.parseInt(hash('sha256', clientId, 'hex').slice(0, 8), 16) % clientsApart
        const key = digest('secret', `${name} ${address}`)
        const { closedFor } = await stateOf(key, secrets.limit)
        if (closedFor > 0) return closedFor
        const taken = await take(key, { window: minute, ...secrets })
        return typeof taken === 'number' ? taken : 0
      },
    },
    async registration(address) {
      const taken = await take(digest('registration', address), { window: hour, ...registrations })
      return typeof taken === 'number' ? taken : 0
    },
    userCode(address, judge) {
      const byAddress = {
        key: digest('user code', address),
        budget: { window: minute, ...userCodesOfAddress },
      }
      const overAll = { key: digest('user code', 'all'), budget: { window: minute, ...userCodes } }
      return attempt([byAddress, overAll], (taken) => judge(taken[1]?.count === userCodes.limit))
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
