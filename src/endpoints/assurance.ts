// The assurance that a route of the account needs, and whether a session has it.
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import type { Deps } from '../deps.js'
import { type AccountDemand, requiredAssurance } from '../protocol/required-assurance.js'
import { nextForAccount, type Progress } from '../protocol/step.js'
import { findPerson } from './factors.js'
import type { Visitor } from './session.js'

/** @throws Error for a route that is not in the table */
export function requiredFor(c: Context, { config }: Pick<Deps, 'config'>): AccountDemand {
  const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
  const path = routePath(c)
    .slice(config.issuerPath.length)
    .replace(/\{.*?\}+/g, '')
  const demand = requiredAssurance[`${method} ${path}`]
  if (!demand) throw new Error(`no required assurance for ${method} ${path}`)
  return demand
}

/** @param progress what the interaction has seen proven, where the route belongs to one */
export async function meetsAssurance(
  deps: Deps,
  visitor: Visitor,
  demand: AccountDemand,
  progress: Progress = { accountChosen: false },
): Promise<boolean> {
  const person = await findPerson(deps, visitor, demand.strong === true)
  const { session } = visitor
  return nextForAccount({ session, others: false, progress, demand, person, now: deps.now() }).at === 'issue'
}
