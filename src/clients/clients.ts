// Owns finding a client by its id, wherever it is known from, and the row that one gets when a person lets it in.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.js'
import { sealRegistration, secretOfRegistration, unsealRegistration } from '../crypto/client-registration.js'
import { hashSecret, newId } from '../crypto/handle.js'
import type { Secrets } from '../crypto/secrets.js'
import type { Deps } from '../deps.js'
import { type Client, hasSecret, parseClientMetadata } from '../protocol/client.js'
import { originOf } from '../protocol/client-id.js'
import { OAuthError } from '../protocol/error.js'
import { type SelfMade, withAllowedSchemes } from '../protocol/registration.js'
import type { Origin, Store } from '../store/store.js'
import { type DenyList, denyList } from './deny-list.js'
import { createDocuments, type DocumentFault, isAdmitted } from './documents.js'
import { isSameRegistration } from './same-registration.js'
import { knownSecrets } from './secret.js'

export type Clients = {
  /**
   * The client as people have let it in, else as it makes itself known.
   * @param address the client address for whose limits a request for its document counts
   */
  find(id: string, address: () => string): Promise<Client | undefined>
  /** The same as far as it has a row: nothing is fetched. */
  known(id: string): Promise<Client | undefined>
  /**
   * As it makes itself known now, for a person who is to be asked. A client that people have let in is served from
   * its last good document where the present one cannot be had soon.
   */
  current(id: string, address: () => string): Promise<Client | DocumentFault | undefined>
  /** The hashes of the secrets that are good now. */
  secrets(id: string): Promise<string[]>
  /** Those of them that can be made again, for an HMAC: derived from a row, or from the registration in an id. */
  knownSecrets(id: string): Promise<string[]>
  /** Writes down a client that a user lets in, as it is now: what it is given belongs to a row. */
  keep(client: Client): Promise<void>
  /**
   * Writes down what a client has made of itself (RFC 7592 2.2). As long as no user has let it in, the row is counted
   * for `origin`, and gone 30 days after the first change. False if the client has been deleted meanwhile.
   */
  change(before: Client, after: Client, origin: Origin): Promise<boolean>
  /** Whether an administrator has disabled apps at a host of its redirect URIs. */
  denies(made: SelfMade): Promise<boolean>
  /** A client that is known by its id alone (RFC 7591 appendix A.5.2); undefined where that would be too long. */
  seal(made: SelfMade): Client | undefined
}

/** Seconds for which a registration is good that no user has let in, sealed or changed (EX07). */
const sealedFor = 30 * 86_400
/** Seconds beyond the longest connection: codes and the last access tokens. */
const beyond = 2 * 86_400

/** Milliseconds that a user waits for the document of an app that other users have let in. */
const refreshPatience = 1000

const denied: DocumentFault = { fault: 'disabled', description: 'an administrator has disabled this app' }

type Sealed = { readonly client: SelfMade; readonly iat: number }

