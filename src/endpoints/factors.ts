// Owns what a person can prove beside the password.
import type { Deps } from '../deps.js'
import { atLeast, secondFactorAcr } from '../protocol/acr.js'
import type { Person } from '../protocol/strength.js'
import type { User } from '../protocol/user.js'
import type { Passkey, Totp } from '../store/store.js'
import { passkeysWork } from './passkey.js'
import type { Visitor } from './session.js'

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

/** A second factor is at hand after all: a removal that is planned stops, and the password is no longer in doubt. */
export async function factorProven({ store }: Deps, user: User): Promise<boolean> {
  if (user.passwordResetAt !== undefined) await store.users.setPasswordReset(user.sub, undefined)
  return store.factorRemovals.cancel(user.sub)
}

/** What a person can do and must. Their factors are looked up only where something depends on them. */
export async function findPerson(deps: Deps, { user, session }: Visitor, asked: boolean): Promise<Person> {
  const { secondFactorRequired } = user
  const missing = secondFactorRequired && !atLeast(session.acr, secondFactorAcr)
  if (!asked && !missing) return { secondFactor: false, passkey: false, secondFactorRequired }
  const { totp, passkeys } = await factorsOf(deps, user.sub)
  const passkey = passkeys.length > 0 && passkeysWork(deps)
  return { secondFactor: passkey || totp !== undefined, passkey, secondFactorRequired }
}
