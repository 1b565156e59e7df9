// Owns /select-account: going on as the person who is signed in, or as someone else.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { selectAccountPage } from '../pages/select-account.js'
import { afterForm, beginInteraction, findForm, pathOf, routeOf } from './interaction.js'
import { appAt, continueJourney, findJourney, proceed } from './journey.js'
import { pageApp } from './problem.js'
import { findOthers, switchTo, type Visitor } from './session.js'
import { accountOf, frameOf } from './views.js'

export function selectAccount(deps: Deps): Hono {
  const app = pageApp(deps)
  const route = routeOf(deps, 'select-account')

  app.get(`${deps.config.issuerPath}/select-account`, (c) =>
    beginInteraction(c, deps, { kind: 'account', returnTo: '/account', demand: { choose: true } }),
  )

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const { interaction, visitor, step, csrf } = journey
    if (step.at !== 'select_account') return proceed(c, deps, journey)
    const page = selectAccountPage({
      ...frameOf(c, deps, interaction.request?.uiLocales),
      action: pathOf(deps, 'select-account', interaction.id),
      csrf: csrf('select-account'),
      app: appAt(journey),
      accounts: (await everybody(c, deps, visitor)).map(({ user }) => ({
        sub: user.sub,
        account: accountOf(user),
      })),
    })
    return sendPage(c, page)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'select-account')
    if (own instanceof Response) return own
    const { interaction, params } = own
    if (params.get('account') === 'other') {
      return seeOther(c, `${pathOf(deps, 'login', interaction.id)}?account=other`)
    }
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    // Who was on the page may not be signed in any more; then the page comes again.
    const sub = params.get('account')
    if (sub !== undefined && (await switchTo(c, deps, sub))) {
      await deps.store.interactions.choose(interaction.id, sub)
    }
    return seeOther(c, afterForm(deps, interaction.id))
  })

  return app
}

/** All who are signed in in this browser, the present one first. */
async function everybody(c: Context, deps: Deps, visitor: Visitor | undefined): Promise<Visitor[]> {
  const others = await findOthers(c, deps)
  return visitor ? [visitor, ...others] : others
}
