// Owns /account/profile: what apps are told about a person, and their address.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import { newLink } from '../../mail/link.js'
import type { ChangeEmailPageProps, ProfilePageProps } from '../../pages/account-props.js'
import { changeEmailPage } from '../../pages/change-email.js'
import { languages } from '../../pages/messages/pick.js'
import { profilePage } from '../../pages/profile.js'
import type { Params } from '../../protocol/params.js'
import { emailError, type StandardClaims, standardClaims } from '../../protocol/user.js'
import { createAudit } from '../audit.js'
import { brakeMail } from '../mail-form.js'
import { localesOf, post } from '../notify.js'
import { pageApp } from '../problem.js'
import type { Visitor } from '../session.js'
import { accountFrame } from './frame.js'
import { requireForm, requireVisitor } from './visitor.js'

const names = ['name', 'given_name', 'family_name'] as const

export function profile(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, mail } = deps
  const path = `${deps.config.issuerPath}/account/profile` as const

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/profile')
    return visitor instanceof Response ? visitor : show(c, deps, visitor)
  })

  app.post(path, async (c) => {
    const visitor = await requireForm(c, deps, '/account/profile')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const typed = typedClaims(user.claims, params)
    const claims = standardClaims.safeParse(typed).data
    if (!claims) return show(c, deps, visitor, 422, { error: { kind: 'too_long' }, claims: typed })
    const { sub, username, email, emailVerified } = user
    await store.users.update({ sub, username, email, emailVerified, claims, updatedAt: deps.now() })
    await audit(c, { type: 'user.profile_changed', sub })
    return seeOther(c, path as `/${string}`)
  })

  app.post(`${path}/verify-email`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/profile')
    if (visitor instanceof Response) return visitor
    const { sub, email, emailVerified } = visitor.user
    if (email === undefined || emailVerified || mail.kind === 'none') return seeOther(c, path as `/${string}`)
    const wait = await brakeMail(c, deps, email)
    if (wait > 0) return show(c, deps, visitor, 429, throttled(wait))
    const { url: link } = await newLink(deps, { purpose: 'verify_email', sub, email }, 'trusted')
    post(deps, { to: email, locales: localesOf(visitor.user) }, { kind: 'verifyEmail', link, hours: 24 })
    return show(c, deps, visitor, 200, { notice: { kind: 'sent', email } })
  })

  app.get(`${path}/email`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/profile/email')
    if (visitor instanceof Response) return visitor
    return mail.kind === 'none' ? seeOther(c, path as `/${string}`) : showChangeEmail(c, deps, visitor)
  })

  app.post(`${path}/email`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/profile/email')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const email = params.get('email')?.trim() ?? ''
    const kind = mail.kind === 'none' ? 'email' : emailError(email)
    if (kind) return showChangeEmail(c, deps, visitor, 422, { error: { kind }, typedEmail: email })
    const wait = await brakeMail(c, deps, email)
    if (wait > 0) return showChangeEmail(c, deps, visitor, 429, throttled(wait))
    // Whether the address is somebody else's is told to the address, and not to who asks (SE04).
    await store.actionTokens.removeByUser(user.sub, 'change_email')
    const { url: link } = await newLink(deps, { purpose: 'change_email', sub: user.sub, email }, 'trusted')
    post(deps, { to: email, locales: localesOf(user) }, { kind: 'changeEmail', link, minutes: 60 })
    await audit(c, { type: 'user.email_change_asked', sub: user.sub })
    return showChangeEmail(c, deps, visitor, 200, { notice: { kind: 'sent', email } })
  })

  return app
}

/** What was kept, with what was typed in its place; not checked yet. */
function typedClaims(before: StandardClaims, params: Params): StandardClaims {
  const { name: _n, given_name: _g, family_name: _f, locale: _l, ...rest } = before
  const typed = names.flatMap((claim) => {
    const value = params.get(claim)?.trim()
    return value ? [[claim, value]] : []
  })
  const locale = params.get('locale')
  const known = locale !== undefined && languages.has(locale) ? { locale } : {}
  return { ...rest, ...Object.fromEntries(typed), ...known }
}

function throttled(retryAfter: number) {
  return { error: { kind: 'throttled', retryAfter } } as const
}

function showChangeEmail(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  status = 200,
  shown: Pick<ChangeEmailPageProps, 'error' | 'notice' | 'typedEmail'> = {},
): Response {
  const path = `${deps.config.issuerPath}/account/profile`
  const frame = accountFrame(c, deps, visitor, 'profile')
  return sendPage(c, changeEmailPage({ ...frame, ...shown, action: `${path}/email`, back: path }), status)
}

type Shown = Pick<ProfilePageProps, 'error' | 'notice'> & {
  readonly claims?: StandardClaims
}

function show(c: Context, deps: Deps, visitor: Visitor, status = 200, shown: Shown = {}): Response {
  const { user } = visitor
  const path = `${deps.config.issuerPath}/account/profile`
  const mails = deps.mail.kind !== 'none'
  const page = profilePage({
    ...accountFrame(c, deps, visitor, 'profile'),
    claims: user.claims,
    ...shown,
    action: path,
    username: user.username,
    languages: [...languages.keys()],
    email: user.email === undefined ? undefined : { address: user.email, verified: user.emailVerified },
    verifyEmail:
      mails && user.email !== undefined && !user.emailVerified
        ? { action: `${path}/verify-email` }
        : undefined,
    changeEmailHref: mails ? `${path}/email` : undefined,
  })
  return sendPage(c, page, status)
}
