// Owns the door to the account pages: who is signed in, how lately and how strongly, and whether a form is theirs.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../../crypto/csrf.js'
import type { Deps } from '../../deps.js'
import type { Params } from '../../protocol/params.js'
import { meetsAssurance, requiredFor } from '../assurance.js'
import { beginInteraction, forgedPage, ownForm, type ReturnTo } from '../interaction.js'
import { findVisitor, type Visitor } from '../session.js'

/** Who is signed in as the route demands, or the way to become so and come back. */
export async function requireVisitor(
  c: Context,
  deps: Deps,
  returnTo: ReturnTo,
): Promise<Visitor | Response> {
  const demand = requiredFor(c, deps)
  const visitor = await findVisitor(c, deps)
  if (visitor && (await meetsAssurance(deps, visitor, demand))) return visitor
  return beginInteraction(c, deps, { kind: 'account', returnTo, demand })
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
): Promise<(Visitor & { readonly params: Params }) | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const visitor = await requireVisitor(c, deps, returnTo)
  if (visitor instanceof Response) return visitor
  const genuine = csrfMatches(deps.secrets.csrf, params.get('csrf'), 'session', visitor.handle)
  return genuine ? { ...visitor, params } : forgedPage(c, deps, `${deps.config.issuerPath}/account`)
}
