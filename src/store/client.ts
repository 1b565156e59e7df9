// Owns clients and their secrets.
import { and, asc, desc, eq, gt, isNull, ne, or, sql } from 'drizzle-orm'
import { type Connection, filled, paged, slots } from './connection.js'
import type { Clients } from './contract.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import { createMemory } from './memory.js'

export function clients(store: Connection, grants: Pick<Grants, 'revokeByClient'>): Clients {
  const { db } = store
  const memory = createMemory(store)
  const { client, clientSecret } = store.tables
  const byId = eq(client.id, slot('id'))
  const id = { id: client.id }

  const find = store.read('client_find', db.select().from(client).where(byId))
  const list = store.read(
    'client_list',
    db
      .select()
      .from(client)
      .where(gt(client.id, slot('after')))
      .orderBy(asc(client.id))
      .limit(sql.placeholder('limit')),
  )
  const create = memory.write(
    'client_create',
    db.insert(client).values(slots(client)).onConflictDoNothing().returning(id),
  )
  const update = memory.write(
    'client_update',
    db
      .update(client)
      .set({
        metadata: slot('metadata'),
        ownGrantId: sql`coalesce(${slot('ownGrantId')}, ${client.ownGrantId})`,
        updatedAt: slot('updatedAt'),
      })
      .where(byId)
      .returning(id),
  )
  const adoptGrant = memory.write(
    'client_adopt_grant',
    db
      .update(client)
      .set({ ownGrantId: slot('to') })
      .where(and(byId, eq(client.ownGrantId, slot('from'))))
      .returning(id),
  )
  const setDisabled = memory.write(
    'client_set_disabled',
    db
      .update(client)
      .set({ disabled: slot('disabled'), updatedAt: slot('at') })
      .where(byId)
      .returning(id),
  )
  const remove = memory.write('client_remove', db.delete(client).where(byId).returning(id))

  const ofClient = eq(clientSecret.clientId, slot('clientId'))
  const secrets = store.read(
    'client_secrets',
    db
      .select({ id: clientSecret.id, hash: clientSecret.hash, expiresAt: clientSecret.expiresAt })
      .from(clientSecret)
      .where(ofClient)
      .orderBy(desc(clientSecret.id)),
  )
  const addSecret = memory.write('client_secret_add', db.insert(clientSecret).values(slots(clientSecret)))
  const expireSecrets = memory.write(
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

  return {
    find: memory.remember(async (id) => (await find({ id }))[0]),
    list: (page) => list(paged(page)),
    create: async (row) => (await create(filled(client, row))).length === 1,
    update: async (edit) => (await update({ ...edit, ownGrantId: edit.ownGrantId ?? null })).length === 1,
    adoptGrant: async (id, from, to) => (await adoptGrant({ id, from, to })).length === 1,
    async setDisabled(id, disabled, at) {
      // Before enabling, whatever slipped in between an earlier disabling and its revocations must go too.
      if (!disabled) await grants.revokeByClient(id, at, 'client_disabled')
      const found = (await setDisabled({ id, disabled, at })).length === 1
      if (disabled) await grants.revokeByClient(id, at, 'client_disabled')
      return found
    },
    async remove(id, at) {
      const found = (await remove({ id })).length === 1
      await grants.revokeByClient(id, at, 'client_deleted')
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
