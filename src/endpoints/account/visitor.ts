// Owns the door to the account pages: who is signed in, and whether a form there is theirs.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../../crypto/csrf.js'
import type { Deps } from '../../deps.js'
import { beginInteraction, forgedPage, ownForm } from '../interaction.js'
import { findVisitor, type Visitor } from '../session.js'

/** Who is signed in, or the way to sign in and come back. */
export async function requireVisitor(c: Context, deps: Deps): Promise<Visitor | Response> {
  const visitor = await findVisitor(c, deps)
  return visitor ?? beginInteraction(c, deps, { kind: 'account', returnTo: '/account/connections' })
}

/** The form token of every account page of this session. */
export function accountCsrf(deps: Deps, { handle }: Visitor): string {
  return csrfToken(deps.secrets.csrf, 'session', handle)
}

/** Who sent this form from one of their account pages, or the page that refuses it. */
export async function requireForm(c: Context, deps: Deps): Promise<Visitor | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const visitor = await requireVisitor(c, deps)
  if (visitor instanceof Response) return visitor
  const genuine = csrfMatches(deps.secrets.csrf, params.get('csrf'), 'session', visitor.handle)
  return genuine ? visitor : forgedPage(c, deps, `${deps.config.issuerPath}/account`)
}
