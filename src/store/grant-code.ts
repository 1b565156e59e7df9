// Owns the authorization code of a grant: it stands in the grant's own row, so that redeeming it is one change.
import { and, eq, getTableColumns, gt, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { type Connection, present } from './connection.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import type { NewCode } from './rows.js'
import type { Tables } from './schema.js'

/** The columns of a grant: of its code, and the rest, which alone is read where nothing is redeemed. */
export function grantColumns(grant: Tables['grant']) {
  const { codeHash, redirectUri, codeChallenge, codeExpiresAt, codeUsedAt, codeMisses, ...rest } =
    getTableColumns(grant)
  return { code: { codeHash, redirectUri, codeChallenge, codeExpiresAt, codeUsedAt, codeMisses }, rest }
}

/** The values of those columns for a grant that begins with a code. */
export function codeValues({ hash, redirectUri, challenge, expiresAt }: NewCode) {
  return {
    codeHash: hash,
    redirectUri,
    codeChallenge: challenge,
    codeExpiresAt: expiresAt,
    codeMisses: 0,
  }
}

/**
 * @param live whether a grant is live, for reading over `joined`
 * @param isLive the same as a condition of an UPDATE
 */
export function grantCode(
  { db, tables, read, change }: Connection,
  { live, isLive }: { live: SQL<boolean>; isLive: SQL | undefined },
): Pick<Grants, 'findForCode' | 'redeem' | 'missCode'> {
  const { account, client, grant } = tables
  const { code, rest } = grantColumns(grant)
  const byId = eq(grant.id, slot('id'))

  const find = read(
    'grant_find_for_code',
    db
      .select({ ...rest, ...code, live })
      .from(grant)
      .leftJoin(client, eq(client.id, grant.clientId))
      .leftJoin(account, eq(account.sub, grant.sub))
      .where(and(byId, isNotNull(grant.codeHash))),
  )
  const redeem = change(
    'grant_redeem',
    db
      .update(grant)
      .set({
        codeUsedAt: slot('at'),
        lastUsedAt: slot('at'),
        refreshIdleExpiresAt: slot('refreshIdleExpiresAt'),
        refreshExpiresAt: slot('refreshExpiresAt'),
        expiresAt: slot('expiresAt'),
        jkt: sql`coalesce(${slot('jkt')}, ${grant.jkt})`,
        statusList: sql`coalesce(${grant.statusList}, ${slot('statusList')})`,
        statusIndex: sql`coalesce(${grant.statusIndex}, ${slot('statusIndex')})`,
      })
      .where(
        and(
          byId,
          isNull(grant.codeUsedAt),
          gt(grant.codeExpiresAt, slot('at')),
          lt(grant.codeMisses, slot('maxMisses')),
          isLive,
        ),
      ),
  )
  const miss = change(
    'grant_miss_code',
    db
      .update(grant)
      .set({ codeMisses: sql`${grant.codeMisses} + 1` })
      .where(byId),
  )

  return {
    async findForCode(id) {
      const [row] = (await find({ id })).map(present)
      if (row === undefined) return undefined
      const { codeHash, redirectUri, codeChallenge, codeExpiresAt, codeUsedAt, codeMisses, ...grant } = row
      const code = {
        hash: codeHash ?? '',
        redirectUri: redirectUri ?? '',
        challenge: codeChallenge,
        expiresAt: codeExpiresAt ?? 0,
        usedAt: codeUsedAt,
        misses: codeMisses ?? 0,
      }
      return { grant, code }
    },
    redeem: async (id, { jkt = null, place, ...life }, maxMisses) => {
      const entry = { statusList: place?.list ?? null, statusIndex: place?.index ?? null }
      const values = {
        id,
        refreshIdleExpiresAt: null,
        refreshExpiresAt: null,
        ...life,
        ...entry,
        jkt,
        maxMisses,
      }
      return (await redeem(values)) === 1
    },
    missCode: async (id) => {
      await miss({ id })
    },
  }
}