export function createClients(
  parts: Pick<Deps, 'store' | 'secrets' | 'config' | 'fetch' | 'now' | 'random' | 'log'>,
): Clients {
  const { store, secrets, config, now, random } = parts
  const documents = createDocuments(parts)
  /** Documents that somebody has waited for long enough, until they are there: as many as there are requests. */
  const slow = new Set<string>()

  const client = (id: string, { kind, metadata }: SelfMade, since: number): Client => ({
    id,
    kind,
    metadata,
    verified: false,
    disabled: false,
    ownGrantId: newId(now(), random),
    createdAt: since,
    updatedAt: since,
  })

  async function fromDocument(id: string, address: () => string): Promise<Client | DocumentFault> {
    const made = await documents.read(id, address)
    return 'fault' in made ? made : client(id, made, now())
  }

  async function unsealed(id: string): Promise<Client | undefined> {
    if (config.clientRegistration !== 'open') return undefined
    const sealed = readSealed(secrets, id, config)
    if (!sealed || sealed.iat + sealedFor <= now() || (await store.replay.has(withdrawal(id))))
      return undefined
    return client(id, sealed.client, sealed.iat)
  }

  const judged = (made: Client, list: DenyList): Client =>
    list.has(made) ? { ...made, disabled: true } : made

  /** Most requests come from clients that an administrator has registered: for them this is nothing but the row. */
  async function known(id: string): Promise<Client | undefined> {
    const row = await store.clients.find(id)
    return !row || row.verified ? row : judged(row, await denyList(store))
  }

  function find(id: string, address: () => string): Promise<Client | undefined> {
    const origin = originOf(id)
    return origin === 'row' ? known(id) : findSelfMade(id, origin, address)
  }

  async function findSelfMade(
    id: string,
    origin: 'sealed' | 'document',
    address: () => string,
  ): Promise<Client | undefined> {
    if (origin === 'document' && !isAdmitted(id, config)) return undefined
    const [list, row] = await Promise.all([denyList(store), store.clients.find(id)])
    if (row) return judged(row, list)
    // Nothing is asked of a host that is on the list.
    if (origin === 'document' && list.hasId(id)) return undefined
    const found = await (origin === 'sealed' ? unsealed(id) : fromDocument(id, address))
    return !found || 'fault' in found ? undefined : judged(found, list)
  }

  /** False if there is a row. */
  async function write(
    { id, kind, metadata, ...facts }: Client,
    expiry: { readonly at: number; readonly origin: Origin },
  ): Promise<boolean> {
    if (!(await store.clients.create({ id, kind, metadata, ...facts }, expiry))) return false
    if (originOf(id) !== 'sealed') return true
    const at = now()
    // Withdrawn since it was found: the one who did that found no row to remove.
    if (await store.replay.has(withdrawal(id))) await store.clients.remove(id, at)
    else if (hasSecret(metadata)) {
      const hash = hashSecret(secretOfRegistration(secrets, id))
      await store.clients.addSecret({ id: newId(at, random), clientId: id, hash, createdAt: at })
    }
    return true
  }

  async function hashesOf(id: string): Promise<string[]> {
    const stored = await store.clients.secrets(id, now())
    if (stored.length > 0 || originOf(id) !== 'sealed' || (await store.clients.find(id)))
      return stored.map(({ hash }) => hash)
    return [hashSecret(secretOfRegistration(secrets, id))]
  }

  return {
    find,
    async current(id, address) {
      if (originOf(id) !== 'document') return find(id, address)
      if (!isAdmitted(id, config)) return fromDocument(id, address)
      const [list, row] = await Promise.all([denyList(store), store.clients.find(id)])
      if (list.hasId(id)) return denied
      const reading = fromDocument(id, address)
      if (!row) {
        const found = await reading
        return 'fault' in found ? found : judged(found, list)
      }
      const found = slow.has(id) ? undefined : await within(refreshPatience, reading)
      if (found === undefined) {
        slow.add(id)
        void reading.catch(() => undefined).finally(() => slow.delete(id))
      } else if ('fault' in found && !found.isTemporary) return found
      const { kind, metadata } = found && 'metadata' in found ? found : (documents.lastGood(id) ?? row)
      return judged({ ...row, kind, metadata }, list)
    },
    known,
    denies: async (made) => (await denyList(store)).hasRedirect(made),
    secrets: hashesOf,
    knownSecrets: async (id) =>
      knownSecrets(id, { rows: await store.clients.secrets(id, now()), hashes: await hashesOf(id), secrets }),
    async keep(client) {
      const { id, kind, metadata } = client
      const origin = originOf(id)
      if (origin === 'row') return
      const at = now()
      const expiresAt = at + longestConnection(config) + beyond
      if (await write(client, { at: expiresAt, origin: 'trusted' })) return
      await store.clients.prolong(id, expiresAt)
      if (origin !== 'document') return
      const row = await store.clients.find(id)
      // Written only where it has changed: consents that are older than the change do not count.
      if (row && !isSameRegistration(client, row))
        await store.clients.update({ id, kind, metadata, updatedAt: at })
    },
    async change(before, after, origin) {
      const { id } = before
      if (originOf(id) === 'row') return store.clients.update(after)
      const expiry = { at: now() + sealedFor, origin }
      const written = await write(before, expiry)
      await withdraw(store, id, now(), written || (await store.clients.isUnproven(id)) ? origin : 'trusted')
      if (!(await store.clients.update(after))) return false
      if (await store.clients.isUnproven(id)) await store.clients.recount(after, expiry)
      return true
    },
    seal(made) {
      const id = sealRegistration(secrets, { client: made, iat: now() } satisfies Sealed, random)
      return id === undefined ? undefined : client(id, made, now())
    },
  }
}

/**
 * From now on what is sealed in an id counts no more, for as long as it could: only a row, if there is one, says who
 * this is. Else what was changed or withdrawn would come back when the row is swept.
 */
export async function withdraw(
  store: Store,
  id: string,
  now: number,
  origin: Origin = 'trusted',
): Promise<void> {
  if (originOf(id) === 'sealed') await store.replay.once(withdrawal(id), now + sealedFor, origin)
}

function withdrawal(id: string): string {
  return `registration ${hashSecret(id)}`
}

/** Undefined if it takes longer than so many milliseconds; it goes on then. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController()
  const options = { ref: false, signal: timer.signal }
  try {
    return await Promise.race([work, sleep(milliseconds, undefined, options).catch(() => undefined)])
  } finally {
    timer.abort()
  }
}

/** Held to today's rules: what was good when it was sealed may not be any more. */
function readSealed(secrets: Secrets, id: string, { nativeSchemes }: Config): Sealed | undefined {
  const sealed = unsealRegistration(secrets, id) as Sealed | undefined
  if (!sealed) return undefined
  const { kind, metadata } = sealed.client
  try {
    const allowed = withAllowedSchemes(metadata, nativeSchemes)
    return { client: { kind, metadata: parseClientMetadata(kind, allowed) }, iat: sealed.iat }
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}

/** Seconds after which nothing can be left of what a person gave a client now. */
function longestConnection(config: Config): number {
  const { refreshAbsoluteTtl, sessionAbsoluteTtl, sessionKeptAbsoluteTtl } = config
  return Math.max(refreshAbsoluteTtl, sessionAbsoluteTtl, sessionKeptAbsoluteTtl)
}
