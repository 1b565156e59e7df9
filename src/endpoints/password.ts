// Owns the judgement of a name and a password: who it is, or why not, and how often one may try (SE04-SE09).
import { needsRehash } from '../crypto/password.js'
import type { Deps } from '../deps.js'
import { OAuthError } from '../protocol/error.js'
import { maxPasswordBytes, preparePassword } from '../protocol/password.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import type { StoredPassword } from '../store/store.js'
import type { Browser } from './browser.js'

export type Attempt = {
  /** Username or e-mail address, in any spelling. */
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** As addressKey gives it. */
  readonly address: string
  readonly browser: Browser
}

export type Verdict =
  /** `hasCodes`: a one-time code is still asked for. */
  | { readonly kind: 'right'; readonly user: User; readonly hasCodes: boolean }
  | { readonly kind: 'wrong' | 'disabled'; readonly sub?: string | undefined; readonly reason: string }
  | { readonly kind: 'missing' | 'busy' }
  | { readonly kind: 'throttled' /** Seconds. */; readonly retryAfter: number }

/** Characters. No username or e-mail address is longer. */
const longestName = 254

/** Takes the same steps, and as long, for a name that nobody has and for a person without a password (SE04). */
export async function judgePassword(deps: Deps, attempt: Attempt): Promise<Verdict> {
  const { users, totps } = deps.store
  const { username, password } = attempt
  if (username === undefined || password === undefined) return { kind: 'missing' }
  const name = canonicalIdentifier(username.slice(0, longestName + 1))
  const user = await users.findByIdentifier(name)
  const account = user ? `password ${user.sub} ${user.passwordSetAt}` : `name ${name}`
  const key = await attemptKey(deps, account, user, attempt.browser)
  const attempted = await deps.throttle.attempt(key, attempt.address, async () => {
    const stored = await users.password(user?.sub ?? '')
    const right = await matches(deps, stored, password)
    const outcome = right === 'busy' ? 'unjudged' : right ? 'right' : 'wrong'
    return { outcome, value: { stored, right } } as const
  })
  if (!attempted.allowed) return { kind: 'throttled', retryAfter: attempted.retryAfter }
  const { stored, right } = attempted.value
  if (right === 'busy') return { kind: 'busy' }
  if (!user || !right) {
    return { kind: 'wrong', sub: user?.sub, reason: user ? 'wrong password' : 'unknown account' }
  }
  // Hashing takes long enough for an administrator to act; the account as it is now counts.
  const current = await users.find(user.sub)
  const latest = await users.password(user.sub)
  // Another sign-in may have renewed the hash meanwhile: the password is still right then.
  const still = latest?.hash === stored?.hash || (await matches(deps, latest, password))
  if (still === 'busy') return { kind: 'busy' }
  if (!current || !still) return { kind: 'wrong', sub: user.sub, reason: 'changed meanwhile' }
  if (current.disabled) return { kind: 'disabled', sub: user.sub, reason: 'disabled account' }
  if (latest && (!latest.prepared || needsRehash(latest.hash))) {
    await rehash(deps, user.sub, latest.hash, password)
  }
  return { kind: 'right', user: current, hasCodes: (await totps.find(user.sub)) !== undefined }
}

/**
 * The same password in its prepared form, under parameters of today; if the queue is full there will be another
 * sign-in. An old one that has no such form stays as it is.
 */
async function rehash({ store, passwords, log }: Deps, sub: string, from: string, text: string) {
  const password = preparePassword(text)
  if (password === undefined) return
  try {
    await store.users.rehash(sub, from, await passwords.hash(password))
  } catch (err) {
    log.warn({ err, sub }, 'a password could not be hashed anew')
  }
}

/** One hash for each attempt, whether there is an account and whatever was typed (SE04). */
async function matches(
  deps: Deps,
  stored: StoredPassword | undefined,
  text: string,
): Promise<boolean | 'busy'> {
  // Longer ones are refused unhashed; nothing shorter is cut (SE08).
  if (Buffer.byteLength(text) > maxPasswordBytes) return false
  const prepared = preparePassword(text)
  const compared = stored?.prepared === false ? text : prepared
  // A text without a prepared form is no password: compared with nothing, at the same cost.
  const hash = compared === undefined ? undefined : stored?.hash
  try {
    return await deps.passwords.verify(hash, compared ?? text)
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'temporarily_unavailable') return 'busy'
    throw error
  }
}

/**
 * Whose attempts these are. A browser that knows the account has attempts of its own.
 * @param account every spelling of an account is one, and one credential of it from when it was set on: a change of
 * the profile must not open what guessing has closed, and a new credential must
 */
export async function attemptKey(
  { store, now }: Deps,
  account: string,
  user: User | undefined,
  browser: Browser,
): Promise<string> {
  const known = await store.browsers.knows(browser.hash, user?.sub ?? '', now())
  return known ? `browser ${browser.hash} ${account}` : account
}
