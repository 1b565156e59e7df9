// Owns signing out from one's own account.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import { loggedOutPage } from '../../pages/logged-out.js'
import { createAudit } from '../audit.js'
import { logoutFrames } from '../front-channel.js'
import { pageApp } from '../problem.js'
import { endSession } from '../session.js'
import { frameOf } from '../views.js'
import { hasSignedOut, requireForm } from './visitor.js'

export function signOut(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const base = deps.config.issuerPath
  app.post(`${base}/account/sign-out`, async (c) => {
    // The second press of the button: the first one has signed out.
    if (hasSignedOut(c, deps)) return seeOther(c, `${base}/end-session` as `/${string}`)
    const visitor = await requireForm(c, deps, '/account')
    if (visitor instanceof Response) return visitor
    const { user, session } = visitor
    const frames = await logoutFrames(c, deps)
    await endSession(c, deps)
    await audit(c, { type: 'user.signed_out', sub: user.sub, sessionId: session.sid })
    if (frames.length > 0) return sendPage(c, loggedOutPage({ ...frameOf(c, deps), frames }))
    return seeOther(c, `${base}/end-session` as `/${string}`)
  })
  return app
}
