// Owns /reset-password: a new password for who reads the mail of an account, and an end to everything before it.

import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { resetPasswordPage } from '../pages/new-password.js'
import { noticePage } from '../pages/notice.js'
import { resetDonePage } from '../pages/reset-done.js'
import type { ResetPasswordPageProps } from '../pages/sign-in-props.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { User } from '../protocol/user.js'
import type { ActionToken } from '../store/store.js'
import { type AccountAccess, accessOf } from './account-access.js'
import { createAudit } from './audit.js'
import {
  deadLink,
  findMailed,
  findMailedForm,
  findOther,
  findUsed,
  type Mailed,
  mailedRoute,
} from './mailed.js'
import { findOnward } from './mailed-onward.js'
import { choosePassword } from './new-password.js'
import { localesOf, tell } from './notify.js'
import { pageApp } from './problem.js'
import { accountOf, frameOf } from './views.js'

export function resetPassword(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now } = deps
  const route = mailedRoute(deps, 'reset_password')

  app.get(route, async (c) => {
    const done = c.req.query('done') === undefined ? undefined : await findUsed(c, deps, 'reset_password')
    if (done) return showDone(c, deps, done)
    const mailed = await findMailed(c, deps, 'reset_password')
    if (mailed instanceof Response) return mailed
    const user = await personOf(deps, mailed.token)
    return user ? show(c, deps, mailed, user) : deadLink(c, deps, 'reset_password')
  })

  app.post(route, async (c) => {
    const again = async ({ action }: Mailed) => seeOther(c, `${action}?done=1` as `/${string}`)
    const mailed = await findMailedForm(c, deps, 'reset_password', again)
    if (mailed instanceof Response) return mailed
    const user = await personOf(deps, mailed.token)
    if (!user) return deadLink(c, deps, 'reset_password')
    const chosen = await choosePassword(deps, user, mailed.params.get('password'))
    if ('fault' in chosen) return show(c, deps, mailed, user, 422, { error: { kind: chosen.fault } })
    if (!(await store.actionTokens.spend(mailed.token.id, now()))) return again(mailed)
    const access = await accessOf(deps, user.sub)
    // First: a crash in between leaves a password that is asked for a passkey, never one that opens the account alone.
    if (access.passkeys.length > 0) await store.users.setPasswordReset(user.sub, now())
    await store.users.setPassword(user.sub, chosen.hash, now())
    await store.actionTokens.removeByUser(user.sub)
    await endEverything(deps, user.sub)
    await confirmAddress(deps, user)
    await audit(c, { type: 'user.password_reset', sub: user.sub })
    tellReset(c, deps, { ...user, emailVerified: true }, access)
    return showAccess(c, deps, user, access, mailed)
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
  await store.consents.removeByUser(sub)
  await store.grants.revokeByUser(sub, now(), 'password reset')
}

/** The link has come by the address, and so proves it. */
export async function confirmAddress({ store, now }: Deps, user: User): Promise<void> {
  if (user.emailVerified) return
  const { sub, username, email, claims } = user
  await store.users.update({ sub, username, email, emailVerified: true, claims, updatedAt: now() })
}

/** A thief who has added a passkey must not stay unseen: the mail and the page name all that is there (EN03). */
function tellReset(c: Context, deps: Deps, user: User, { passkeys, totp, apps }: AccountAccess): void {
  tell(c, deps, user, (happened) => ({
    kind: 'passwordReset',
    ...happened,
    passkeys: passkeys.map(({ name }) => name),
    twoStep: totp !== undefined,
    apps: apps.map(({ name }) => name),
    checkLink: issuerUrl(deps.config.issuer, '/account/check'),
  }))
}

/** For the second press of the button, whichever password it sent: what the first one disconnected is not known here. */
async function showDone(c: Context, deps: Deps, { token, browser }: Mailed): Promise<Response> {
  const { here, backTo } = await findOnward(deps, token, browser)
  const href = here ?? `${deps.config.issuerPath}/login`
  const actions = [{ kind: 'signIn', href }] as const
  return sendPage(c, noticePage({ ...frameOf(c, deps), kind: 'password_reset', actions, backTo }))
}

async function showAccess(
  c: Context,
  deps: Deps,
  user: User,
  { passkeys, totp, apps }: AccountAccess,
  { token, browser }: Mailed,
): Promise<Response> {
  const base = deps.config.issuerPath
  const { here, backTo } = await findOnward(deps, token, browser)
  const inFront = await findOther(c, deps, user)
  const page = resetDonePage({
    ...frameOf(c, deps, localesOf(user)),
    passkeys: passkeys.map(({ name, createdAt, lastUsedAt }) => ({
      name,
      created: createdAt,
      lastUsed: lastUsedAt,
    })),
    twoStepSince: totp?.createdAt,
    apps,
    checkHref: inFront ? `${base}/select-account` : `${base}/account/check`,
    onwardHref: here,
    backTo,
  })
  return sendPage(c, page)
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
