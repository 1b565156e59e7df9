// Owns the place of a grant in the status lists: what its JWTs carry, and how they are revoked without the grant.
import { and, asc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { includesResource } from '../protocol/resource-identifier.js'
import type { Connection } from './connection.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import type { Memory } from './memory.js'

/** Grants looked at before others get their turn. */
const page = 500

/** @param isLive the condition of a live grant, for an UPDATE */
export function grantStatus(
  store: Connection,
  memory: Memory,
  isLive: SQL | undefined,
): Pick<Grants, 'enlist' | 'retire' | 'retireByResource'> {
  const { db } = store
  const { grant } = store.tables
  const byId = eq(grant.id, slot('id'))

  const enlist = memory.change(
    'grant_enlist',
    db
      .update(grant)
      .set({ statusList: slot('list'), statusIndex: slot('index') })
      .where(and(byId, isNull(grant.statusIndex), isLive)),
  )
  // The trigger of the migrations tells of it.
  const retire = memory.change(
    'grant_retire',
    db
      .update(grant)
      .set({ statusList: null, statusIndex: null, statusRetiredAt: slot('at') })
      .where(
        and(
          byId,
          eq(grant.statusList, slot('list')),
          eq(grant.statusIndex, slot('index')),
          isNull(grant.revokedAt),
        ),
      ),
  )
  const enlisted = store.read(
    'grant_enlisted',
    db
      .select({
        id: grant.id,
        kind: grant.kind,
        resources: grant.resources,
        list: grant.statusList,
        index: grant.statusIndex,
      })
      .from(grant)
      .where(and(gt(grant.id, slot('after')), isNotNull(grant.statusIndex), isNull(grant.revokedAt)))
      .orderBy(asc(grant.id))
      .limit(sql.placeholder('limit')),
  )

  return {
    enlist: async (id, place) => (await enlist({ id, ...place })) === 1,
    retire: async (id, place, at) => (await retire({ id, ...place, at })) === 1,
    async retireByResource(identifier, at) {
      let retired = 0
      for (let after = '', more = true; more; ) {
        const since = store.batch()
        const rows = await enlisted({ after, limit: page })
        // A client's own grant serves every resource that the client may use.
        const theirs = rows.filter(
          (row) => row.kind === 'client' || includesResource(row.resources, identifier),
        )
        const ended = await Promise.all(theirs.map(({ id, list, index }) => retire({ id, list, index, at })))
        retired += ended.reduce((sum, count) => sum + count, 0)
        after = rows.at(-1)?.id ?? ''
        more = rows.length === page
        await store.committed(since)
      }
      return retired
    },
  }
}
