// Owns the door to the account pages: who is signed in, how lately and how strongly, and whether a form is theirs.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../../crypto/csrf.js'
import type { Deps } from '../../deps.js'
import type { Params } from '../../protocol/params.js'
import { nextForAccount } from '../../protocol/step.js'
import type { AccountDemand } from '../../store/store.js'
import { findPerson } from '../factors.js'
import { beginInteraction, forgedPage, ownForm, type ReturnTo } from '../interaction.js'
import { findVisitor, type Visitor } from '../session.js'

/** For what changes how somebody signs in or leaves with their data: a recent sign-in, as strong as they have. */
export const sensitive: AccountDemand = { maxAge: 600, strong: true }

/** Who is signed in as the page demands, or the way to become so and come back. */
export async function requireVisitor(
  c: Context,
  deps: Deps,
  returnTo: ReturnTo,
  demand: AccountDemand = {},
): Promise<Visitor | Response> {
  const visitor = await findVisitor(c, deps)
  const begin = () => beginInteraction(c, deps, { kind: 'account', returnTo, demand })
  if (!visitor) return begin()
  const person = await findPerson(deps, visitor.user, demand.strong === true)
  const { session } = visitor
  const progress = { accountChosen: false }
  const step = nextForAccount({ session, others: false, progress, demand, person, now: deps.now() })
  return step.at === 'issue' ? visitor : begin()
}

/** The form token of every account page of this session. */
export function accountCsrf(deps: Deps, { handle }: Visitor): string {
  return csrfToken(deps.secrets.csrf, 'session', handle)
}

/** Who sent this form from one of their account pages, or the page that refuses it. */
export async function requireForm(
  c: Context,
  deps: Deps,
  returnTo: ReturnTo,
  demand: AccountDemand = {},
): Promise<(Visitor & { readonly params: Params }) | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const visitor = await requireVisitor(c, deps, returnTo, demand)
  if (visitor instanceof Response) return visitor
  const genuine = csrfMatches(deps.secrets.csrf, params.get('csrf'), 'session', visitor.handle)
  return genuine ? { ...visitor, params } : forgedPage(c, deps, `${deps.config.issuerPath}/account`)
}
