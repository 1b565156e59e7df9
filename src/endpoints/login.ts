// Owns /login: the sign-in page, and what a right password or passkey leads to.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { seeOther, sendPage } from '../http/respond.js'
import { loginPage } from '../pages/login.js'
import type { LoginPageProps } from '../pages/props.js'
import { byPasskey, byPassword } from '../protocol/acr.js'
import type { Params } from '../protocol/params.js'
import { isProven } from '../protocol/step.js'
import type { User } from '../protocol/user.js'
import { countInAudit, createAudit } from './audit.js'
import { beginInteraction, findForm, pathOf, routeOf } from './interaction.js'
import { appAt, continueJourney, findJourney, type Journey, proceed } from './journey.js'
import { offersSignUp } from './mail-form.js'
import { judgePasskey, occasionIn, passkeysWork, signInOptions } from './passkey.js'
import { judgePassword } from './password.js'
import { pageApp } from './problem.js'
import { speaksOf } from './repeated-form.js'
import { resume, resumeOrOffer, signInAt } from './signed-in.js'
import { accountOf, frameOf } from './views.js'

export function login(deps: Deps): Hono {
  const app = pageApp(deps)
  const byPasswordOrPasskey = createSignIn(deps)
  const route = routeOf(deps, 'login')

  app.get(`${deps.config.issuerPath}/login`, (c) =>
    beginInteraction(c, deps, { kind: 'account', returnTo: '/account' }),
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
    if (!cancels && (await isProvenBy(deps, journey, own.params))) return proceed(c, deps, journey)
    if (!cancels) return byPasswordOrPasskey(c, journey, own.params)
    await deps.store.interactions.decide(own.interaction.id, false)
    return resume(c, deps, journey)
  })

  return app
}

const statusOf = { missing: 422, wrong: 422, disabled: 403, throttled: 429, busy: 503 } as const

function createSignIn(deps: Deps) {
  const { store, now } = deps
  const audit = createAudit(deps)

  async function byThePassword(c: Context, journey: Journey, params: Params): Promise<Response> {
    const { interaction, browser } = journey
    const username = fixedUser(c, journey)?.username ?? params.get('username')
    const password = params.get('password')
    const keep = params.get('keep') === '1'
    const address = addressKey(addressOf(c, deps.config))
    const verdict = await judgePassword(deps, { username, password, address, browser })
    if (verdict.kind !== 'right') {
      if ('reason' in verdict) {
        const { sub, reason } = verdict
        const { clientId } = interaction
        await countInAudit(c, deps, { type: 'user.sign_in_failed', sub, clientId, detail: { reason } })
      }
      return showLogin(c, deps, journey, statusOf[verdict.kind], { username, keep, error: verdict })
    }
    const { user, hasCodes } = verdict
    const passkeyCapable = params.get('passkey_capable') === '1'
    if (hasCodes || user.secondFactorRequired || (await isInDoubt(deps, user))) {
      const { sub, passwordSetAt } = user
      await store.interactions.suspend(interaction.id, {
        sub,
        at: now(),
        passwordSetAt,
        keep,
        passkeyCapable,
      })
      return seeOther(c, pathOf(deps, 'second-factor', interaction.id))
    }
    await signInAt(c, deps, journey, audit, { user, authentication: byPassword, keep })
    return resumeOrOffer(c, deps, journey, { user, passkeyCapable })
  }

  async function byThePasskey(c: Context, journey: Journey, params: Params): Promise<Response> {
    const verdict = await judgePasskey(deps, {
      occasion: occasionIn('sign_in', journey),
      text: params.get('passkey'),
      address: addressKey(addressOf(c, deps.config)),
      browser: journey.browser,
    })
    const fixed = fixedUser(c, journey)
    const keep = params.get('keep') === '1'
    if (verdict.kind === 'throttled') return showLogin(c, deps, journey, 429, { keep, error: verdict })
    if (verdict.kind === 'wrong' || (fixed && verdict.user.sub !== fixed.sub)) {
      const { clientId } = journey.interaction
      const sub = verdict.kind === 'wrong' ? verdict.sub : verdict.user.sub
      const detail = { reason: 'passkey not accepted' }
      await countInAudit(c, deps, { type: 'user.sign_in_failed', sub, clientId, detail })
      return showLogin(c, deps, journey, 422, { keep, error: { kind: 'passkey' } })
    }
    const { user, passkey } = verdict
    if (user.disabled) return showLogin(c, deps, journey, 403, { keep, error: { kind: 'disabled' } })
    await signInAt(c, deps, journey, audit, { user, authentication: byPasskey(passkey), keep })
    return resume(c, deps, journey)
  }

  return (c: Context, journey: Journey, params: Params) =>
    params.get('passkey') ? byThePasskey(c, journey, params) : byThePassword(c, journey, params)
}

/** The form comes again whose sign-in is done: a passkey's response counts once, and a password is not mailed about twice. */
async function isProvenBy(
  deps: Deps,
  { interaction, visitor, step }: Journey,
  params: Params,
): Promise<boolean> {
  if (!visitor || step.at === 'login' || !isProven(interaction, visitor.session)) return false
  return speaksOf(deps, params, visitor.user)
}

/** The password came by mail, and the user has a passkey: who reads the mail must have that, too (EN03). */
async function isInDoubt(deps: Deps, { sub, passwordResetAt }: User): Promise<boolean> {
  if (passwordResetAt === undefined || !passkeysWork(deps)) return false
  return (await deps.store.passkeys.listByUser(sub)).length > 0
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

type Shown = Pick<LoginPageProps, 'username' | 'keep' | 'error'>

/** Seconds after which a full queue of passwords is worth another try. */
const busyFor = 5

async function showLogin(
  c: Context,
  deps: Deps,
  journey: Journey,
  status = 200,
  shown: Shown = {},
): Promise<Response> {
  const { interaction, errand, step, csrf } = journey
  const fixed = fixedUser(c, journey)
  const path = pathOf(deps, 'login', interaction.id)
  const reason =
    step.at === 'login' && step.reason !== 'no_session' && !wantsOther(c) ? step.reason : undefined
  const allow = fixed && (await deps.store.passkeys.listByUser(fixed.sub))
  // Someone known who has no passkey is not asked for one.
  const options = allow?.length === 0 ? undefined : signInOptions(deps, occasionIn('sign_in', journey), allow)
  const { issuerPath } = deps.config
  const mails = deps.mail.kind !== 'none'
  const page = loginPage({
    ...frameOf(c, deps, interaction.request?.uiLocales),
    username: interaction.request?.loginHint,
    // Who confirms that it is still them stays signed in for as long as they chose.
    staysKept: fixed && journey.visitor?.session.kept,
    ...shown,
    action: wantsOther(c) ? `${path}?account=other` : path,
    csrf: csrf('login'),
    app: appAt(journey),
    fixedAccount: fixed && accountOf(fixed),
    reason,
    passkey: options === undefined ? undefined : { options },
    forgotHref: mails ? `${issuerPath}/forgot-password?interaction=${interaction.id}` : undefined,
    signUpHref: offersSignUp(deps) ? `${issuerPath}/sign-up?interaction=${interaction.id}` : undefined,
    cancel: errand && { action: path },
  })
  if (shown.error?.kind === 'throttled') c.header('Retry-After', String(shown.error.retryAfter))
  if (shown.error?.kind === 'busy') c.header('Retry-After', String(busyFor))
  return sendPage(c, page, status)
}
