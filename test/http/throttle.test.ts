// Holds the brakes on guessing to their numbers, on a clock that the test moves, over two nodes that take turns.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createThrottle, type Judged, type Throttle } from '../../src/http/throttle.js'
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
    attempt: (account, address, judge) => node().attempt(account, address, judge),
    clientSecret: { failed: (clientId, address) => node().clientSecret.failed(clientId, address) },
    registration: (address) => node().registration(address),
    mail: (address, recipient) => node().mail(address, recipient),
    userCode: (address, judge) => node().userCode(address, judge),
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

  type Outcome = Judged<unknown>['outcome']

  /** Seconds to wait before an attempt, or 0 if it was judged. */
  async function attempt(account: string, address: string, outcome: Outcome = 'wrong'): Promise<number> {
    const attempted = await throttle.attempt(account, address, async () => ({ outcome, value: undefined }))
    return attempted.allowed ? 0 : attempted.retryAfter
  }

  /** Begins an attempt that must be allowed, and is judged when the test says so. */
  function begin(account: string, address = 'x'): Promise<{ judge(outcome: Outcome): Promise<void> }> {
    return new Promise((resolve, reject) => {
      let say: (outcome: Outcome) => void = () => {}
      const outcome = new Promise<Outcome>((resolve) => {
        say = resolve
      })
      const ended = throttle.attempt(account, address, async () => {
        resolve({
          async judge(outcome) {
            say(outcome)
            await ended
          },
        })
        return { outcome: await outcome, value: undefined }
      })
      ended.then(({ allowed }) => allowed || reject(new Error('refused')), reject)
    })
  }

  /** Wrong passwords from as many addresses, so that only the account's brake is felt. */
  async function fail(account: string, times: number): Promise<number[]> {
    const seen: number[] = []
    for (let i = 0; i < times; i++) seen.push(await attempt(account, `address ${time} ${i}`))
    return seen
  }

  describe('user codes of devices (DV01)', () => {
    const guess = async (address: string, outcome: Outcome = 'wrong') => {
      const attempted = await throttle.userCode(address, async (last) => ({ outcome, value: last }))
      return attempted.allowed ? (attempted.value ? 'last' : 0) : attempted.retryAfter
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

    it('are guessed no more often between right ones', async () => {
      for (let i = 0; i < 4; i++) expect(await guess('one')).toBe(0)
      expect(await guess('one', 'right')).toBe(0)
      expect(await guess('one')).toBe(0)
      expect(await guess('one')).toBe(60)
    })

    it('cost nothing when they are right', async () => {
      for (let i = 0; i < 120; i++) expect(await guess('one', 'right')).toBe(0)
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
        if ((await attempt('ada', `a ${tries}`)) === 0) tries += 1
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

    it('EN05: counts fifty wrong attempts at once as fifty', async () => {
      const atOnce = (name: string) =>
        Promise.all(Array.from({ length: 50 }, (_, i) => attempt('ada', `${name} ${i}`)))
      expect((await atOnce('a')).filter((wait) => wait === 0)).toHaveLength(5)
      expect((await atOnce('b')).filter((wait) => wait === 0)).toHaveLength(0)
      time += 1
      expect((await atOnce('c')).filter((wait) => wait === 0)).toHaveLength(1)
    })

    it('EN05: refuses none of fifty right attempts at once, from one address or from many', async () => {
      const many = Array.from({ length: 50 }, (_, i) => attempt('ada', `home ${i}`, 'right'))
      expect(await Promise.all(many)).toEqual(Array(50).fill(0))
      const one = Array.from({ length: 50 }, () => attempt('ada', 'home', 'right'))
      expect(await Promise.all(one)).toEqual(Array(50).fill(0))
    })

    it('EN05: lets a right attempt wait for those in flight, and no longer', async () => {
      await fail('ada', 3)
      const begun = [await begin('ada', 'a'), await begin('ada', 'b')]
      let waited: number | undefined
      const waiting = attempt('ada', 'home', 'right').then((wait) => {
        waited = wait
      })
      await begun[0]?.judge('wrong')
      expect(waited).toBeUndefined()
      await begun[1]?.judge('unjudged')
      await waiting
      expect(waited).toBe(0)
    })

    it('EN05: refuses at once where nothing is in flight, also when a node has died in the middle', async () => {
      await fail('ada', 4)
      await begin('ada')
      time += 1
      expect(await fail('ada', 1)).toEqual([0])
      time += 10
      expect(await fail('ada', 2)).toEqual([0, 4])
    })

    it('forgets its failures when the password was right, and only its own', async () => {
      await fail('bob', 5)
      await fail('ada', 4)
      expect(await attempt('ada', 'x', 'right')).toBe(0)
      expect(await fail('ada', 5)).toEqual([0, 0, 0, 0, 0])
      expect(await fail('bob', 1)).toEqual([1])
    })

    it('gets an attempt back that was never judged', async () => {
      await fail('ada', 4)
      for (let i = 0; i < 10; i++) expect(await attempt('ada', 'x', 'unjudged')).toBe(0)
      expect(await fail('ada', 2)).toEqual([0, 1])
    })

    it('counts an attempt whose judgement has failed', async () => {
      const broken = () => throttle.attempt('ada', 'x', () => Promise.reject(new Error('the disk is full')))
      for (let i = 0; i < 5; i++) await expect(broken()).rejects.toThrow('the disk is full')
      expect(await fail('ada', 1)).toEqual([1])
    })
  })

  /** Seconds until so many wrong codes have been tried as fast as it goes. */
  async function secondsFor(codes: number, first: () => Promise<void>): Promise<number> {
    const start = time
    for (let tried = 0; tried < codes; ) {
      await first()
      const wait = await attempt('ada', `a ${time} ${tried}`)
      if (wait === 0) tried += 1
      else time += wait
    }
    return time - start
  }

  describe('an attempt that is not judged (SE05)', () => {
    const rightPassword = async () => {
      await attempt('ada', 'x', 'unjudged')
    }

    it('wins nothing between wrong ones', async () => {
      const alone = await secondsFor(50, async () => {})
      await forgetAll()
      time = noon
      const between = await secondsFor(50, rightPassword)
      expect(between).toBe(alone)
      expect(alone).toBeGreaterThan(8 * 3600)
    })

    it('opens nothing if it was begun before the others failed', async () => {
      const begun = await begin('ada')
      await fail('ada', 4)
      const waiting = fail('ada', 1)
      await begun.judge('unjudged')
      expect(await waiting).toEqual([1])
      expect(await fail('ada', 1)).toEqual([1])
      time += 1
      expect(await fail('ada', 2)).toEqual([0, 1])
    })

    it('opens nothing if it ends when a later failure has closed it again', async () => {
      await fail('ada', 5)
      time += 1
      const slow = await begin('ada')
      time += 2
      expect(await fail('ada', 1)).toEqual([0])
      await slow.judge('unjudged')
      expect(await fail('ada', 1)).toEqual([4])
    })

    it('opens nothing after a hundred wrong ones either', async () => {
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

    it('wins nothing if it ends after the owner has signed in', async () => {
      const slow = [await begin('ada'), await begin('ada'), await begin('ada')]
      expect(await attempt('ada', 'home', 'right')).toBe(0)
      for (const begun of slow) await begun.judge('unjudged')
      expect(await fail('ada', 6)).toEqual([0, 0, 0, 0, 0, 1])
    })
  })

  describe('an address', () => {
    it('has twenty failures a minute, over all accounts', async () => {
      time = noon + 20
      const seen: number[] = []
      for (let i = 0; i < 22; i++) seen.push(await attempt(`account ${i}`, 'here'))
      expect(seen).toEqual([...Array(20).fill(0), 40, 40])
      expect(await attempt('account 99', 'elsewhere')).toBe(0)
      time += 40
      expect(await attempt('account 20', 'here')).toBe(0)
    })

    it('does not spend the tries of an account that it was not allowed to try', async () => {
      for (let i = 0; i < 20; i++) await attempt(`account ${i}`, 'here')
      for (let i = 0; i < 50; i++) await attempt('ada', 'here')
      expect(await fail('ada', 6)).toEqual([0, 0, 0, 0, 0, 1])
    })

    it('writes nothing for accounts that it may not try', async () => {
      await fail('ada', 7)
      const left = await attempt('ada', 'y')
      expect(left).toBeGreaterThan(0)
      for (let i = 0; i < 1000; i++) await attempt(`account ${i}`, 'here')
      expect(await attempt('ada', 'y')).toBe(left)
      // The account, the five addresses that tried it, this address, and the twenty that it may try.
      expect(await forgetAll()).toBe(27)
    })

    it('is not charged for people who sign in', async () => {
      for (let i = 0; i < 60; i++) {
        expect(await attempt(`account ${i}`, 'office', 'right')).toBe(0)
      }
    })

    it('EN05: keeps its failures when somebody signs in there, who may be the guesser', async () => {
      for (let i = 0; i < 19; i++) await attempt(`account ${i}`, 'here')
      expect(await attempt('mallory', 'here', 'right')).toBe(0)
      expect(await attempt('ada', 'here')).toBe(0)
      expect(await attempt('ada', 'here')).toBe(60)
      expect(await attempt('mallory', 'here', 'right')).toBe(60)
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
