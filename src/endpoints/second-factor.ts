// Owns /second-factor: what completes a password, what strengthens a session, and setting it up where it must be.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { sendPage } from '../http/respond.js'
import { recoveryCodesPage } from '../pages/enrolment.js'
import { type Authentication, byCode, byPasskey, byPassword, raised } from '../protocol/acr.js'
import type { Params } from '../protocol/params.js'
import { type Audit, countInAudit, createAudit } from './audit.js'
import { enrol } from './enrolment.js'
import { findForm, pathOf, routeOf } from './interaction.js'
import { continueJourney, findJourney, type Journey, proceed } from './journey.js'
import { tellChange } from './notify.js'
import { judgeCode } from './one-time-code.js'
import { judgePasskey, occasionIn } from './passkey.js'
import { pageApp } from './problem.js'
import { findProver, type Prover } from './prover.js'
import { showEnrolment, showSecondFactor } from './second-factor-views.js'
import { renewSession } from './session.js'
import { keepFactors, resume, resumeOrOffer, signInAt } from './signed-in.js'
import { frameOf } from './views.js'

export function secondFactor(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = routeOf(deps, 'second-factor')

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const prover = await findProver(deps, journey)
    if (!prover) return proceed(c, deps, journey)
    return prover.methods.length > 0
      ? showSecondFactor(c, deps, journey, prover)
      : showEnrolment(c, deps, journey, prover)
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'second-factor')
    if (own instanceof Response) return own
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    if (own.params.get('decision') === 'deny' && journey.errand !== undefined) {
      await deps.store.interactions.decide(own.interaction.id, false)
      return resume(c, deps, journey)
    }
    const prover = await findProver(deps, journey)
    if (!prover) return proceed(c, deps, journey)
    const attempt = { c, deps, journey, prover, params: own.params, audit }
    if (prover.methods.length === 0) return setUp(attempt)
    return own.params.get('passkey') ? byThePasskey(attempt) : byTheCode(attempt)
  })

  return app
}

/** What each way of proving needs. */
type Attempt = {
  readonly c: Context
  readonly deps: Deps
  readonly journey: Journey
  readonly prover: Prover
  readonly params: Params
  readonly audit: Audit
}

const statusOf = { missing: 422, wrong: 422, throttled: 429 } as const

async function byTheCode(attempt: Attempt): Promise<Response> {
  const { c, deps, journey, prover, params, audit } = attempt
  const { user } = prover
  const method = params.get('method') === 'recovery' ? 'recovery' : 'totp'
  const usable = prover.methods.includes(method)
  const address = addressKey(addressOf(c, deps.config))
  const verdict = usable
    ? await judgeCode(deps, { user, method, code: params.get('code'), address, browser: journey.browser })
    : ({ kind: 'wrong' } as const)
  if (verdict.kind !== 'right') {
    if (verdict.kind === 'wrong') await failed(attempt, `${method} code wrong`)
    if (verdict.kind === 'throttled') c.header('Retry-After', String(verdict.retryAfter))
    return showSecondFactor(c, deps, journey, prover, {
      status: statusOf[verdict.kind],
      method,
      error: verdict,
    })
  }
  if (method === 'recovery') {
    await audit(c, { type: 'user.recovery_code_used', sub: user.sub })
    tellChange(c, deps, user, 'recovery_code_used')
  }
  return proven(attempt, byCode)
}

async function byThePasskey(attempt: Attempt): Promise<Response> {
  const { c, deps, journey, prover, params } = attempt
  const verdict = await judgePasskey(deps, {
    occasion: occasionIn('sign_in', journey),
    text: params.get('passkey'),
    address: addressKey(addressOf(c, deps.config)),
    browser: journey.browser,
  })
  if (verdict.kind === 'throttled') {
    c.header('Retry-After', String(verdict.retryAfter))
    return showSecondFactor(c, deps, journey, prover, { status: 429, method: 'passkey', error: verdict })
  }
  if (verdict.kind === 'wrong' || verdict.user.sub !== prover.user.sub) {
    await failed(attempt, 'passkey not accepted')
    const error = { kind: 'passkey' } as const
    return showSecondFactor(c, deps, journey, prover, { status: 422, method: 'passkey', error })
  }
  return proven(attempt, byPasskey(verdict.passkey))
}

async function failed({ c, deps, journey, prover }: Attempt, reason: string): Promise<void> {
  const { sub } = prover.user
  const { clientId } = journey.interaction
  await countInAudit(c, deps, { type: 'user.second_factor_failed', sub, clientId, detail: { reason } })
}

/** Nobody gets past a second factor that they must have by not having one: it is set up now. */
async function setUp(attempt: Attempt): Promise<Response> {
  const { c, deps, journey, prover, params, audit } = attempt
  const { user } = prover
  const setup = params.get('setup')
  const codes = await enrol(deps, user, { setup, code: params.get('code') })
  if (!codes) return showEnrolment(c, deps, journey, prover, { status: 422, setup })
  await audit(c, { type: 'user.second_factor_on', sub: user.sub })
  tellChange(c, deps, user, 'second_factor_on')
  await keepProof(attempt, byCode)
  const page = recoveryCodesPage({
    ...frameOf(c, deps, journey.interaction.request?.uiLocales),
    codes,
    continueTo: { href: pathOf(deps, 'authorize', journey.interaction.id) },
  })
  return sendPage(c, page)
}

async function proven(attempt: Attempt, authentication: Authentication): Promise<Response> {
  const { c, deps, journey, prover } = attempt
  const { user, pending } = prover
  await keepProof(attempt, authentication)
  if (!pending) return resume(c, deps, journey)
  return resumeOrOffer(c, deps, journey, { user, passkeyCapable: pending.passkeyCapable })
}

/** Signs in a user whose password was right before, or strengthens the session. */
async function keepProof(attempt: Attempt, authentication: Authentication): Promise<void> {
  const { c, deps, journey, prover, audit } = attempt
  const { user, pending, visitor } = prover
  if (pending) {
    const both = raised(byPassword, authentication)
    return signInAt(c, deps, journey, audit, { user, authentication: both, keep: pending.keep })
  }
  if (!visitor || !(await renewSession(c, deps, visitor, authentication))) return
  const detail = { amr: authentication.amr }
  await keepFactors(c, deps, audit, user)
  await audit(c, { type: 'session.strengthened', sub: user.sub, sessionId: visitor.session.sid, detail })
}
