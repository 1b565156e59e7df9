// Owns /account: the state of a person's account at a glance.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { sendPage } from '../../http/respond.js'
import { overviewPage } from '../../pages/overview.js'
import { pageSize } from '../../pages/page-size.js'
import { factorsOf } from '../factors.js'
import { pageApp } from '../problem.js'
import { connectionsOf } from './connected-apps.js'
import { accountFrame } from './frame.js'
import { requireVisitor } from './visitor.js'

export function overview(deps: Deps): Hono {
  const app = pageApp(deps)
  app.get(`${deps.config.issuerPath}/account`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account')
    if (visitor instanceof Response) return visitor
    const { user } = visitor
    const [{ totp, passkeys, recoveryCodes }, sessions, { connections, next }] = await Promise.all([
      factorsOf(deps, user.sub),
      deps.store.sessions.newest({ sub: user.sub, now: deps.now(), limit: pageSize + 1 }),
      connectionsOf(deps, user.sub),
    ])
    const page = overviewPage({
      ...accountFrame(c, deps, visitor, 'overview'),
      email: user.email === undefined ? undefined : { address: user.email, verified: user.emailVerified },
      passwordSetAt: user.passwordSetAt,
      hasPassword: user.hasPassword,
      passkeys: passkeys.length,
      secondFactor: totp !== undefined,
      recoveryCodes,
      sessions: sessions.length,
      connections: connections.length + (next === undefined ? 0 : 1),
    })
    return sendPage(c, page)
  })
  return app
}
