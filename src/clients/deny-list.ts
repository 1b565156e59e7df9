// The deny list of self-registered clients: whom an administrator has disabled by client id or by host.
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { originOf } from '../protocol/client-id.js'
import type { SelfMade } from '../protocol/registration.js'
import type { DeniedClient, Store } from '../store/store.js'

export type DenyList = {
  /** Whether the id, or the host of a metadata document, is on the list. */
  hasId(id: string): boolean
  /** Whether one of the redirect URIs is at a host on the list. */
  hasRedirect(made: Pick<SelfMade, 'metadata'>): boolean
  /** Whether a client is denied: never one that an administrator has registered. */
  has(client: Pick<Client, 'id' | 'metadata' | 'verified'>): boolean
}

/** The store gives the same rows until the list changes. */
const lists = new WeakMap<readonly DeniedClient[], DenyList>()

export async function denyList({ deniedClients }: Pick<Store, 'deniedClients'>): Promise<DenyList> {
  const rows = await deniedClients.all()
  const list = lists.get(rows) ?? createDenyList(rows)
  lists.set(rows, list)
  return list
}

function createDenyList(rows: readonly DeniedClient[]): DenyList {
  const valuesOf = (kind: DeniedClient['kind']) =>
    new Set(rows.filter((row) => row.kind === kind).map(({ value }) => value))
  const [ids, hosts] = [valuesOf('id'), valuesOf('host')]
  const hasHost = (url: string) => hosts.size > 0 && namesOf(url).some((name) => hosts.has(name))
  const hasId = (id: string) => ids.has(id) || (originOf(id) === 'document' && hasHost(id))
  const hasRedirect = ({ metadata }: Pick<SelfMade, 'metadata'>) => metadata.redirect_uris.some(hasHost)
  return {
    hasId,
    hasRedirect,
    has: (client) => !client.verified && (hasId(client.id) || hasRedirect(client)),
  }
}

/** The host of a web address and every domain above it: whoever has a domain can make names below it. */
function namesOf(url: string): readonly string[] {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return []
  const labels = new URL(url).hostname.replace(/\.$/, '').split('.')
  return labels.map((_, at) => labels.slice(at).join('.'))
}

type Parts = Pick<Deps, 'store' | 'now'>

/** Disables a client that has registered itself, whether it has a row or not. Obeyed before its grants are ended. */
export async function denyId({ store, now }: Parts, id: string): Promise<void> {
  await store.deniedClients.add({ kind: 'id', value: id, createdAt: now() })
  await store.clients.setDisabled(id, true, now())
}

/** Enables it again. False if it was neither on the list nor has a row. */
export async function allowId({ store, now }: Parts, id: string): Promise<boolean> {
  // First what has slipped in meanwhile is ended.
  const isKnown = await store.clients.setDisabled(id, false, now())
  return (await store.deniedClients.remove({ kind: 'id', value: id })) || isKnown
}

/** Disables all self-registered clients at a host and the names below it; ends what they were given. */
export async function denyHost(parts: Parts, host: string): Promise<void> {
  await parts.store.deniedClients.add({ kind: 'host', value: host, createdAt: parts.now() })
  await endClientsAt(parts, host)
}

/** Takes that back. False if the host was not on the list. */
export async function allowHost(parts: Parts, host: string): Promise<boolean> {
  await endClientsAt(parts, host)
  return parts.store.deniedClients.remove({ kind: 'host', value: host })
}

const batch = 500

async function endClientsAt({ store, now }: Parts, host: string): Promise<void> {
  const list = createDenyList([{ kind: 'host', value: host, createdAt: now() }])
  for (let after = ''; ; ) {
    const clients = await store.clients.list({ after, limit: batch })
    for (const client of clients.filter(list.has))
      await store.clients.endAll(client.id, now(), 'client_disabled')
    const last = clients.at(-1)
    if (clients.length < batch || !last) return
    after = last.id
  }
}
