// Owns the other side of the sign-in ratio: the argon2 library alone, one password after the other in one thread.
import { verifySync } from '@node-rs/argon2'
import { takeJob } from './forked.js'

/** `hash` is one of our server's, and brings its parameters with it. */
export type Hashes = { hash: string; password: string; seconds: number }

takeJob(async ({ hash, password, seconds }: Hashes): Promise<{ perSecond: number }> => {
  const verify = () => {
    if (!verifySync(hash, password)) throw new Error('the password does not match its hash')
  }
  verify()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    verify()
    count++
  }
  return { perSecond: (count * 1000) / (performance.now() - start) }
})
