// Owns what people have allowed clients before. Bounded by people times the clients they use.
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import { batchRows, inBatches } from './batches.js'
import { type Connection, paged, slots } from './connection.js'
import { slot } from './dialect.js'
import type { Consents } from './people-contract.js'

export function consents(store: Connection): Consents {
  const { db } = store
  const { consent } = store.tables
  const ofUser = eq(consent.sub, slot('sub'))
  const ofBoth = and(ofUser, eq(consent.clientId, slot('clientId')))
  const what = { scope: consent.scope, resources: consent.resources, grantedAt: consent.grantedAt }

  const find = store.read('consent_find', db.select(what).from(consent).where(ofBoth))
  const put = store.change(
    'consent_put',
    db
      .insert(consent)
      .values(slots(consent))
      .onConflictDoUpdate({
        target: [consent.sub, consent.clientId],
        set: {
          scope: sql`excluded.scope`,
          resources: sql`excluded.resources`,
          grantedAt: sql`excluded.granted_at`,
        },
      }),
  )
  const remove = store.change('consent_remove', db.delete(consent).where(ofBoth))
  const some = db
    .select({ clientId: consent.clientId })
    .from(consent)
    .where(ofUser)
    .limit(sql.placeholder('limit'))
  const removeSome = store.change(
    'consent_remove_by_user',
    db.delete(consent).where(and(inArray(consent.clientId, some), ofUser)),
  )
  const more = store.read(
    'consent_more_of_user',
    db.select({ clientId: consent.clientId }).from(consent).where(ofUser).limit(1),
  )
  const listByUser = store.read(
    'consent_list_by_user',
    db
      .select({ clientId: consent.clientId, ...what })
      .from(consent)
      .where(and(ofUser, gt(consent.clientId, slot('after'))))
      .orderBy(asc(consent.clientId))
      .limit(sql.placeholder('limit')),
  )

  return {
    find: async (sub, clientId) => (await find({ sub, clientId }))[0],
    put: async (sub, clientId, { scope, resources }, grantedAt) => {
      await put({ sub, clientId, scope, resources, grantedAt })
    },
    remove: async (sub, clientId) => (await remove({ sub, clientId })) === 1,
    removeByUser: async (sub) => {
      await inBatches(
        store,
        () => removeSome({ sub, limit: batchRows }),
        () => more({ sub }),
      )
    },
    listByUser: (sub, page) => listByUser({ sub, ...paged(page) }),
  }
}
