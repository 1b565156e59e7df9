// Owns /registration and /invitation: who came by a mailed link chooses a password, and is in.
import type { Context, Hono } from 'hono'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { newAccountPage } from '../pages/new-password.js'
import { noticePage } from '../pages/notice.js'
import type { NewAccountPageProps } from '../pages/sign-in-props.js'
import { byPassword } from '../protocol/acr.js'
import { canonicalIdentifier, type StandardClaims, standardClaims, type User } from '../protocol/user.js'
import { type Audit, createAudit } from './audit.js'
import { factorsOf } from './factors.js'
import { deadLink, findMailed, findMailedForm, type Mailed, mailedRoute } from './mailed.js'
import { findOnward } from './mailed-onward.js'
import { choosePassword } from './new-password.js'
import { pageApp } from './problem.js'
import { confirmAddress } from './reset-password.js'
import { signInBrowser } from './signed-in.js'
import { frameOf } from './views.js'

export function registration(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now, random } = deps
  const route = mailedRoute(deps, 'registration')

  app.get(route, async (c) => {
    const mailed = await findMailed(c, deps, 'registration')
    if (mailed instanceof Response) return mailed
    return (await isTaken(deps, mailed))
      ? deadLink(c, deps, 'registration')
      : show(c, deps, mailed, mailed.token.email)
  })

  app.post(route, async (c) => {
    const again = (mailed: Mailed) => leadOn(c, deps, mailed)
    const mailed = await findMailedForm(c, deps, 'registration', again)
    if (mailed instanceof Response) return mailed
    const { id, email } = mailed.token
    const claims = readName(mailed.params.get('name'))
    const chosen = await choosePassword(
      deps,
      { username: email, email, claims },
      mailed.params.get('password'),
    )
    if ('fault' in chosen)
      return show(c, deps, mailed, email, 422, { error: { kind: chosen.fault }, name: claims.name })
    if (!(await store.actionTokens.spend(id, now()))) return again(mailed)
    const at = now()
    const sub = `u_${newId(at, random)}`
    const person = { sub, username: email, email, emailVerified: true, claims, disabled: false }
    const made = await store.users.create({ ...person, createdAt: at, updatedAt: at }, chosen.hash)
    const user = made ? await store.users.find(sub) : undefined
    if (!user) return deadLink(c, deps, 'registration')
    await audit(c, { type: 'user.created', sub, detail: { by: 'registration' } })
    return letIn(c, deps, mailed, audit, user)
  })

  return app
}

export function invitation(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store, now } = deps
  const route = mailedRoute(deps, 'invitation')

  app.get(route, async (c) => {
    const mailed = await findMailed(c, deps, 'invitation')
    if (mailed instanceof Response) return mailed
    const user = await invited(deps, mailed)
    if (!user) return deadLink(c, deps, 'invitation')
    return show(c, deps, mailed, user.username, 200, { name: user.claims.name })
  })

  app.post(route, async (c) => {
    const again = (mailed: Mailed) => leadOn(c, deps, mailed)
    const mailed = await findMailedForm(c, deps, 'invitation', again)
    if (mailed instanceof Response) return mailed
    const user = await invited(deps, mailed)
    if (!user) return deadLink(c, deps, 'invitation')
    const claims = { ...user.claims, ...readName(mailed.params.get('name')) }
    const chosen = await choosePassword(deps, { ...user, claims }, mailed.params.get('password'))
    if ('fault' in chosen) {
      const shown = { error: { kind: chosen.fault }, name: claims.name }
      return show(c, deps, mailed, user.username, 422, shown)
    }
    if (!(await store.actionTokens.spend(mailed.token.id, now()))) return again(mailed)
    await store.users.setPassword(user.sub, chosen.hash, now())
    await store.actionTokens.removeByUser(user.sub)
    await confirmAddress(deps, { ...user, claims, emailVerified: false })
    await audit(c, { type: 'user.invitation_accepted', sub: user.sub })
    const current = await store.users.find(user.sub)
    return current ? letIn(c, deps, mailed, audit, current) : deadLink(c, deps, 'invitation')
  })

  return app
}

async function letIn(c: Context, deps: Deps, mailed: Mailed, audit: Audit, user: User): Promise<Response> {
  const { totp, passkeys } = await factorsOf(deps, user.sub)
  // The link proves that somebody reads the mail, and nothing else (EN01).
  if (!user.secondFactorRequired && !totp && passkeys.length === 0) {
    await signInBrowser(c, deps, mailed.browser, audit, { user, authentication: byPassword, keep: false })
  }
  return leadOn(c, deps, mailed)
}

/** On to the app in the browser that began it; in another one, a page that says how to go back to the app. */
async function leadOn(c: Context, deps: Deps, { token, browser }: Mailed): Promise<Response> {
  const { here, backTo } = await findOnward(deps, token, browser)
  if (here) return seeOther(c, here)
  const account = `${deps.config.issuerPath}/account` as `/${string}`
  if (token.interactionId === undefined) return seeOther(c, account)
  const actions = [{ kind: 'account', href: account }] as const
  return sendPage(c, noticePage({ ...frameOf(c, deps), kind: 'account_ready', actions, backTo }))
}

async function isTaken({ store }: Deps, { token }: Mailed): Promise<boolean> {
  return (await store.users.findByIdentifier(canonicalIdentifier(token.email))) !== undefined
}

/** Whom the invitation is for, as long as it is not accepted and the address is theirs. */
async function invited({ store }: Deps, { token }: Mailed): Promise<User | undefined> {
  const user = await store.users.find(token.sub ?? '')
  return user && !user.disabled && !user.hasPassword && user.email === token.email ? user : undefined
}

function readName(name: string | undefined): StandardClaims {
  const parsed = standardClaims.safeParse({ name: name?.trim() || undefined })
  return parsed.success && parsed.data.name !== undefined ? { name: parsed.data.name } : {}
}

type Shown = Pick<NewAccountPageProps, 'error' | 'name'>

function show(
  c: Context,
  deps: Deps,
  mailed: Mailed,
  username: string,
  status = 200,
  shown: Shown = {},
): Response {
  const { action, csrf, token } = mailed
  const kind = token.purpose === 'invitation' ? 'invitation' : 'registration'
  const minLength = deps.config.passwordMin
  const page = newAccountPage({ ...frameOf(c, deps), ...shown, kind, action, csrf, username, minLength })
  return sendPage(c, page, status)
}
