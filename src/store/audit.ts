// Owns the audit trail.
import { and, asc, desc, eq, getTableColumns, gt, lt, type SQL, sql } from 'drizzle-orm'
import { type Connection, filled, paged, present, slots } from './connection.js'
import type { Audit } from './contract.js'
import { slot } from './dialect.js'

export function audit(store: Connection): Audit {
  const { db } = store
  const { audit } = store.tables
  // The key says only which row counts; nothing reads it.
  const { countKey, ...known } = getTableColumns(audit)
  const record = store.change('audit_record', db.insert(audit).values(slots(audit)))
  const count = store.change(
    'audit_count',
    db
      .insert(audit)
      .values(slots(audit))
      .onConflictDoUpdate({
        target: countKey,
        set: {
          count: sql`${audit.count} + 1`,
          at: sql`excluded.at`,
          ip: sql`excluded.ip`,
          clientId: sql`excluded.client_id`,
          expiresAt: sql`excluded.expires_at`,
        },
      }),
  )

  /** Where the value is NULL anything will do; PostgreSQL cannot tell a lone parameter's type. */
  const matching = (column: typeof audit.type | typeof audit.sub, name: string) =>
    sql`(cast(${slot(name)} as text) is null or ${column} = ${slot(name)})`
  const which = and(matching(audit.type, 'type'), matching(audit.sub, 'sub'))
  const listing = (name: string, where: SQL | undefined, order: SQL) =>
    store.read(name, db.select(known).from(audit).where(where).orderBy(order).limit(sql.placeholder('limit')))
  const following = listing('audit_following', and(which, gt(audit.id, slot('after'))), asc(audit.id))
  const latest = listing('audit_latest', which, desc(audit.id))

  const ofUser = (name: string, where?: SQL) =>
    store.read(
      name,
      db
        .select(known)
        .from(audit)
        .where(and(eq(audit.sub, slot('sub')), where))
        .orderBy(desc(audit.id))
        .limit(sql.placeholder('limit')),
    )
  const latestOfUser = ofUser('audit_latest_of_user')
  const earlierOfUser = ofUser('audit_earlier_of_user', lt(audit.id, slot('before')))

  return {
    record: async (entry) => {
      await record(filled(audit, entry))
    },
    count: async (entry) => {
      await count(filled(audit, { ...entry, count: 1 }))
    },
    async list({ type = null, sub = null, ...page }) {
      const values = { type, sub, ...paged(page) }
      const rows = page.after === undefined ? (await latest(values)).reverse() : await following(values)
      return rows.map(present)
    },
    async ofUser(sub, { before, limit }) {
      const rows = before === undefined ? latestOfUser({ sub, limit }) : earlierOfUser({ sub, before, limit })
      return (await rows).map(present)
    },
  }
}
