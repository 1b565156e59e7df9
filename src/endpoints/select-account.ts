// Owns /select-account: going on as the person who is signed in, or as someone else.
import type { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { selectAccountPage } from '../pages/select-account.js'
import { findForm, pathOf, routeOf } from './interaction.js'
import { continueJourney, findJourney, proceed } from './journey.js'
import { pageApp } from './problem.js'
import { accountOf, appOf, frameOf } from './views.js'

export function selectAccount(deps: Deps): Hono {
  const app = pageApp(deps)
  const route = routeOf(deps, 'select-account')

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const { interaction, errand, visitor, step, csrf } = journey
    if (step.at !== 'select_account') return proceed(c, deps, journey)
    const page = selectAccountPage({
      ...frameOf(c, deps, interaction.request?.uiLocales),
      action: pathOf(deps, 'select-account', interaction.id),
      csrf: csrf('select-account'),
      app: errand && appOf(errand.client),
      accounts: visitor ? [{ sub: visitor.user.sub, account: accountOf(visitor.user) }] : [],
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
    // The account on the page may not be the one that is signed in by now; then the page comes again.
    const { visitor } = journey
    if (visitor && params.get('account') === visitor.user.sub) {
      await deps.store.interactions.choose(interaction.id, visitor.user.sub)
    }
    return seeOther(c, pathOf(deps, 'authorize', interaction.id))
  })

  return app
}
