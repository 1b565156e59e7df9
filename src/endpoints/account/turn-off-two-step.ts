// Turns two-step sign-in off: the app for codes and the recovery codes go, and the user is notified.
import type { Context } from 'hono'
import type { Deps } from '../../deps.js'
import type { User } from '../../protocol/user.js'
import type { Audit } from '../audit.js'
import { tellChange } from '../notify.js'

/** False if it was off already: then nothing is recorded. */
export async function turnOffTwoStep(c: Context, deps: Deps, audit: Audit, user: User): Promise<boolean> {
  const { totps, recoveryCodes } = deps.store
  if (!(await totps.remove(user.sub))) return false
  await recoveryCodes.remove(user.sub)
  await audit(c, { type: 'user.second_factor_off', sub: user.sub })
  tellChange(c, deps, user, 'second_factor_off')
  return true
}
