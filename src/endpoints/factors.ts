// Owns what a person can prove beside the password.
import type { Deps } from '../deps.js'
import type { Person } from '../protocol/strength.js'
import type { User } from '../protocol/user.js'
import type { Passkey, Totp } from '../store/store.js'

export type Factors = {
  readonly totp?: Totp | undefined
  /** Oldest first. */
  readonly passkeys: readonly Passkey[]
  /** How many are left. */
  readonly recoveryCodes: number
}

export async function factorsOf({ store }: Deps, sub: string): Promise<Factors> {
  const [totp, passkeys, recoveryCodes] = await Promise.all([
    store.totps.find(sub),
    store.passkeys.listByUser(sub),
    store.recoveryCodes.count(sub),
  ])
  return { totp, passkeys, recoveryCodes }
}

/** What a person can do and must. Their factors are looked up only where something depends on them. */
export async function findPerson(deps: Deps, user: User, asked: boolean): Promise<Person> {
  const { secondFactorRequired } = user
  if (!asked) return { secondFactor: false, twoStep: false, passkey: false, secondFactorRequired }
  const { totp, passkeys } = await factorsOf(deps, user.sub)
  const passkey = passkeys.length > 0
  const twoStep = totp !== undefined
  return { secondFactor: passkey || twoStep, twoStep, passkey, secondFactorRequired }
}
