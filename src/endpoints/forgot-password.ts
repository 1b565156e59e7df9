// Owns /forgot-password: a mailed link to choose a new one. Whether anybody is known by the name is not told (SE04).
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { newLink } from '../mail/link.js'
import { forgotPasswordPage } from '../pages/ask-for-mail.js'
import type { ForgotPasswordPageProps } from '../pages/sign-in-props.js'
import { canonicalIdentifier, emailError, isDeliverable } from '../protocol/user.js'
import { countInAudit } from './audit.js'
import { isOwnForm } from './browser.js'
import { forgedPage, interactionIn, ownForm } from './interaction.js'
import { atEvenPace, brakeMail, mailFormFrame, mayReach } from './mail-form.js'
import { localesOf, postUnseen } from './notify.js'
import { anonymous } from './origin.js'
import { pageApp, problemPage } from './problem.js'

export function forgotPassword(deps: Deps): Hono {
  const app = pageApp(deps)
  const { store } = deps
  const path = `${deps.config.issuerPath}/forgot-password`

  app.get(path, (c) => show(c, deps))

  app.post(path, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    if (deps.mail.kind === 'none') return show(c, deps)
    if (!isOwnForm(c, deps, '/forgot-password', params)) return forgedPage(c, deps, path)
    const typed = params.get('email')?.trim() ?? ''
    if (typed === '' || typed.length > 254) return show(c, deps, 422, { error: { kind: 'missing' }, typed })
    if (typed.includes('@') && emailError(typed) === 'email_domain' && !isDeliverable(typed)) {
      return show(c, deps, 422, { error: { kind: 'email_domain' }, typed })
    }
    const retryAfter = await brakeMail(c, deps, typed)
    if (retryAfter > 0) return show(c, deps, 429, { error: { kind: 'throttled', retryAfter }, typed })
    await atEvenPace(async () => {
      const user = await store.users.findByIdentifier(canonicalIdentifier(typed))
      const reader = user && !user.disabled && user.email !== undefined ? user : undefined
      // A row is written either way: the answer takes as long for a name that nobody has.
      const { url: link } = await newLink(
        deps,
        {
          purpose: 'reset_password',
          sub: reader?.sub,
          email: reader?.email ?? '',
          interactionId: interactionIn(c.req.query('interaction')),
        },
        anonymous(c, deps),
      )
      await countInAudit(c, deps, { type: 'user.password_reset_asked', sub: reader?.sub })
      const reached = await mayReach(deps, typed, user)
      postUnseen(
        deps,
        { to: reached ? reader?.email : undefined, locales: reader ? localesOf(reader) : [] },
        { kind: 'resetPassword', link, minutes: 30 },
      )
    })
    return show(c, deps, 200, { sent: true, typed })
  })

  return app
}

type Shown = Pick<ForgotPasswordPageProps, 'error' | 'typed' | 'sent'>

function show(c: Context, deps: Deps, status = 200, shown: Shown = {}): Response {
  if (deps.mail.kind === 'none') return problemPage(c, deps, { kind: 'no_mail', status: 404 })
  const page = forgotPasswordPage({ ...mailFormFrame(c, deps, '/forgot-password'), ...shown })
  return sendPage(c, page, status)
}
