// Owns clients and their secrets.
import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm'
import type { Clients } from './client-contract.js'
import { type Connection, filled, paged, slots } from './connection.js'
import type { DeviceRequests } from './device-contract.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import { createMemory } from './memory.js'
import type { PushedRequests } from './pushed-contract.js'
import type { Unproven } from './unproven.js'

export function clients(
  store: Connection,
  grants: Pick<Grants, 'revokeByClient'>,
  devices: Pick<DeviceRequests, 'removeByClient'>,
  pushed: Pick<PushedRequests, 'removeByClient'>,
  unproven: Unproven,
): Clients {
  const { db } = store
  const memory = createMemory(store)
  const { client, clientSecret } = store.tables
  const counted = unproven.evictFrom(client, client.id, 'client', memory.change)
  const byId = eq(client.id, slot('id'))

  const { expiresAt, ...known } = getTableColumns(client)

  const find = store.read('client_find', db.select(known).from(client).where(byId))
  const list = store.read(
    'client_list',
    db
      .select(known)
      .from(client)
      .where(gt(client.id, slot('after')))
      .orderBy(asc(client.id))
      .limit(sql.placeholder('limit')),
  )
  const create = memory.change('client_create', db.insert(client).values(slots(client)).onConflictDoNothing())
  const update = memory.change(
    'client_update',
    db
      .update(client)
      .set({
        kind: sql`coalesce(${slot('kind')}, ${client.kind})`,
        metadata: slot('metadata'),
        ownGrantId: sql`coalesce(${slot('ownGrantId')}, ${client.ownGrantId})`,
        updatedAt: slot('updatedAt'),
      })
      .where(byId),
  )
  const adoptGrant = memory.change(
    'client_adopt_grant',
    db
      .update(client)
      .set({ ownGrantId: slot('to') })
      .where(and(byId, eq(client.ownGrantId, slot('from')))),
  )
  const setDisabled = memory.change(
    'client_set_disabled',
    db
      .update(client)
      .set({ disabled: slot('disabled'), updatedAt: slot('at'), expiresAt: null })
      .where(byId),
  )
  const prolong = memory.change(
    'client_prolong',
    db
      .update(client)
      .set({ expiresAt: slot('expiresAt') })
      .where(byId),
  )
  const expired = lt(expiresAt, slot('before'))
  const some = db.select({ id: client.id }).from(client).where(expired).limit(sql.placeholder('limit'))
  const removeExpired = memory.change(
    'sweep_client',
    db.delete(client).where(and(inArray(client.id, some), expired)),
  )
  const remove = memory.change('client_remove', db.delete(client).where(byId))

  const ofClient = eq(clientSecret.clientId, slot('clientId'))
  const secrets = store.read(
    'client_secrets',
    db
      .select({ id: clientSecret.id, hash: clientSecret.hash, expiresAt: clientSecret.expiresAt })
      .from(clientSecret)
      .where(ofClient)
      .orderBy(desc(clientSecret.id)),
  )
  const addSecret = memory.change('client_secret_add', db.insert(clientSecret).values(slots(clientSecret)))
  const expireSecrets = memory.change(
    'client_secret_expire',
    db
      .update(clientSecret)
      .set({ expiresAt: slot('at') })
      .where(
        and(
          ofClient,
          ne(clientSecret.id, slot('exceptId')),
          or(isNull(clientSecret.expiresAt), gt(clientSecret.expiresAt, slot('at'))),
        ),
      ),
  )

  const secretsOf = memory.remember((clientId) => secrets({ clientId }))

  /** What it was given, and what it has asked for that nobody has answered. */
  async function endAll(id: string, at: number, reason: string): Promise<void> {
    await devices.removeByClient(id)
    await pushed.removeByClient(id)
    await grants.revokeByClient(id, at, reason)
  }

  return {
    find: memory.remember(async (id) => (await find({ id }))[0]),
    list: (page) => list(paged(page)),
    async create(row, expiry) {
      const values = filled(client, { ...row, expiresAt: expiry?.at })
      if ((await create(values)) !== 1) return false
      if (expiry) await counted.add(row.id, row, expiry.at, expiry.origin)
      return true
    },
    isUnproven: (id) => counted.has(id),
    async recount(row, { at, origin }) {
      await counted.release(row.id)
      await counted.add(row.id, row, at, origin)
    },
    update: async (edit) =>
      (await update({ ...edit, kind: edit.kind ?? null, ownGrantId: edit.ownGrantId ?? null })) === 1,
    prolong: async (id, expiresAt) => {
      await prolong({ id, expiresAt })
      await counted.release(id)
    },
    removeExpired: (before, limit) => removeExpired({ before, limit }),
    adoptGrant: async (id, from, to) => (await adoptGrant({ id, from, to })) === 1,
    async setDisabled(id, disabled, at) {
      // Before enabling, whatever slipped in between an earlier disabling and its revocations must go too.
      const reason = 'client_disabled'
      if (!disabled) await endAll(id, at, reason)
      const found = (await setDisabled({ id, disabled, at })) === 1
      if (disabled) await endAll(id, at, reason)
      return found
    },
    endAll,
    async remove(id, at) {
      const found = (await remove({ id })) === 1
      await endAll(id, at, 'client_deleted')
      return found
    },
    secrets: async (clientId, now) =>
      (await secretsOf(clientId))
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ id, hash }) => ({ id, hash })),
    addSecret: async (secret) => {
      await addSecret(filled(clientSecret, secret))
    },
    expireSecrets: async (clientId, exceptId, at) => {
      await expireSecrets({ clientId, exceptId, at })
    },
  }
}
