// Owns the question who must prove a second factor in an interaction, and by what.
import type { Deps } from '../deps.js'
import { phishingResistantAcr } from '../protocol/acr.js'
import type { User } from '../protocol/user.js'
import type { PendingSignIn } from '../store/store.js'
import { type Factors, factorsOf } from './factors.js'
import type { Journey } from './journey.js'
import { passkeysWork } from './passkey.js'
import type { Visitor } from './session.js'

export type FactorMethod = 'totp' | 'passkey' | 'recovery'

export type Prover = {
  readonly user: User
  readonly factors: Factors
  /** Those that would do, the usual one first; none where the factor has yet to be set up. */
  readonly methods: readonly FactorMethod[]
  /** A password was right a moment ago; nobody is signed in yet. */
  readonly pending?: PendingSignIn | undefined
  /** Whose session is to be strengthened. */
  readonly visitor?: Visitor | undefined
}

/** Seconds for which a right password waits for its second factor. */
const pendingFor = 300

/** Undefined where nothing of the kind is asked for. */
export async function findProver(deps: Deps, journey: Journey): Promise<Prover | undefined> {
  const { interaction, visitor, step } = journey
  if (step.at === 'second_factor' && visitor) {
    const factors = await factorsOf(deps, visitor.user.sub)
    return { user: visitor.user, visitor, factors, methods: methodsFor(deps, factors, step.acr) }
  }
  const { pending } = interaction
  if (step.at !== 'login' && step.at !== 'select_account' && visitor) return undefined
  if (!pending || deps.now() >= pending.at + pendingFor) return undefined
  const user = await deps.store.users.find(pending.sub)
  if (!user || user.disabled || user.passwordSetAt !== pending.passwordSetAt) return undefined
  const factors = await factorsOf(deps, user.sub)
  const methods = methodsFor(deps, factors)
  // One that is required and not there is set up before anybody is signed in (EN01).
  const asked = methods.length > 0 || user.secondFactorRequired
  return asked ? { user, pending, factors, methods } : undefined
}

function methodsFor(deps: Deps, { totp, passkeys, recoveryCodes }: Factors, acr?: string): FactorMethod[] {
  const passkey = passkeys.length > 0 && passkeysWork(deps)
  if (acr === phishingResistantAcr) return passkey ? ['passkey'] : []
  return [
    ...(totp ? (['totp'] as const) : []),
    ...(passkey ? (['passkey'] as const) : []),
    ...(totp && recoveryCodes > 0 ? (['recovery'] as const) : []),
  ]
}
