// Owns /sign-up: an account begins with an address, and whether one is known here is told to that address alone.

import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { newLink } from '../mail/link.js'
import { signUpPage } from '../pages/ask-for-mail.js'
import type { SignUpPageProps } from '../pages/sign-in-props.js'
import { issuerUrl } from '../protocol/issuer.js'
import { canonicalIdentifier, emailError } from '../protocol/user.js'
import { countInAudit } from './audit.js'
import { isOwnForm } from './browser.js'
import { forgedPage, interactionIn, ownForm } from './interaction.js'
import { atEvenPace, brakeMail, mailFormFrame, mayReach, offersSignUp } from './mail-form.js'
import { localesOf, postUnseen } from './notify.js'
import { anonymous } from './origin.js'
import { pageApp, problemPage } from './problem.js'
import { frameOf } from './views.js'

export function signUp(deps: Deps): Hono {
  const app = pageApp(deps)
  const { store, config } = deps
  const path = `${config.issuerPath}/sign-up`

  app.get(path, (c) => show(c, deps))

  app.post(path, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    if (!offersSignUp(deps)) return show(c, deps)
    if (!isOwnForm(c, deps, '/sign-up', params)) return forgedPage(c, deps, path)
    const email = params.get('email')?.trim() ?? ''
    const error = emailError(email)
    if (error) return show(c, deps, 422, { error: { kind: error }, typed: email })
    const retryAfter = await brakeMail(c, deps, email)
    if (retryAfter > 0) return show(c, deps, 429, { error: { kind: 'throttled', retryAfter }, typed: email })
    await atEvenPace(async () => {
      const known = await store.users.findByIdentifier(canonicalIdentifier(email))
      const interactionId = interactionIn(c.req.query('interaction'))
      // Written either way, so that the answer takes as long for an address that is known (SE04).
      const { url: link } = await newLink(
        deps,
        { purpose: 'registration', email, interactionId },
        anonymous(c, deps),
      )
      await countInAudit(c, deps, { type: 'user.registration_asked', sub: known?.sub })
      const signInLink = issuerUrl(config.issuer, '/login')
      const resetLink = issuerUrl(config.issuer, '/forgot-password')
      const to = (await mayReach(deps, email, known)) ? (known?.email ?? email) : undefined
      postUnseen(
        deps,
        { to, locales: known ? localesOf(known) : frameOf(c, deps).locales },
        known
          ? { kind: 'registrationKnown', signInLink, resetLink }
          : { kind: 'registration', link, minutes: 30 },
      )
    })
    return show(c, deps, 200, { sent: true, typed: email })
  })

  return app
}

type Shown = Pick<SignUpPageProps, 'error' | 'typed' | 'sent'>

function show(c: Context, deps: Deps, status = 200, shown: Shown = {}): Response {
  if (!offersSignUp(deps)) return problemPage(c, deps, { kind: 'no_registration', status: 404 })
  return sendPage(c, signUpPage({ ...mailFormFrame(c, deps, '/sign-up'), ...shown }), status)
}
