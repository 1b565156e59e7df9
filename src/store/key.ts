// Owns the rows of signing keys: one pending and one active per algorithm, each step a compare-and-set.
import { and, asc, eq } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import type { Keys } from './contract.js'
import { slot } from './dialect.js'
import { StoreConflict } from './fault.js'
import type { KeyRow, KeyState } from './rows.js'

const timeOf = { active: 'activatedAt', retired: 'retiredAt' } as const

export function keys(store: Connection): Keys {
  const { db } = store
  const { signingKey } = store.tables
  const byKid = eq(signingKey.kid, slot('kid'))

  const all = store.read(
    'signing_key_all',
    db.select().from(signingKey).orderBy(asc(signingKey.createdAt), asc(signingKey.kid)),
  )
  const insert = store.change(
    'signing_key_insert',
    db.insert(signingKey).values(slots(signingKey)).onConflictDoNothing(),
  )
  const transitionTo = (to: keyof typeof timeOf) =>
    store.change(
      `signing_key_to_${to}`,
      db
        .update(signingKey)
        .set({ state: to, [timeOf[to]]: slot('at') })
        .where(and(byKid, eq(signingKey.state, slot('from')))),
    )
  const transitions = { active: transitionTo('active'), retired: transitionTo('retired') }
  const remove = store.change('signing_key_remove', db.delete(signingKey).where(byKid))
  const insertAs = async (row: KeyRow, state: KeyState) =>
    (await insert(filled(signingKey, { ...row, state }))) === 1

  return {
    all: async () => (await all()).map(present),
    insertPending: (row) => insertAs(row, 'pending'),
    insertActive: (row) => insertAs(row, 'active'),
    async transition(kid, from, to, at) {
      try {
        return (await transitions[to]({ kid, from, at })) === 1
      } catch (thrown) {
        if (thrown instanceof StoreConflict) return false
        throw thrown
      }
    },
    remove: async (kid) => (await remove({ kid })) === 1,
  }
}
