// Owns the load of the sign-in section: people who sign in through the pages, so many at once, again and again.
import { signIn } from './browser.js'
import { takeJob } from './forked.js'

export type SignIns = {
  /** An authorization request to which everybody has consented before. */
  start: string
  /** One for each that runs at once. */
  usernames: string[]
  seconds: number
}

/** Sign-ins from one address that are not answered yet count as failed ones: 20 of them close it. */
const atOneAddress = 10

takeJob(async ({ start, usernames, seconds }: SignIns): Promise<{ perSecond: number }> => {
  const url = new URL(start)
  const end = performance.now() + seconds * 1000
  const finished: number[] = []
  const lane = async (username: string, index: number) => {
    const address = `203.0.113.${1 + Math.floor(index / atOneAddress)}`
    while (performance.now() < end) {
      await signIn(url, username, address)
      finished.push(performance.now())
    }
  }
  await Promise.all(usernames.map(lane))
  // Between the first and the last that all others ran beside: neither the rush in nor the trickle out counts.
  const counted = finished.filter((at) => at <= end)
  const [first, last] = [counted[0], counted.at(-1)]
  if (first === undefined || last === undefined || last === first)
    throw new Error('too few sign-ins to count')
  return { perSecond: ((counted.length - 1) * 1000) / (last - first) }
})
