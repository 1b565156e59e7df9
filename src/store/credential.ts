// Owns the second factors and passkeys of people: what was accepted once is not accepted again.
import { and, asc, count, eq, inArray, lt, notInArray } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import { slot } from './dialect.js'
import type { Passkeys, RecoveryCodes, Totps } from './people-contract.js'

export function totps(store: Connection): Totps {
  const { db } = store
  const { totp } = store.tables
  const bySub = eq(totp.sub, slot('sub'))
  const find = store.read('totp_find', db.select().from(totp).where(bySub))
  const put = store.change('totp_put', db.insert(totp).values(slots(totp)).onConflictDoNothing())
  const use = store.change(
    'totp_use',
    db
      .update(totp)
      .set({ lastStep: slot('step') })
      .where(and(bySub, lt(totp.lastStep, slot('step')))),
  )
  const renewCodes = store.change(
    'totp_renew_codes',
    db
      .update(totp)
      .set({ codeSet: slot('to') })
      .where(and(bySub, eq(totp.codeSet, slot('from')))),
  )
  const remove = store.change('totp_remove', db.delete(totp).where(bySub))
  return {
    find: async (sub) => (await find({ sub }))[0],
    put: async (row) => (await put(filled(totp, row))) === 1,
    use: async (sub, step) => (await use({ sub, step })) === 1,
    renewCodes: async (sub, from, to) => (await renewCodes({ sub, from, to })) === 1,
    remove: async (sub) => (await remove({ sub })) === 1,
  }
}

export function recoveryCodes(store: Connection): RecoveryCodes {
  const { db } = store
  const { recoveryCode, totp } = store.tables
  const bySub = eq(recoveryCode.sub, slot('sub'))
  const counting = db
    .select({ codeSet: totp.codeSet })
    .from(totp)
    .where(eq(totp.sub, slot('sub')))
  const counts = and(bySub, inArray(recoveryCode.codeSet, counting))
  const add = store.change('recovery_code_add', db.insert(recoveryCode).values(slots(recoveryCode)))
  const use = store.change(
    'recovery_code_use',
    db.delete(recoveryCode).where(and(counts, eq(recoveryCode.hash, slot('hash')))),
  )
  const removeOld = store.change(
    'recovery_code_remove_old',
    db.delete(recoveryCode).where(and(bySub, notInArray(recoveryCode.codeSet, counting))),
  )
  const remove = store.change('recovery_code_remove', db.delete(recoveryCode).where(bySub))
  const left = store.read(
    'recovery_code_count',
    db.select({ left: count() }).from(recoveryCode).where(counts),
  )
  return {
    async add(sub, codeSet, hashes, createdAt) {
      await removeOld({ sub })
      for (const hash of hashes) await add({ sub, codeSet, hash, createdAt })
    },
    use: async (sub, hash) => (await use({ sub, hash })) === 1,
    remove: async (sub) => {
      await remove({ sub })
    },
    count: async (sub) => (await left({ sub }))[0]?.left ?? 0,
  }
}

export function passkeys(store: Connection): Passkeys {
  const { db } = store
  const { passkey } = store.tables
  const byId = eq(passkey.id, slot('id'))
  const bySub = eq(passkey.sub, slot('sub'))
  const create = store.change(
    'passkey_create',
    db.insert(passkey).values(slots(passkey)).onConflictDoNothing(),
  )
  const find = store.read('passkey_find', db.select().from(passkey).where(byId))
  const list = store.read(
    'passkey_list',
    db.select().from(passkey).where(bySub).orderBy(asc(passkey.createdAt), asc(passkey.id)),
  )
  const used = store.change(
    'passkey_used',
    db
      .update(passkey)
      .set({ signCount: slot('signCount'), backedUp: slot('backedUp'), lastUsedAt: slot('at') })
      .where(byId),
  )
  const rename = store.change(
    'passkey_rename',
    db
      .update(passkey)
      .set({ name: slot('name') })
      .where(and(byId, bySub)),
  )
  const remove = store.change('passkey_remove', db.delete(passkey).where(and(byId, bySub)))
  const removeByUser = store.change('passkey_remove_by_user', db.delete(passkey).where(bySub))
  /** Ids come from a URL. To PostgreSQL a NUL in one is an error in a write; a read finds nothing by it. */
  const known = async (id: string) => (await find({ id })).length === 1
  return {
    create: async (row) => (await create(filled(passkey, row))) === 1,
    find: async (id) => (await find({ id })).map(present)[0],
    listByUser: async (sub) => (await list({ sub })).map(present),
    used: async (id, use) => (await used({ id, ...use })) === 1,
    rename: async (id, sub, name) => (await known(id)) && (await rename({ id, sub, name })) === 1,
    remove: async (id, sub) => (await known(id)) && (await remove({ id, sub })) === 1,
    removeByUser: (sub) => removeByUser({ sub }),
  }
}
