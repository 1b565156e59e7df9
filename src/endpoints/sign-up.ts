// Owns /sign-up: an account begins with an address, and whether one is known here is told to that address alone.
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { sendPage } from '../http/respond.js'
import { newLink } from '../mail/link.js'
import { signUpPage } from '../pages/ask-for-mail.js'
import type { SignUpPageProps } from '../pages/sign-in-props.js'
import { canonicalIdentifier, checkEmail } from '../protocol/user.js'
import { createAudit } from './audit.js'
import { findBrowser, nameBrowser } from './browser.js'
import { forgedPage, interactionIn, ownForm } from './interaction.js'
import { localesOf, post } from './notify.js'
import { pageApp, problemPage } from './problem.js'
import { frameOf } from './views.js'

export function signUp(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, config } = deps
  const path = `${config.issuerPath}/sign-up`

  app.get(path, (c) => show(c, deps))

  app.post(path, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    if (!isOffered(deps)) return show(c, deps)
    const browser = findBrowser(c, deps)
    if (!browser || !csrfMatches(deps.secrets.csrf, params.get('csrf'), 'sign up', browser.secret)) {
      return forgedPage(c, deps, path)
    }
    const email = params.get('email')?.trim() ?? ''
    if (checkEmail(email) !== undefined) return show(c, deps, 422, { error: { kind: 'email' }, typed: email })
    const name = canonicalIdentifier(email)
    const { allowed, retryAfter } = await deps.throttle.mail(addressKey(addressOf(c, config)), name)
    if (!allowed) {
      c.header('Retry-After', String(retryAfter))
      return show(c, deps, 429, { error: { kind: 'throttled', retryAfter }, typed: email })
    }
    const known = await store.users.findByIdentifier(name)
    const interactionId = interactionIn(c.req.query('interaction'))
    // Written either way, so that the answer takes as long for an address that is known (SE04).
    const { url: link } = await newLink(deps, { purpose: 'registration', email, interactionId })
    await audit(c, { type: 'user.registration_asked', sub: known?.sub })
    const signInLink = `${config.issuer}/login`
    const resetLink = `${config.issuer}/forgot-password`
    if (known) {
      post(
        deps,
        { to: known.email ?? email, locales: localesOf(known) },
        { kind: 'registrationKnown', signInLink, resetLink },
      )
    } else {
      post(
        deps,
        { to: email, locales: frameOf(c, deps).locales },
        { kind: 'registration', link, minutes: 60 },
      )
    }
    return show(c, deps, 200, { sent: true, typed: email })
  })

  return app
}

function isOffered({ config, mail }: Deps): boolean {
  return config.registration === 'on' && mail.kind !== 'none'
}

type Shown = Pick<SignUpPageProps, 'error' | 'typed' | 'sent'>

function show(c: Context, deps: Deps, status = 200, shown: Shown = {}): Response {
  if (!isOffered(deps)) return problemPage(c, deps, { kind: 'no_registration', status: 404 })
  const base = deps.config.issuerPath
  const interaction = interactionIn(c.req.query('interaction'))
  const page = signUpPage({
    ...frameOf(c, deps),
    ...shown,
    action: `${base}/sign-up${interaction === undefined ? '' : `?interaction=${interaction}`}`,
    csrf: csrfToken(deps.secrets.csrf, 'sign up', nameBrowser(c, deps).secret),
    loginHref: interaction === undefined ? `${base}/login` : `${base}/login/${interaction}`,
  })
  return sendPage(c, page, status)
}
