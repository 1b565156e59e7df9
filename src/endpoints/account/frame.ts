// Owns what every account page is told about the visitor.
import type { Context } from 'hono'
import type { Deps } from '../../deps.js'
import type { AccountFrame, AccountSection } from '../../pages/account-props.js'
import { localesOf } from '../notify.js'
import type { Visitor } from '../session.js'
import { accountOf, frameOf } from '../views.js'
import { accountCsrf } from './visitor.js'

export function accountFrame(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  section: AccountSection,
): AccountFrame {
  const base = deps.config.issuerPath
  return {
    ...frameOf(c, deps, localesOf(visitor.user)),
    section,
    account: accountOf(visitor.user),
    csrf: accountCsrf(deps, visitor),
    signOut: { action: `${base}/account/sign-out` },
    switchHref: `${base}/select-account`,
  }
}
