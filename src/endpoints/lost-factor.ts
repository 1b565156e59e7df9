// Serves /lost-factor: what a user can do who cannot prove a second factor any more.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { lostFactorPage } from '../pages/lost-factor.js'
import { recentSeconds } from '../protocol/required-assurance.js'
import { isConfirmed } from '../protocol/step.js'
import { createAudit } from './audit.js'
import { canAnnounce, planRemoval } from './factor-removal.js'
import { findForm, pathOf, routeOf } from './interaction.js'
import { appAt, continueJourney, findJourney, type Journey, proceed } from './journey.js'
import { pageApp } from './problem.js'
import { findProver, type Prover } from './prover.js'
import { accountOf, frameOf } from './views.js'

export function lostFactor(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = routeOf(deps, 'lost-factor')

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const prover = await findLost(c, deps, journey)
    return prover instanceof Response ? prover : show(c, deps, journey, prover)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'lost-factor')
    if (own instanceof Response) return own
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    const prover = await findLost(c, deps, journey)
    if (prover instanceof Response) return prover
    if (canAnnounce(deps, prover.user)) await planRemoval(c, deps, audit, prover.user)
    return show(c, deps, journey, prover)
  })

  return app
}

/**
 * The user whose second factor is asked for, and whose password was right a short time ago: here, or on the way to a
 * change of the account. A browser that was left open after a sign-in to an app must not plan a removal.
 */
async function findLost(c: Context, deps: Deps, journey: Journey): Promise<Prover | Response> {
  const prover = await findProver(deps, journey)
  if (!prover || prover.methods.length === 0) return proceed(c, deps, journey)
  const { session } = prover.visitor ?? {}
  const within = { now: deps.now(), within: recentSeconds }
  return session === undefined || isConfirmed(journey.interaction, session, within)
    ? prover
    : seeOther(c, `${pathOf(deps, 'login', journey.interaction.id)}?account=other` as const)
}

async function show(c: Context, deps: Deps, journey: Journey, prover: Prover): Promise<Response> {
  const { interaction, csrf } = journey
  const { user, methods } = prover
  const back = pathOf(deps, 'second-factor', interaction.id)
  const page = lostFactorPage({
    ...frameOf(c, deps, interaction.request?.uiLocales),
    action: pathOf(deps, 'lost-factor', interaction.id),
    csrf: csrf('lost-factor'),
    app: appAt(journey),
    account: accountOf(user),
    back,
    recoveryHref: methods.includes('recovery') ? `${back}?method=recovery` : undefined,
    offered: canAnnounce(deps, user),
    dueAt: (await deps.store.factorRemovals.find(user.sub, deps.now()))?.dueAt,
  })
  return sendPage(c, page)
}
