// Owns /login: the sign-in page, and the session that a right password begins (SE01).
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, createClientAddress } from '../http/client-address.js'
import { seeOther, sendPage } from '../http/respond.js'
import { loginPage } from '../pages/login.js'
import type { LoginPageProps } from '../pages/props.js'
import type { Params } from '../protocol/params.js'
import type { User } from '../protocol/user.js'
import { createAudit } from './audit.js'
import { rememberBrowser } from './browser.js'
import { beginInteraction, findForm, pathOf, routeOf } from './interaction.js'
import { continueJourney, findJourney, type Journey, proceed } from './journey.js'
import { judgePassword } from './password.js'
import { pageApp } from './problem.js'
import { beginSession } from './session.js'
import { accountOf, appOf, frameOf } from './views.js'

export function login(deps: Deps): Hono {
  const app = pageApp(deps)
  const signIn = createSignIn(deps)
  const route = routeOf(deps, 'login')

  app.get(`${deps.config.issuerPath}/login`, (c) =>
    beginInteraction(c, deps, { kind: 'account', returnTo: '/account/connections' }),
  )

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const asked = journey.step.at === 'login' || wantsOther(c)
    return asked ? showLogin(c, deps, journey) : proceed(c, deps, journey)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'login')
    if (own instanceof Response) return own
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    const cancels = own.params.get('decision') === 'deny' && journey.errand !== undefined
    if (!cancels) return signIn(c, journey, own.params)
    await deps.store.interactions.decide(own.interaction.id, false)
    return resume(c, deps, journey)
  })

  return app
}

const statusOf = { missing: 422, wrong: 422, disabled: 403, throttled: 429, busy: 503 } as const

function createSignIn(deps: Deps) {
  const { store, now } = deps
  const audit = createAudit(deps)
  const clientAddress = createClientAddress(deps.config.trustProxy)

  return async (c: Context, journey: Journey, params: Params): Promise<Response> => {
    const { interaction, browser } = journey
    const { clientId } = interaction
    const username = fixedUser(c, journey)?.username ?? params.get('username')
    const address = addressKey(clientAddress(c))
    const password = params.get('password')
    const verdict = await judgePassword(deps, { username, password, address, browser })
    if (verdict.kind !== 'right') {
      if ('reason' in verdict) {
        const { sub, reason } = verdict
        await audit(c, { type: 'user.sign_in_failed', sub, clientId, detail: { reason } })
      }
      return showLogin(c, deps, journey, statusOf[verdict.kind], { username, error: verdict })
    }
    const { user } = verdict
    const proof = { sub: user.sub, authenticatedAt: now() }
    // Refused where the interaction has had its answer by now, and then the page it resumes at says so.
    if (await store.interactions.prove(interaction.id, proof)) {
      const session = await beginSession(c, deps, user)
      await rememberBrowser(c, deps, browser, user.sub)
      await audit(c, { type: 'user.signed_in', sub: user.sub, clientId, sessionId: session.sid })
    }
    return resume(c, deps, journey)
  }
}

/** A request of its own, so that the session that goes on is the one the browser has kept. */
function resume(c: Context, deps: Deps, { interaction }: Journey): Response {
  return seeOther(c, pathOf(deps, 'authorize', interaction.id))
}

/** Who must confirm that it is still them, unless they ask to be someone else. */
function fixedUser(c: Context, { step, visitor }: Journey): User | undefined {
  if (wantsOther(c) || step.at !== 'login' || step.sub === undefined) return undefined
  // Never from a hint alone: whoever sent the link would learn whose account it is about.
  return visitor?.user.sub === step.sub ? visitor.user : undefined
}

function wantsOther(c: Context): boolean {
  return c.req.query('account') === 'other'
}

type Shown = Pick<LoginPageProps, 'username' | 'error'>

/** Seconds after which a full queue of passwords is worth another try. */
const busyFor = 5

function showLogin(c: Context, deps: Deps, journey: Journey, status = 200, shown: Shown = {}): Response {
  const { interaction, errand, step, csrf } = journey
  const fixed = fixedUser(c, journey)
  const path = pathOf(deps, 'login', interaction.id)
  const reason =
    step.at === 'login' && step.reason !== 'no_session' && !wantsOther(c) ? step.reason : undefined
  const page = loginPage({
    ...frameOf(c, deps, interaction.request?.uiLocales),
    username: interaction.request?.loginHint,
    ...shown,
    action: wantsOther(c) ? `${path}?account=other` : path,
    csrf: csrf('login'),
    app: errand && appOf(errand.client),
    fixedAccount: fixed && accountOf(fixed),
    reason,
    cancel: errand && { action: path },
  })
  if (shown.error?.kind === 'throttled') c.header('Retry-After', String(shown.error.retryAfter))
  if (shown.error?.kind === 'busy') c.header('Retry-After', String(busyFor))
  return sendPage(c, page, status)
}
