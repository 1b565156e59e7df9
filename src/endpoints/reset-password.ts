// Owns /reset-password: a new password for who reads the mail of an account, and an end to everything before it.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { resetPasswordPage } from '../pages/new-password.js'
import { noticePage } from '../pages/notice.js'
import type { ResetPasswordPageProps } from '../pages/sign-in-props.js'
import type { User } from '../protocol/user.js'
import type { ActionToken } from '../store/store.js'
import { createAudit } from './audit.js'
import { deadLink, findMailed, findMailedForm, type Mailed, mailedRoute } from './mailed.js'
import { choosePassword } from './new-password.js'
import { localesOf, tellChange } from './notify.js'
import { pageApp } from './problem.js'
import { accountOf, frameOf } from './views.js'

export function resetPassword(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now } = deps
  const route = mailedRoute(deps, 'reset_password')

  app.get(route, async (c) => {
    const mailed = await findMailed(c, deps, 'reset_password')
    if (mailed instanceof Response) return mailed
    const user = await personOf(deps, mailed.token)
    return user ? show(c, deps, mailed, user) : deadLink(c, deps, 'reset_password')
  })

  app.post(route, async (c) => {
    const mailed = await findMailedForm(c, deps, 'reset_password')
    if (mailed instanceof Response) return mailed
    const user = await personOf(deps, mailed.token)
    if (!user) return deadLink(c, deps, 'reset_password')
    const chosen = await choosePassword(deps, user, mailed.params.get('password'))
    if ('fault' in chosen) return show(c, deps, mailed, user, 422, { error: { kind: chosen.fault } })
    if (!(await store.actionTokens.spend(mailed.token.id, now()))) return deadLink(c, deps, 'reset_password')
    await store.users.setPassword(user.sub, chosen.hash, now())
    await store.actionTokens.removeByUser(user.sub)
    await endEverything(deps, user.sub)
    await confirmAddress(deps, user)
    await audit(c, { type: 'user.password_reset', sub: user.sub })
    tellChange(c, deps, { ...user, emailVerified: true }, 'password')
    const { issuerPath } = deps.config
    const { interactionId } = mailed.token
    const href =
      interactionId === undefined ? `${issuerPath}/login` : `${issuerPath}/authorize/${interactionId}`
    const frame = frameOf(c, deps, localesOf(user))
    return sendPage(c, noticePage({ ...frame, kind: 'password_reset', actions: [{ kind: 'signIn', href }] }))
  })

  return app
}

/** Whom the link is about, if it still goes to their address (AC01). */
async function personOf({ store }: Deps, { sub, email }: ActionToken): Promise<User | undefined> {
  const user = sub === undefined ? undefined : await store.users.find(sub)
  return user && !user.disabled && user.email === email ? user : undefined
}

/** Who resets a password because the account was taken over need not know that refresh tokens exist. */
async function endEverything({ store, now }: Deps, sub: string): Promise<void> {
  await store.grants.revokeByUser(sub, now(), 'password reset')
  await store.sessions.endByUser(sub, now())
  await store.grants.revokeByUser(sub, now(), 'password reset')
}

/** The link has come by the address, and so proves it. */
export async function confirmAddress({ store, now }: Deps, user: User): Promise<void> {
  if (user.emailVerified) return
  const { sub, username, email, claims } = user
  await store.users.update({ sub, username, email, emailVerified: true, claims, updatedAt: now() })
}

type Shown = Pick<ResetPasswordPageProps, 'error'>

function show(c: Context, deps: Deps, mailed: Mailed, user: User, status = 200, shown: Shown = {}): Response {
  const page = resetPasswordPage({
    ...frameOf(c, deps, localesOf(user)),
    ...shown,
    action: mailed.action,
    csrf: mailed.csrf,
    account: accountOf(user),
    minLength: deps.config.passwordMin,
  })
  return sendPage(c, page, status)
}
