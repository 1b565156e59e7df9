// Owns /account/password: a new password, and who is signed out by it.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import type { PasswordPageProps } from '../../pages/account-props.js'
import { passwordPage } from '../../pages/password.js'
import { createAudit } from '../audit.js'
import { endOtherSessions } from '../end-sessions.js'
import { choosePassword } from '../new-password.js'
import { tellChange } from '../notify.js'
import { pageApp } from '../problem.js'
import { renewSession, type Visitor } from '../session.js'
import { accountFrame } from './frame.js'
import { requireForm, requireVisitor } from './visitor.js'

export function password(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const path = `${deps.config.issuerPath}/account/password` as const

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/password')
    if (visitor instanceof Response) return visitor
    const changed = c.req.query('changed') !== undefined && isJust(visitor.user.passwordSetAt, deps)
    return show(c, deps, visitor, 200, { notice: changed ? 'changed' : undefined })
  })

  app.post(path, async (c) => {
    const visitor = await requireForm(c, deps, '/account/password')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const chosen = await choosePassword(deps, user, params.get('password'))
    if ('fault' in chosen) return show(c, deps, visitor, 422, { error: { kind: chosen.fault } })
    await deps.store.users.setPassword(user.sub, chosen.hash, deps.now())
    await deps.store.actionTokens.removeByUser(user.sub)
    const spare = params.get('end_sessions') !== '1'
    const disconnect = params.get('disconnect_apps') === '1'
    if (!spare) await endOtherSessions(deps, visitor, { disconnect })
    else if (disconnect) await deps.store.grants.revokeByUser(user.sub, deps.now(), 'password changed')
    await renewSession(c, deps, visitor)
    await audit(c, { type: 'user.password_changed', sub: user.sub, sessionId: visitor.session.sid })
    tellChange(c, deps, user, 'password')
    return seeOther(c, `${path}?changed=1` as `/${string}`)
  })

  return app
}

/** Said only while it is true: the address alone could claim anything. */
function isJust(at: number | undefined, { now }: Deps): boolean {
  return at !== undefined && now() - at < 60
}

type Shown = Pick<PasswordPageProps, 'error' | 'notice'>

function show(c: Context, deps: Deps, visitor: Visitor, status: number, shown: Shown): Response {
  const { user } = visitor
  const page = passwordPage({
    ...accountFrame(c, deps, visitor, 'password'),
    ...shown,
    action: `${deps.config.issuerPath}/account/password`,
    username: user.username,
    hasPassword: user.hasPassword,
    minLength: deps.config.passwordMin,
    setAt: user.passwordSetAt,
  })
  return sendPage(c, page, status)
}
