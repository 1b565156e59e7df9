// Owns /account/activity: what has lately happened to the account.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { sendPage } from '../../http/respond.js'
import { activityPage } from '../../pages/activity.js'
import { pageApp } from '../problem.js'
import { accountFrame } from './frame.js'
import { requireVisitor } from './visitor.js'

const pageSize = 50

export function activity(deps: Deps): Hono {
  const app = pageApp(deps)
  const path = `${deps.config.issuerPath}/account/activity` as const
  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/activity')
    if (visitor instanceof Response) return visitor
    const before = c.req.query('before')?.slice(0, 64)
    // One more than is shown tells whether there is an earlier page.
    const found = await deps.store.audit.ofUser(visitor.user.sub, { before, limit: pageSize + 1 })
    const shown = found.slice(0, pageSize)
    const events = await Promise.all(
      shown.map(async ({ type, at, ip, clientId, count }) => ({
        type,
        at,
        address: ip,
        count,
        app: clientId && (await deps.store.clients.find(clientId))?.metadata.client_name,
      })),
    )
    const last = shown.at(-1)
    const page = activityPage({
      ...accountFrame(c, deps, visitor, 'activity'),
      events,
      earlierHref: found.length > pageSize && last ? `${path}?before=${last.id}` : undefined,
    })
    return sendPage(c, page)
  })
  return app
}
