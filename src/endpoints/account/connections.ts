// Owns /account/connections: the apps that can use a person's account, and ending that at once.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import { connectionsPage } from '../../pages/connections.js'
import { type Audit, createAudit } from '../audit.js'
import { pageApp, problemPage } from '../problem.js'
import { connectionsOf } from './connected-apps.js'
import { accountFrame } from './frame.js'
import { entryForm, requireForm, requireVisitor, wasListed } from './visitor.js'

export function connections(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const path = `${deps.config.issuerPath}/account/connections`

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/connections')
    if (visitor instanceof Response) return visitor
    const { connections: list, next } = await connectionsOf(
      deps,
      visitor.user.sub,
      c.req.query('after')?.slice(0, 2048),
    )
    const page = connectionsPage({
      ...accountFrame(c, deps, visitor, 'connections'),
      connections: list.map((one) => ({
        ...one,
        disconnect: entryForm(deps, visitor, { action: one.disconnect.action, id: one.clientId }),
      })),
      moreHref: next && `${path}?after=${encodeURIComponent(next)}`,
      notice: await noticeFor(deps, visitor.user.sub, c.req.query('disconnected')),
    })
    return sendPage(c, page)
  })

  app.post(`${path}/:client/disconnect`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/connections')
    if (visitor instanceof Response) return visitor
    const clientId = c.req.param('client')
    const found = await disconnect(c, deps, audit, visitor.user.sub, clientId)
    if (!found && !wasListed(deps, visitor, clientId)) {
      return problemPage(c, deps, { kind: 'not_found', status: 404 })
    }
    return seeOther(c, `${path}?disconnected=${encodeURIComponent(clientId)}` as `/${string}`)
  })

  return app
}

/** Ends what one app may do for a user; false if there is no such connection. */
export async function disconnect(
  c: Context,
  deps: Deps,
  audit: Audit,
  sub: string,
  clientId: string,
): Promise<boolean> {
  const { store, now } = deps
  const end = () => store.grants.revokeByUserAndClient(sub, clientId, now(), 'disconnected by the user')
  // Grants first: a crash between leaves an app that is asked about less, not one that still has access. And
  // once more, for what came of the consent meanwhile.
  const before = await end()
  const forgotten = await store.consents.remove(sub, clientId)
  const ended = before + (await end())
  if (ended === 0 && !forgotten) return false
  await audit(c, { type: 'connection.ended', sub, clientId, detail: { grants: ended } })
  return true
}

/** Said only while it is true: the address alone could claim anything. */
async function noticeFor(deps: Deps, sub: string, clientId: string | undefined) {
  if (clientId === undefined || (await isConnected(deps, sub, clientId))) return undefined
  const client = await deps.store.clients.find(clientId)
  return client && ({ kind: 'disconnected', app: client.metadata.client_name } as const)
}

async function isConnected({ store, now }: Deps, sub: string, clientId: string): Promise<boolean> {
  if (await store.consents.find(sub, clientId)) return true
  return (await store.grants.list({ sub, clientId, now: now(), limit: 1 })).length > 0
}
