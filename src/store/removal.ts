// Removing a user: disabled first, then emptied in batches, which the sweep resumes after a crash (EX06).
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import { batchRows, inBatches } from './batches.js'
import type { Connection } from './connection.js'
import { slot } from './dialect.js'
import type { Grants } from './grant-contract.js'
import { telling } from './logout-call.js'
import type { LogoutCalls, Users } from './people-contract.js'

/** Users whose removal one run of the sweep resumes. */
const resumedAtOnce = 10

export function removals(
  store: Connection,
  grants: Pick<Grants, 'revokeByUser'>,
  calls: Pick<LogoutCalls, 'dueByUser'>,
): Pick<Users, 'remove' | 'isBeingRemoved' | 'resumeRemovals'> {
  const { db } = store
  const { account, session, browser, interaction, actionToken, consent } = store.tables
  const bySub = eq(account.sub, slot('sub'))

  // From here on nothing of the user is of use to anybody, whatever becomes of the rest.
  const begin = store.change(
    'account_begin_removal',
    db
      .update(account)
      .set({ disabled: slot('disabled'), removedAt: slot('at'), updatedAt: slot('at') })
      .where(and(bySub, isNull(account.removedAt))),
  )
  const begun = store.read(
    'account_removals',
    db
      .select({ sub: account.sub, at: account.removedAt })
      .from(account)
      .where(isNotNull(account.removedAt))
      .limit(sql.placeholder('limit')),
  )
  const isBegun = store.read(
    'account_is_being_removed',
    db
      .select({ sub: account.sub })
      .from(account)
      .where(and(bySub, isNotNull(account.removedAt))),
  )
  const remove = store.change('account_remove', db.delete(account).where(bySub))

  /** The tables of which one user can have any number of rows; the others go with the account. */
  const emptied = [
    rowsOf('session', session, session.sub, session.id),
    rowsOf('consent', consent, consent.sub, consent.clientId),
    rowsOf('browser', browser, browser.sub, browser.browserHash),
    rowsOf('interaction', interaction, interaction.sub, interaction.id),
    rowsOf('action_token', actionToken, actionToken.sub, actionToken.id),
  ]

  function rowsOf(name: string, table: PgTable, sub: AnyPgColumn, key: AnyPgColumn) {
    const ofUser = eq(sub, slot('sub'))
    const some = db.select({ key }).from(table).where(ofUser).limit(sql.placeholder('limit'))
    const run = store.change(
      `account_remove_${name}`,
      db.delete(table).where(and(ofUser, inArray(key, some))),
    )
    const more = store.read(`account_has_${name}`, db.select({ key }).from(table).where(ofUser).limit(1))
    return (sub: string) =>
      inBatches(
        store,
        () => run({ sub, limit: batchRows }),
        () => more({ sub }),
      )
  }

  async function empty(sub: string, at: number): Promise<void> {
    await telling(
      () => calls.dueByUser(sub, at),
      async () => {
        await grants.revokeByUser(sub, at, 'user_deleted')
        for (const removeRows of emptied) await removeRows(sub)
        await remove({ sub })
      },
    )
    // What was begun meanwhile.
    await grants.revokeByUser(sub, at, 'user_deleted')
  }

  return {
    async remove(sub, at) {
      const found = (await begin({ sub, at, disabled: true })) === 1
      if (found || (await isBegun({ sub })).length > 0) await empty(sub, at)
      else await grants.revokeByUser(sub, at, 'user_deleted')
      return found
    },
    isBeingRemoved: async (sub) => (await isBegun({ sub })).length > 0,
    async resumeRemovals() {
      const left = await begun({ limit: resumedAtOnce })
      for (const { sub, at } of left) await empty(sub, at ?? 0)
      return left.length
    },
  }
}
