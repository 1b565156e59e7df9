// Owns /account/connections: the apps that can use a person's account, and ending that at once.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import { connectionsPage } from '../../pages/connections.js'
import type { ConnectionView } from '../../pages/props.js'
import type { GrantRow } from '../../store/store.js'
import { type Audit, createAudit } from '../audit.js'
import { pageApp, problemPage } from '../problem.js'
import { appOf, scopeGroups } from '../views.js'
import { accountFrame } from './frame.js'
import { requireForm, requireVisitor } from './visitor.js'

const pageSize = 500

export function connections(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const path = `${deps.config.issuerPath}/account/connections`

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/connections')
    if (visitor instanceof Response) return visitor
    const list = await connectionsOf(deps, visitor.user.sub)
    const page = connectionsPage({
      ...accountFrame(c, deps, visitor, 'connections'),
      connections: list,
      notice: await noticeFor(deps, c.req.query('disconnected'), list),
    })
    return sendPage(c, page)
  })

  app.post(`${path}/:client/disconnect`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/connections')
    if (visitor instanceof Response) return visitor
    const clientId = c.req.param('client')
    const found = await disconnect(c, deps, audit, visitor.user.sub, clientId)
    if (!found) return problemPage(c, deps, { kind: 'not_found', status: 404 })
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

/**
 * The apps that hold access now or would get it again without asking, last used first. An app with several
 * grants is on several devices or browsers.
 */
export async function connectionsOf(deps: Deps, sub: string): Promise<ConnectionView[]> {
  const grants = await liveGrants(deps, sub)
  const consents = new Map(
    (await deps.store.consents.listByUser(sub)).map((consent) => [consent.clientId, consent]),
  )
  const registered = await deps.store.resources.all()
  const views: ConnectionView[] = []
  for (const clientId of new Set([...grants.map((grant) => grant.clientId), ...consents.keys()])) {
    const client = await deps.store.clients.find(clientId)
    if (!client) continue
    const own = grants.filter((grant) => grant.clientId === clientId)
    const consent = consents.get(clientId)
    const sources = own.length > 0 || !consent ? own : [consent]
    const scope = [...new Set(sources.flatMap((source) => source.scope))]
    const resources = registered.filter(({ identifier }) =>
      sources.some((source) => source.resources.includes(identifier)),
    )
    const used = own.flatMap(({ lastUsedAt }) => lastUsedAt ?? [])
    views.push({
      clientId,
      app: appOf(client),
      scopes: scopeGroups(scope, resources).flatMap((group) => group.scopes),
      since: Math.min(
        ...own.map(({ createdAt }) => createdAt),
        consent?.grantedAt ?? Number.POSITIVE_INFINITY,
      ),
      lastUsed: used.length > 0 ? Math.max(...used) : undefined,
      devices: own.length,
      disconnect: {
        action: `${deps.config.issuerPath}/account/connections/${encodeURIComponent(clientId)}/disconnect`,
      },
    })
  }
  return views.sort((a, b) => (b.lastUsed ?? b.since) - (a.lastUsed ?? a.since))
}

export async function liveGrants(deps: Deps, sub: string): Promise<GrantRow[]> {
  const all: GrantRow[] = []
  let after: string | undefined
  for (;;) {
    const page = await deps.store.grants.list({ sub, after, limit: pageSize, now: deps.now() })
    all.push(...page)
    if (page.length < pageSize) return all
    after = page.at(-1)?.id
  }
}

/** Said only while it is true: the address alone could claim anything. */
async function noticeFor(deps: Deps, clientId: string | undefined, list: readonly ConnectionView[]) {
  if (clientId === undefined || list.some((connection) => connection.clientId === clientId)) return undefined
  const client = await deps.store.clients.find(clientId)
  return client && ({ kind: 'disconnected', app: client.metadata.client_name } as const)
}
