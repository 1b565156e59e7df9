// Holds the brakes on guessing to their numbers, on a clock that the test moves, over two nodes that take turns.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createThrottle, type Throttle, type Ticket } from '../../src/http/throttle.js'
import { type Opened, raceKinds } from '../support/stores.js'

const noon = 1_800_014_400 // 12:00:00 UTC, so that neither a minute nor a day ends by itself
let time = noon
let opened: Opened
let throttle: Throttle

/** Nothing is kept beside the store, so whichever of the two is asked, it is one budget (MN03). */
function twoNodes(): Throttle {
  const { tallies } = opened.store
  const nodes = [1, 2].map(() => createThrottle({ tallies, now: () => time, random: randomBytes }))
  let turn = 0
  const node = () => nodes[turn++ % 2] as Throttle
  return {
    attempt: (account, address) => node().attempt(account, address),
    clientSecret: { failed: (clientId, address) => node().clientSecret.failed(clientId, address) },
    registration: (address) => node().registration(address),
    unproven: (address) => node().unproven(address),
    mail: (address, recipient) => node().mail(address, recipient),
    userCode: (address) => node().userCode(address),
    mailTo: (account) => node().mailTo(account),
  }
}

/** How many counts there were: all are over and gone. */
function forgetAll(): Promise<number> {
  return opened.store.sweep(noon + 30 * 86_400, 100_000)
}

