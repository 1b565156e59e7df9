// Owns what people have allowed clients before. Bounded by people times the clients they use.
import { and, asc, eq, sql } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import { slot } from './dialect.js'
import type { Consents } from './people-contract.js'

export function consents(store: Connection): Consents {
  const { db } = store
  const { consent } = store.tables
  const ofUser = eq(consent.sub, slot('sub'))
  const ofBoth = and(ofUser, eq(consent.clientId, slot('clientId')))
  const what = { scope: consent.scope, resources: consent.resources }

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
  const removeByUser = store.change('consent_remove_by_user', db.delete(consent).where(ofUser))
  const listByUser = store.read(
    'consent_list_by_user',
    db
      .select({ clientId: consent.clientId, grantedAt: consent.grantedAt, ...what })
      .from(consent)
      .where(ofUser)
      .orderBy(asc(consent.clientId)),
  )

  return {
    find: async (sub, clientId) => (await find({ sub, clientId }))[0],
    put: async (sub, clientId, { scope, resources }, grantedAt) => {
      await put({ sub, clientId, scope, resources, grantedAt })
    },
    remove: async (sub, clientId) => (await remove({ sub, clientId })) === 1,
    removeByUser: async (sub) => {
      await removeByUser({ sub })
    },
    listByUser: (sub) => listByUser({ sub }),
  }
}
