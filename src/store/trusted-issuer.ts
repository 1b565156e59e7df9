// Owns the issuers whose assertions about people are taken.
import { asc, eq } from 'drizzle-orm'
import { type Connection, filled, slots } from './connection.js'
import type { TrustedIssuers } from './contract.js'
import { slot } from './dialect.js'

export function trustedIssuers(store: Connection): TrustedIssuers {
  const { db } = store
  const { trustedIssuer } = store.tables
  const byIssuer = eq(trustedIssuer.issuer, slot('issuer'))
  const find = store.read('trusted_issuer_find', db.select().from(trustedIssuer).where(byIssuer))
  const all = store.read(
    'trusted_issuer_all',
    db.select().from(trustedIssuer).orderBy(asc(trustedIssuer.issuer)),
  )
  const create = store.change(
    'trusted_issuer_create',
    db.insert(trustedIssuer).values(slots(trustedIssuer)).onConflictDoNothing(),
  )
  const update = store.change(
    'trusted_issuer_update',
    db
      .update(trustedIssuer)
      .set({ rules: slot('rules'), disabled: slot('disabled') })
      .where(byIssuer),
  )
  const remove = store.change('trusted_issuer_remove', db.delete(trustedIssuer).where(byIssuer))
  return {
    find: async (issuer) => (await find({ issuer }))[0],
    all: () => all({}),
    create: async (row) => (await create(filled(trustedIssuer, row))) === 1,
    update: async ({ issuer, rules, disabled }) => (await update({ issuer, rules, disabled })) === 1,
    remove: async (issuer) => (await remove({ issuer })) === 1,
  }
}