describe.each(raceKinds)('on $name', ({ name, open }) => {
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.dispose())
  beforeEach(async () => {
    time = noon
    await forgetAll()
    throttle = twoNodes()
  })

  const waits = (ticket: Ticket) => (ticket.allowed ? 0 : ticket.retryAfter)

  /** Wrong passwords from as many addresses, so that only the account's brake is felt. */
  async function fail(account: string, times: number): Promise<number[]> {
    const seen: number[] = []
    for (let i = 0; i < times; i++) seen.push(waits(await throttle.attempt(account, `address ${time} ${i}`)))
    return seen
  }

  describe('user codes of devices (DV01)', () => {
    const guess = async (address: string) => {
      const ticket = await throttle.userCode(address)
      return ticket.allowed ? (ticket.last ? 'last' : 0) : ticket.retryAfter
    }

    it('are guessed five times a minute from an address, also all at once', async () => {
      const seen = await Promise.all(Array.from({ length: 50 }, () => guess('one')))
      expect(seen.filter((wait) => wait === 0)).toHaveLength(5)
      time += 59
      expect(await guess('one')).toBe(1)
      expect(await guess('other')).toBe(0)
      time += 1
      expect(await guess('one')).toBe(0)
    })

    it('are guessed a hundred times a minute from everywhere, and the last of them is told once', async () => {
      for (let i = 1; i < 100; i++) expect(await guess(`${i}`)).toBe(0)
      expect(await guess('100')).toBe('last')
      expect(await guess('101')).toBe(60)
      time += 60
      expect(await guess('101')).toBe(0)
    })

    it('cost nothing when they are right', async () => {
      for (let i = 0; i < 120; i++) {
        const ticket = await throttle.userCode('one')
        if (!ticket.allowed) throw new Error(`refused at ${i}`)
        await ticket.right()
      }
      expect(await guess('one')).toBe(0)
    })
  })

  describe('an account', () => {
    it('has five tries, then waits of 1 s doubling to 15 minutes', async () => {
      expect(await fail('ada', 6)).toEqual([0, 0, 0, 0, 0, 1])
      for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
        time += wait - 1
        expect(await fail('ada', 1)).toEqual([1])
        time += 1
        expect(await fail('ada', 1)).toEqual([0])
      }
    })

    it('stops for the rest of the day after a hundred tries', async () => {
      time = noon - 12 * 3600
      for (let tries = 0; tries < 99; ) {
        if (waits(await throttle.attempt('ada', `a ${tries}`)) === 0) tries += 1
        else time += 900
      }
      time += 900
      const left = noon + 12 * 3600 - time
      if (left <= 0) throw new Error('the day was too short for this test')
      expect(await fail('ada', 1)).toEqual([0])
      expect(await fail('ada', 1)).toEqual([left])
      time += left - 1
      expect(await fail('ada', 1)).toEqual([1])
      time += 1
      expect(await fail('ada', 1)).toEqual([0])
    })

    it('counts parallel tries one by one', async () => {
      const tickets = await Promise.all(
        Array.from({ length: 50 }, (_, i) => throttle.attempt('ada', `a ${i}`)),
      )
      expect(tickets.filter(({ allowed }) => allowed)).toHaveLength(5)
      time += 1
      const again = await Promise.all(Array.from({ length: 50 }, (_, i) => throttle.attempt('ada', `b ${i}`)))
      expect(again.filter(({ allowed }) => allowed)).toHaveLength(1)
    })

    it('forgets its failures when the password was right, and only its own', async () => {
      await fail('bob', 5)
      await fail('ada', 4)
      const ticket = await throttle.attempt('ada', 'x')
      if (!ticket.allowed) throw new Error('refused')
      await ticket.succeeded()
      expect(await fail('ada', 5)).toEqual([0, 0, 0, 0, 0])
      expect(await fail('bob', 1)).toEqual([1])
    })

    it('gets a try back that was never judged', async () => {
      await fail('ada', 4)
      for (let i = 0; i < 10; i++) {
        const ticket = await throttle.attempt('ada', 'x')
        if (!ticket.allowed) throw new Error('refused')
        await ticket.returned()
      }
      expect(await fail('ada', 2)).toEqual([0, 1])
    })
  })

  /** A ticket that must be given. */
  async function ticketFor(account: string, address = 'x') {
    const ticket = await throttle.attempt(account, address)
    if (!ticket.allowed) throw new Error(`refused for ${ticket.retryAfter} s`)
    return ticket
  }

  /** Seconds until so many wrong codes have been tried as fast as it goes. */
  async function secondsFor(codes: number, first: () => Promise<void>): Promise<number> {
    const start = time
    for (let tried = 0; tried < codes; ) {
      await first()
      const wait = waits(await throttle.attempt('ada', `a ${time} ${tried}`))
      if (wait === 0) tried += 1
      else time += wait
    }
    return time - start
  }

  describe('whoever knows the password but not the second factor (SE05)', () => {
    const rightPassword = async () => {
      const ticket = await throttle.attempt('ada', 'x')
      if (ticket.allowed) await ticket.returned()
    }

    it('wins nothing by giving the right one between the codes', async () => {
      const alone = await secondsFor(50, async () => {})
      await forgetAll()
      time = noon
      const between = await secondsFor(50, rightPassword)
      expect(between).toBe(alone)
      expect(alone).toBeGreaterThan(8 * 3600)
    })

    it('opens nothing with a right password that was begun before the codes failed', async () => {
      const begun = await ticketFor('ada')
      await fail('ada', 4)
      expect(await fail('ada', 1)).toEqual([1])
      await begun.returned()
      expect(await fail('ada', 1)).toEqual([1])
      time += 1
      expect(await fail('ada', 2)).toEqual([0, 1])
    })

    it('opens nothing with one that is judged when a later failure has closed it again', async () => {
      await fail('ada', 5)
      time += 1
      const slow = await ticketFor('ada')
      time += 2
      expect(await fail('ada', 1)).toEqual([0])
      await slow.returned()
      expect(await fail('ada', 1)).toEqual([4])
    })

    it('is stopped for the day after a hundred codes all the same, and opens nothing then', async () => {
      time = noon - 12 * 3600
      await secondsFor(99, rightPassword)
      time += 900
      await rightPassword()
      const left = noon + 12 * 3600 - time
      expect(left).toBeGreaterThan(0)
      expect(await fail('ada', 1)).toEqual([0])
      await rightPassword()
      expect(await fail('ada', 1)).toEqual([left])
    })

    it('wins no tries from one that is judged after the owner has signed in', async () => {
      const slow = [await ticketFor('ada'), await ticketFor('ada'), await ticketFor('ada')]
      const owner = await ticketFor('ada', 'home')
      await owner.succeeded()
      for (const ticket of slow) await ticket.returned()
      expect(await fail('ada', 6)).toEqual([0, 0, 0, 0, 0, 1])
    })
  })

  describe('an address', () => {
    it('has twenty failures a minute, over all accounts', async () => {
      time = noon + 20
      const seen: number[] = []
      for (let i = 0; i < 22; i++) seen.push(waits(await throttle.attempt(`account ${i}`, 'here')))
      expect(seen).toEqual([...Array(20).fill(0), 40, 40])
      expect(waits(await throttle.attempt('account 99', 'elsewhere'))).toBe(0)
      time += 40
      expect(waits(await throttle.attempt('account 20', 'here'))).toBe(0)
    })

    it('does not spend the tries of an account that it was not allowed to try', async () => {
      for (let i = 0; i < 20; i++) await throttle.attempt(`account ${i}`, 'here')
      for (let i = 0; i < 50; i++) await throttle.attempt('ada', 'here')
      expect(await fail('ada', 6)).toEqual([0, 0, 0, 0, 0, 1])
    })

    it('writes nothing for accounts that it may not try', async () => {
      await fail('ada', 7)
      const left = waits(await throttle.attempt('ada', 'y'))
      expect(left).toBeGreaterThan(0)
      for (let i = 0; i < 1000; i++) await throttle.attempt(`account ${i}`, 'here')
      expect(waits(await throttle.attempt('ada', 'y'))).toBe(left)
      // The account, the five addresses that tried it, this address, and the twenty that it may try.
      expect(await forgetAll()).toBe(27)
    })

    it('is not charged for people who sign in', async () => {
      for (let i = 0; i < 60; i++) {
        const ticket = await throttle.attempt(`account ${i}`, 'office')
        if (!ticket.allowed) throw new Error('refused')
        await ticket.succeeded()
      }
    })
  })

  describe('client secrets (TK19)', () => {
    it('may be wrong ten times a minute from one address', async () => {
      const { clientSecret } = throttle
      const seen = await Promise.all(Array.from({ length: 12 }, () => clientSecret.failed('c', 'here')))
      expect(seen.sort()).toEqual([...Array(10).fill(0), 60, 60])
      expect(await clientSecret.failed('c', 'elsewhere')).toBe(0)
      expect(await clientSecret.failed('d', 'here')).toBe(0)
      time += 60
      expect(await clientSecret.failed('c', 'here')).toBe(0)
    })

    it('under long names count like any others', async () => {
      for (let i = 0; i < 50; i++) await throttle.clientSecret.failed(`${i} ${'x'.repeat(60_000)}`, 'here')
      expect(await throttle.clientSecret.failed(`7 ${'x'.repeat(60_000)}`, 'here')).toBe(0)
    })

    // About keys, whatever keeps them; there it would take seconds.
    it.skipIf(name === 'PostgreSQL')(
      'take a few thousand rows from one address at most, however many names it invents',
      async () => {
        const invented = Array.from({ length: 6000 }, (_, i) => `${i}`)
        await Promise.all(invented.map((id) => throttle.clientSecret.failed(id, 'here')))
        expect(await forgetAll()).toBeLessThanOrEqual(4096)
      },
    )
  })

  it('registers a hundred apps an hour from one address, at once or one by one', async () => {
    const waits = await Promise.all(Array.from({ length: 110 }, () => throttle.registration('192.0.2.7')))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(100)
    expect(await throttle.registration('192.0.2.7')).toBeGreaterThan(0)
    expect(await throttle.registration('192.0.2.8')).toBe(0)
    time += 3600
    expect(await throttle.registration('192.0.2.7')).toBe(0)
  })

  describe('mail that anybody can cause', () => {
    const ask = async (address: string, recipient: string) =>
      (await throttle.mail(address, recipient)).retryAfter

    it('goes to one recipient three times an hour, whoever asks', async () => {
      time = noon + 600
      const seen: number[] = []
      for (let i = 0; i < 5; i++) seen.push(await ask(`address ${i}`, 'ada@example.test'))
      expect(seen).toEqual([0, 0, 0, 3600, 3600])
      expect(await throttle.mail('address 9', 'ada@example.test')).toEqual({
        allowed: false,
        retryAfter: 3600,
      })
      expect(await throttle.mail('address 9', 'bob@example.test')).toEqual({ allowed: true, retryAfter: 0 })
      time += 3599
      expect(await ask('address 1', 'ada@example.test')).toBe(1)
      time += 1
      expect(await ask('address 1', 'ada@example.test')).toBe(0)
    })

    it('goes out three times in any hour: a new hour of the clock brings no new ones', async () => {
      const seen: number[] = []
      for (const minute of [50, 58, 59, 61, 109, 110, 111, 118, 119]) {
        time = noon + minute * 60
        seen.push(await ask(`address ${minute}`, 'ada@example.test'))
      }
      const [at61, at109, at111] = [49, 1, 7].map((minutes) => minutes * 60)
      expect(seen).toEqual([0, 0, 0, at61, at109, 0, at111, 0, 0])
    })

    it('is forgotten when its hour is over, and remembered however many others ask', async () => {
      for (let i = 0; i < 3; i++) await ask(`address ${i}`, 'ada@example.test')
      for (let i = 0; i < 100; i++) await ask(`other ${i}`, `${i}@example.test`)
      expect(await ask('here', 'ada@example.test')).toBe(3600)
      time += 3600
      expect(await ask('here', 'ada@example.test')).toBe(0)
    })

    it('goes out to one account three times in an hour, whatever was typed', async () => {
      const sent = await Promise.all([1, 2, 3, 4].map(() => throttle.mailTo('user u_1')))
      expect(sent.filter(Boolean)).toHaveLength(3)
      expect(await throttle.mailTo('user u_2')).toBe(true)
      time += 3600
      expect(await throttle.mailTo('user u_1')).toBe(true)
    })

    it('is caused by one address ten times an hour, at once or one by one', async () => {
      const asked = await Promise.all(Array.from({ length: 50 }, (_, i) => ask('here', `${i}@example.test`)))
      expect(asked.filter((wait) => wait === 0)).toHaveLength(10)
      expect(await ask('here', 'late@example.test')).toBe(3600)
      expect(await ask('elsewhere', 'late@example.test')).toBe(0)
    })

    it('cannot be kept from others by asking when it is refused anyway', async () => {
      for (let i = 0; i < 10; i++) await ask('here', `${i}@example.test`)
      for (let i = 0; i < 20; i++) expect(await ask('here', 'ada@example.test')).toBe(3600)
      expect(await ask('home', 'ada@example.test')).toBe(0)
    })

    it('is not charged to the address when it did not go out', async () => {
      for (let i = 0; i < 3; i++) await ask(`address ${i}`, 'ada@example.test')
      for (let i = 0; i < 20; i++) await ask('here', 'ada@example.test')
      expect(await ask('here', 'bob@example.test')).toBe(0)
    })
  })
})
