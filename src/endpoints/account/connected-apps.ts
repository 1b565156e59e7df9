// The apps that are connected to an account, read in batches and told in pages (EX06).
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Deps } from '../../deps.js'
import { pageSize } from '../../pages/page-size.js'
import type { ConnectionView } from '../../pages/props.js'
import { resourcesAmong } from '../../protocol/known-resources.js'
import type { Resource } from '../../protocol/resource.js'
import type { ConnectionGrant } from '../../store/store.js'
import { appOf, scopeGroups } from '../views.js'

/** Rows that are read at once. */
const batch = 250
/** Behind every id of a grant. */
const lastId = '~'

/** What the grants of one app come to. */
type Summary = {
  readonly scope: Set<string>
  readonly resources: Set<string>
  since: number
  lastUsed: number | undefined
  devices: number
}

export type ConnectionsPage = {
  readonly connections: ConnectionView[]
  /** The last app of this page, if there are more. */
  readonly next: string | undefined
}

/**
 * The apps that hold access now or would get it again without asking, one page of them by their ids, those last used
 * first. An app with several grants is on several devices or browsers.
 */
export async function connectionsOf(deps: Deps, sub: string, after = ''): Promise<ConnectionsPage> {
  const found = await summaries(deps, sub, after)
  for (const consent of await deps.store.consents.listByUser(sub, { after, limit: pageSize + 1 })) {
    const { clientId, scope, resources, grantedAt } = consent
    const known = found.get(clientId)
    if (known) known.since = Math.min(known.since, grantedAt)
    else found.set(clientId, summary({ scope, resources, createdAt: grantedAt }, 0))
  }
  const ids = [...found.keys()].sort()
  const shown = ids.slice(0, pageSize)
  const registered = await deps.store.resources.all()
  const views = await Promise.all(shown.map((id) => viewOf(deps, id, found.get(id), registered)))
  return {
    connections: views
      .filter((view) => view !== undefined)
      .sort((a, b) => (b.lastUsed ?? b.since) - (a.lastUsed ?? a.since)),
    next: ids.length > pageSize ? shown.at(-1) : undefined,
  }
}

/** Of one app more than a page has, so that all but the last are complete. */
async function summaries(deps: Deps, sub: string, after: string): Promise<Map<string, Summary>> {
  const found = new Map<string, Summary>()
  for await (const grant of connectionGrants(deps, sub, after)) {
    const known = found.get(grant.clientId)
    if (known) add(known, grant)
    else found.set(grant.clientId, summary(grant, 1))
    if (found.size > pageSize) break
  }
  return found
}

/** All grants of a user, by client and id, behind those of one client. Others get their turn between two batches. */
export async function* connectionGrants(
  { store, now }: Deps,
  sub: string,
  afterClient = '',
): AsyncGenerator<ConnectionGrant> {
  let position = { afterClient, after: lastId }
  for (;;) {
    const rows = await store.grants.connections({ sub, now: now(), ...position, limit: batch })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) return
    position = { afterClient: last.clientId, after: last.id }
    await yieldToEventLoop()
  }
}

function summary(
  { scope, resources, createdAt, lastUsedAt }: Omit<ConnectionGrant, 'id' | 'clientId'>,
  devices: number,
): Summary {
  return {
    scope: new Set(scope),
    resources: new Set(resources),
    since: createdAt,
    lastUsed: lastUsedAt,
    devices,
  }
}

function add(known: Summary, { scope, resources, createdAt, lastUsedAt }: ConnectionGrant): void {
  for (const name of scope) known.scope.add(name)
  for (const identifier of resources) known.resources.add(identifier)
  known.since = Math.min(known.since, createdAt)
  if (lastUsedAt !== undefined) known.lastUsed = Math.max(known.lastUsed ?? 0, lastUsedAt)
  known.devices++
}

async function viewOf(
  { store, config }: Deps,
  clientId: string,
  found: Summary | undefined,
  registered: readonly Resource[],
): Promise<ConnectionView | undefined> {
  const client = await store.clients.find(clientId)
  if (!client || !found) return undefined
  const resources = resourcesAmong(registered, [...found.resources])
  return {
    clientId,
    app: appOf(client),
    scopes: scopeGroups([...found.scope], resources).flatMap((group) => group.scopes),
    since: found.since,
    lastUsed: found.lastUsed,
    devices: found.devices,
    disconnect: {
      action: `${config.issuerPath}/account/connections/${encodeURIComponent(clientId)}/disconnect`,
    },
  }
}
