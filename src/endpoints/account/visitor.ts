// Owns the door to the account pages: who is signed in, how lately and how strongly, and whether a form is theirs.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../../crypto/csrf.js'
import type { Deps } from '../../deps.js'
import { foreignForm } from '../../http/same-site.js'
import type { PostTarget } from '../../pages/props.js'
import type { Params } from '../../protocol/params.js'
import { meetsAssurance, requiredFor } from '../assurance.js'
import { isNobodyHeld } from '../held-sessions.js'
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
export function accountCsrf(deps: Deps, visitor: Visitor): string {
  return csrfToken(deps.secrets.csrf, 'session', formContext(visitor))
}

function formContext({ session, handle }: Visitor): string {
  return session.formId ?? handle
}

/** Whether a form of ours comes from a browser that nobody is signed in in: signing out is done. */
export function hasSignedOut(c: Context, deps: Deps): boolean {
  return isNobodyHeld(c, deps) && !foreignForm(c, deps.config)
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
  const genuine = csrfMatches(deps.secrets.csrf, params.get('csrf'), 'session', formContext(visitor))
  return genuine ? { ...visitor, params } : forgedPage(c, deps, `${deps.config.issuerPath}/account`)
}

/** The form of one entry of a list, with proof that the entry was on a page of this session. */
export function entryForm(
  deps: Deps,
  visitor: Visitor,
  { action, id }: { readonly action: string; readonly id: string },
): Required<PostTarget> {
  return { action, fields: { listed: csrfToken(deps.secrets.csrf, 'listed', formContext(visitor), id) } }
}

/**
 * Whether the form comes from such a page. Then an entry that is gone has been dealt with, by the first of two presses
 * or elsewhere; every other one is as unknown as one that never was (AC04).
 */
export function wasListed(deps: Deps, visitor: Visitor & { readonly params: Params }, id: string): boolean {
  return csrfMatches(deps.secrets.csrf, visitor.params.get('listed'), 'listed', formContext(visitor), id)
}
