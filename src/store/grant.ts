// Owns grants: the unit of revocation, and the generation of the refresh token.
import { and, asc, eq, exists, gt, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import { batchRows, inBatches, stillSo } from './batches.js'
import { type Connection, filled, paged, present, slots, type Values } from './connection.js'
import { slot } from './dialect.js'
import { codeValues, grantCode, grantColumns } from './grant-code.js'
import type { Grants } from './grant-contract.js'
import { grantStatus } from './grant-status.js'
import { createMemory } from './memory.js'

export function grants(store: Connection): Grants {
  const { db } = store
  const memory = createMemory(store)
  const { account, client, grant, revokedToken } = store.tables
  const byId = eq(grant.id, slot('id'))

  // For reading: over the joins below, where a deleted user or client is all NULL.
  const ownersJoined = sql`${client.disabled} = false and (${grant.kind} = 'client' or ${account.disabled} = false)`
  const live = (further: SQL = sql`true`) =>
    sql<boolean>`coalesce(${grant.revokedAt} is null and ${ownersJoined} and ${further}, false)`.mapWith(
      Boolean,
    )
  // For writing: the same, as conditions of an UPDATE.
  const isLive = and(
    isNull(grant.revokedAt),
    exists(
      db
        .select({ one: sql`1` })
        .from(client)
        .where(and(eq(client.id, grant.clientId), eq(client.disabled, false))),
    ),
    or(
      eq(grant.kind, 'client'),
      exists(
        db
          .select({ one: sql`1` })
          .from(account)
          .where(and(eq(account.sub, grant.sub), eq(account.disabled, false))),
      ),
    ),
  )

  const create = store.change('grant_create', db.insert(grant).values(slots(grant)))
  const selected = () =>
    db
      .select({ ...grantColumns(grant).rest, live: live() })
      .from(grant)
      .leftJoin(client, eq(client.id, grant.clientId))
      .leftJoin(account, eq(account.sub, grant.sub))
  const find = store.read('grant_find', selected().where(byId))
  const findForToken = store.read(
    'grant_find_for_token',
    db
      .select({
        id: grant.id,
        kind: grant.kind,
        sub: grant.sub,
        clientId: grant.clientId,
        scope: grant.scope,
        claims: grant.claims,
        expiresAt: grant.expiresAt,
        statusList: grant.statusList,
        statusIndex: grant.statusIndex,
        live: live(isNull(revokedToken.jti)),
        username: account.username,
      })
      .from(grant)
      .leftJoin(client, eq(client.id, grant.clientId))
      .leftJoin(account, eq(account.sub, grant.sub))
      .leftJoin(revokedToken, eq(revokedToken.jti, slot('jti')))
      .where(byId),
  )

  const advance = store.change(
    'grant_advance',
    db
      .update(grant)
      .set({
        generation: sql`${grant.generation} + 1`,
        rotatedAt: slot('at'),
        lastUsedAt: slot('at'),
        refreshIdleExpiresAt: sql`coalesce(${slot('refreshIdleExpiresAt')}, ${grant.refreshIdleExpiresAt})`,
        expiresAt: slot('expiresAt'),
      })
      .where(and(byId, eq(grant.generation, slot('fromGeneration')), isLive)),
  )
  const touch = store.change(
    'grant_touch',
    db
      .update(grant)
      .set({
        lastUsedAt: slot('at'),
        refreshIdleExpiresAt: sql`coalesce(${slot('refreshIdleExpiresAt')}, ${grant.refreshIdleExpiresAt})`,
        expiresAt: sql`coalesce(${slot('expiresAt')}, ${grant.expiresAt})`,
      })
      .where(and(byId, isLive)),
  )

  const open = isNull(grant.revokedAt)
  const revocation = { revokedAt: slot<number>('at'), revokedReason: slot<string>('reason') }
  // Through the memory: nothing else that this process does to a client's own grant changes its standing.
  const revoke = memory.change('grant_revoke', db.update(grant).set(revocation).where(and(byId, open)))
  /** Of any number of grants, in batches. */
  const revoking = (name: string, which: SQL | undefined) => {
    const left = and(which, open)
    const some = db.select({ id: grant.id }).from(grant).where(left).limit(sql.placeholder('limit'))
    const run = memory.change(
      name,
      db
        .update(grant)
        .set(revocation)
        .where(and(inArray(grant.id, some), stillSo(left))),
    )
    const more = store.read(`${name}_more`, db.select({ id: grant.id }).from(grant).where(left).limit(1))
    return (values: Values) =>
      inBatches(
        store,
        () => run({ ...values, limit: batchRows }),
        () => more(values),
      )
  }

  const ofUser = eq(grant.sub, slot('sub'))
  const ofClient = eq(grant.clientId, slot('clientId'))
  const revokeByUser = revoking('grant_revoke_by_user', ofUser)
  const revokeByClient = revoking('grant_revoke_by_client', ofClient)
  const revokeByBoth = revoking('grant_revoke_by_user_and_client', and(ofUser, ofClient))
  const bound = and(ofUser, eq(grant.sessionBound, true))
  const ofSid = eq(grant.sid, slot('sid'))
  const revokeBySession = revoking('grant_revoke_by_session', and(bound, ofSid))
  const revokeByOtherSessions = revoking(
    'grant_revoke_by_other_sessions',
    and(bound, isNotNull(grant.sid), ne(grant.sid, slot('sid'))),
  )
  // Both values, so that the index leads from the user to the session.
  const revokeBegunIn = revoking(
    'grant_revoke_begun_in',
    and(ofUser, inArray(grant.sessionBound, [true, false]), ofSid),
  )

  const listing = (name: string, which?: SQL) =>
    store.read(
      name,
      selected()
        .where(and(which, gt(grant.id, slot('after')), gt(grant.expiresAt, slot('now')), isLive))
        .orderBy(asc(grant.id))
        .limit(sql.placeholder('limit')),
    )
  const listAll = listing('grant_list')
  const listOfUser = listing('grant_list_of_user', ofUser)
  const listOfClient = listing('grant_list_of_client', ofClient)
  const listOfBoth = listing('grant_list_of_user_and_client', and(ofUser, ofClient))

  const connections = store.read(
    'grant_connections',
    db
      .select({
        id: grant.id,
        clientId: grant.clientId,
        scope: grant.scope,
        resources: grant.resources,
        createdAt: grant.createdAt,
        lastUsedAt: grant.lastUsedAt,
      })
      .from(grant)
      .where(
        and(
          ofUser,
          sql`(${grant.clientId}, ${grant.id}) > (${slot('afterClient')}, ${slot('after')})`,
          gt(grant.expiresAt, slot('now')),
          isLive,
        ),
      )
      .orderBy(asc(grant.clientId), asc(grant.id))
      .limit(sql.placeholder('limit')),
  )

  return {
    ...grantStatus(store, memory, isLive),
    ...grantCode(store, { live: live(), isLive }),
    create: async ({ code, ...row }) => {
      await create(filled(grant, { ...row, ...(code && codeValues(code)) }))
    },
    find: async (id) => (await find({ id })).map(present)[0],
    standing: memory.remember(async (id) => {
      const [row] = (await find({ id })).map(present)
      if (row === undefined) return undefined
      const { live, expiresAt, statusList, statusIndex } = row
      return { live, expiresAt, statusList, statusIndex }
    }),
    findForToken: async (id, jti) => (await findForToken({ id, jti })).map(present)[0],
    advance: async (id, fromGeneration, life) =>
      (await advance({ id, fromGeneration, refreshIdleExpiresAt: null, ...life })) === 1,
    touch: async (id, at, idle, expiresAt) => {
      const values = { id, at, refreshIdleExpiresAt: idle ?? null, expiresAt: expiresAt ?? null }
      return (await touch(values)) === 1
    },
    revoke: async (id, at, reason) => (await revoke({ id, at, reason })) === 1,
    revokeByUser: (sub, at, reason) => revokeByUser({ sub, at, reason }),
    revokeByClient: (clientId, at, reason) => revokeByClient({ clientId, at, reason }),
    revokeByUserAndClient: (sub, clientId, at, reason) => revokeByBoth({ sub, clientId, at, reason }),
    revokeByOtherSessions: (sub, sid, at, reason) =>
      revokeByOtherSessions({ sub, sid: sid ?? '', at, reason }),
    connections: async ({ sub, now, afterClient, after, limit }) =>
      (await connections({ sub, now, afterClient, after, limit })).map(present),
    revokeBySession: ({ sub, sid }, at, reason) => revokeBySession({ sub, sid, at, reason }),
    revokeBegunIn: ({ sub, sid }, at, reason) => revokeBegunIn({ sub, sid, at, reason }),
    async list({ sub, clientId, now, ...page }) {
      const list =
        sub === undefined
          ? clientId === undefined
            ? listAll
            : listOfClient
          : clientId === undefined
            ? listOfUser
            : listOfBoth
      return (await list({ sub, clientId, now, ...paged(page) })).map(present)
    },
  }
}
