// Owns /verify-email and /change-email: an address is a person's once they have pressed a button that came by it.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { confirmPage, noticePage } from '../pages/notice.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import { meetsAssurance, requiredFor } from './assurance.js'
import { createAudit } from './audit.js'
import { beginInteraction } from './interaction.js'
import {
  deadLink,
  findMailed,
  findMailedForm,
  findOther,
  type Mailed,
  mailedRoute,
  otherView,
} from './mailed.js'
import { localesOf, post } from './notify.js'
import { pageApp } from './problem.js'
import { confirmAddress } from './reset-password.js'
import { findVisitor, type Visitor } from './session.js'
import { frameOf } from './views.js'

export function verifyEmail(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now } = deps
  const route = mailedRoute(deps, 'verify_email')

  app.get(route, async (c) => {
    const mailed = await findMailed(c, deps, 'verify_email')
    if (mailed instanceof Response) return mailed
    return showButton(c, deps, mailed, 'verify', await findOther(c, deps, mailed.token))
  })

  app.post(route, async (c) => {
    const again = (mailed: Mailed) => confirmedAgain(c, deps, mailed)
    const mailed = await findMailedForm(c, deps, 'verify_email', again)
    if (mailed instanceof Response) return mailed
    const { id, sub = '', email } = mailed.token
    const user = await store.users.find(sub)
    const current = user && user.email === email ? user : undefined
    if (!current) return deadLink(c, deps, 'verify_email')
    if (!(await store.actionTokens.spend(id, now()))) return again(mailed)
    await confirmAddress(deps, current)
    await audit(c, { type: 'user.email_verified', sub })
    return confirmed(c, deps, current)
  })

  return app
}

export function changeEmail(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now } = deps
  const route = mailedRoute(deps, 'change_email')

  app.get(route, async (c) => {
    const mailed = await findMailed(c, deps, 'change_email')
    if (mailed instanceof Response) return mailed
    return (await notTheirs(c, deps, mailed)) ?? showButton(c, deps, mailed, 'change', undefined)
  })

  app.post(route, async (c) => {
    const again = (mailed: Mailed) => confirmedAgain(c, deps, mailed)
    const mailed = await findMailedForm(c, deps, 'change_email', again)
    if (mailed instanceof Response) return mailed
    const elsewhere = await notTheirs(c, deps, mailed)
    if (elsewhere) return elsewhere
    const { id, sub = '', email } = mailed.token
    const user = await store.users.find(sub)
    if (!user) return deadLink(c, deps, 'change_email')
    if (!(await store.actionTokens.spend(id, now()))) return again(mailed)
    if (!(await store.users.update(withAddress(user, email, now())))) {
      const actions = [{ kind: 'account', href: `${deps.config.issuerPath}/account/profile` }] as const
      const frame = frameOf(c, deps, localesOf(user))
      return sendPage(c, noticePage({ ...frame, kind: 'email_taken', actions, failed: true }), 409)
    }
    await store.actionTokens.removeByUser(sub)
    await audit(c, { type: 'user.email_changed', sub })
    // Whoever lost the account learns of it where they can still read (AC02).
    if (user.email !== undefined) {
      const reader = { to: user.email, locales: localesOf(user) }
      post(deps, reader, { kind: 'emailChanged', newAddress: email, when: now() })
    }
    return confirmed(c, deps, user)
  })

  return app
}

/** Only the person who asked for it, signed in: a forwarded link must not move anybody's account (AC02). */
async function notTheirs(c: Context, deps: Deps, mailed: Mailed): Promise<Response | undefined> {
  const { token } = mailed
  const demand = requiredFor(c, deps)
  const visitor = await findVisitor(c, deps)
  if (visitor && visitor.user.sub !== token.sub) return showButton(c, deps, mailed, 'change', visitor)
  if (visitor && (await meetsAssurance(deps, visitor, demand))) return undefined
  const returnTo = `/change-email/${c.req.param('handle') ?? ''}` as const
  return beginInteraction(c, deps, { kind: 'account', returnTo, demand })
}

/** Who signs in by their address goes on doing so, by the new one. */
function withAddress(user: User, email: string, updatedAt: number) {
  const { sub, claims } = user
  const sameName = canonicalIdentifier(user.username) === canonicalIdentifier(user.email ?? '')
  return { sub, username: sameName ? email : user.username, email, emailVerified: true, claims, updatedAt }
}

function showButton(
  c: Context,
  deps: Deps,
  { action, csrf, token: { email } }: Mailed,
  kind: 'verify' | 'change',
  inFront: Visitor | undefined,
): Response {
  const other = inFront && otherView(inFront)
  const page = confirmPage({ ...frameOf(c, deps), kind, action, csrf, email, other })
  return sendPage(c, page, other && kind === 'change' ? 410 : 200)
}

/** The form of a link that was used a moment ago, sent again. */
async function confirmedAgain(c: Context, deps: Deps, { token }: Mailed): Promise<Response> {
  const user = await deps.store.users.find(token.sub ?? '')
  return user?.email === token.email ? confirmed(c, deps, user) : deadLink(c, deps, token.purpose)
}

async function confirmed(c: Context, deps: Deps, user: User): Promise<Response> {
  const inFront = await findOther(c, deps, user)
  const page = inFront ? '/select-account' : '/account/profile'
  const actions = [{ kind: 'account', href: `${deps.config.issuerPath}${page}` }] as const
  return sendPage(c, noticePage({ ...frameOf(c, deps, localesOf(user)), kind: 'email_confirmed', actions }))
}
