// Owns what follows when somebody has proved who they are: the session, the trail, the mail, and the way on.

import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther } from '../http/respond.js'
import { type Authentication, atLeast, secondFactorAcr } from '../protocol/acr.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { User } from '../protocol/user.js'
import type { Audit } from './audit.js'
import { type Browser, rememberBrowser } from './browser.js'
import { factorProven } from './factors.js'
import { afterForm, type OwnInteraction, pathOf } from './interaction.js'
import { tell } from './notify.js'
import { passkeysWork } from './passkey.js'
import { beginSession } from './session.js'

export type SignIn = {
  readonly user: User
  readonly authentication: Authentication
  /** "Keep me signed in". */
  readonly keep: boolean
  readonly clientId?: string | undefined
}

/** Seconds until a person who was offered a passkey is offered one again. */
const offerAgainAfter = 90 * 86_400

/** Signs a person in where an interaction asked for it; nothing happens if that has had its answer by now. */
export async function signInAt(
  c: Context,
  deps: Deps,
  { interaction, browser }: Pick<OwnInteraction, 'interaction' | 'browser'>,
  audit: Audit,
  signIn: Omit<SignIn, 'clientId'>,
): Promise<void> {
  const proof = { sub: signIn.user.sub, authenticatedAt: deps.now() }
  if (!(await deps.store.interactions.prove(interaction.id, proof))) return
  await signInBrowser(c, deps, browser, audit, { ...signIn, clientId: interaction.clientId })
}

/** Signs a person in in this browser, and tells them if they have never been in it. */
export async function signInBrowser(
  c: Context,
  deps: Deps,
  browser: Browser,
  audit: Audit,
  { user, authentication, keep, clientId }: SignIn,
): Promise<void> {
  const known = await deps.store.browsers.knows(browser.hash, user.sub, deps.now())
  const session = await beginSession(c, deps, user, authentication, { keep })
  await rememberBrowser(c, deps, browser, user.sub)
  const detail = { amr: authentication.amr }
  await audit(c, { type: 'user.signed_in', sub: user.sub, clientId, sessionId: session.sid, detail })
  if (atLeast(authentication.acr, secondFactorAcr)) await keepFactors(c, deps, audit, user)
  if (!known) {
    const sessionsLink = issuerUrl(deps.config.issuer, '/account/sessions')
    tell(c, deps, user, (happened) => ({ kind: 'newSignIn', ...happened, sessionsLink }))
  }
}

/** Stops a removal of second factors that is planned, now that one of them has been proven. */
export async function keepFactors(c: Context, deps: Deps, audit: Audit, user: User): Promise<void> {
  if (!(await factorProven(deps, user))) return
  await audit(c, { type: 'user.factor_removal_stopped', sub: user.sub, detail: { by: 'sign-in' } })
}

/**
 * A request of its own, so that the session that goes on is the one the browser has kept. It says that a form has led
 * there: that of two presses comes twice, and the second time the response is repeated (BR06).
 */
export function resume(
  c: Context,
  deps: Deps,
  { interaction }: Pick<OwnInteraction, 'interaction'>,
): Response {
  return seeOther(c, afterForm(deps, interaction.id))
}

/** As `resume`, by way of the offer of a passkey where the browser can make one and the person has none. */
export async function resumeOrOffer(
  c: Context,
  deps: Deps,
  own: Pick<OwnInteraction, 'interaction'>,
  { user, passkeyCapable }: { user: User; passkeyCapable: boolean },
): Promise<Response> {
  const offered = user.passkeyOfferedAt ?? 0
  const due = passkeyCapable && passkeysWork(deps) && deps.now() - offered >= offerAgainAfter
  if (!due || (await deps.store.passkeys.listByUser(user.sub)).length > 0) return resume(c, deps, own)
  return seeOther(c, pathOf(deps, 'passkey-offer', own.interaction.id))
}
