// Owns the people who sign in, and which name or address belongs to whom.
import { and, asc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import { canonicalIdentifier, formerIdentifier } from '../protocol/user.js'
import { batchRows, inBatches, stillSo } from './batches.js'
import { type Connection, filled, paged, present, slots } from './connection.js'
import { slot } from './dialect.js'
import { StoreConflict } from './fault.js'
import type { Grants } from './grant-contract.js'
import { telling } from './logout-call.js'
import type { FactorRemovals, LogoutCalls, Users } from './people-contract.js'
import { removals } from './removal.js'

export function users(
  store: Connection,
  grants: Pick<Grants, 'revokeByUser'>,
  calls: Pick<LogoutCalls, 'dueByUser'>,
  factorRemovals: Pick<FactorRemovals, 'cancel'>,
): Users {
  const { db } = store
  const { account, session } = store.tables
  const bySub = eq(account.sub, slot('sub'))
  const columns = {
    sub: account.sub,
    username: account.username,
    email: account.email,
    emailVerified: account.emailVerified,
    claims: account.claims,
    disabled: account.disabled,
    passwordSetAt: account.passwordSetAt,
    passwordResetAt: account.passwordResetAt,
    secondFactorRequired: account.secondFactorRequired,
    passkeyOfferedAt: account.passkeyOfferedAt,
    createdAt: account.createdAt,
    updatedAt: account.updatedAt,
    hasPassword: sql<boolean>`${account.passwordHash} is not null`.mapWith(Boolean),
  }

  const find = store.read('account_find', db.select(columns).from(account).where(bySub))
  const findByKey = store.read(
    'account_find_by_identifier',
    db
      .select(columns)
      .from(account)
      .where(or(eq(account.usernameKey, slot('key')), eq(account.emailKey, slot('key')))),
  )
  const password = store.read(
    'account_password',
    db.select({ hash: account.passwordHash, prepared: account.passwordPrepared }).from(account).where(bySub),
  )
  const list = store.read(
    'account_list',
    db
      .select(columns)
      .from(account)
      .where(gt(account.sub, slot('after')))
      .orderBy(asc(account.sub))
      .limit(sql.placeholder('limit')),
  )
  const create = store.change(
    'account_create',
    db.insert(account).values(slots(account)).onConflictDoNothing(),
  )
  const update = store.change(
    'account_update',
    db
      .update(account)
      .set({
        username: slot('username'),
        usernameKey: slot('usernameKey'),
        email: slot('email'),
        emailKey: slot('emailKey'),
        emailVerified: slot('emailVerified'),
        claims: slot('claims'),
        updatedAt: slot('updatedAt'),
      })
      .where(bySub),
  )
  const setPassword = store.change(
    'account_set_password',
    db
      .update(account)
      .set({
        passwordHash: slot('hash'),
        passwordPrepared: slot('prepared'),
        passwordSetAt: slot('at'),
        updatedAt: slot('at'),
      })
      .where(bySub),
  )
  const setPasswordReset = store.change(
    'account_set_password_reset',
    db
      .update(account)
      .set({ passwordResetAt: slot('at') })
      .where(bySub),
  )
  const rehash = store.change(
    'account_rehash',
    db
      .update(account)
      .set({ passwordHash: slot('to'), passwordPrepared: slot('prepared') })
      .where(and(bySub, eq(account.passwordHash, slot('from')))),
  )
  const requireSecondFactor = store.change(
    'account_require_second_factor',
    db
      .update(account)
      .set({ secondFactorRequired: slot('required'), updatedAt: slot('at') })
      .where(bySub),
  )
  const passkeyOffered = store.change(
    'account_passkey_offered',
    db
      .update(account)
      .set({ passkeyOfferedAt: slot('at') })
      .where(bySub),
  )
  const setDisabled = store.change(
    'account_set_disabled',
    db
      .update(account)
      .set({ disabled: slot('disabled'), updatedAt: slot('at') })
      .where(and(bySub, isNull(account.removedAt))),
  )
  const ofUser = eq(session.sub, slot('sub'))
  const someSessions = db
    .select({ id: session.id })
    .from(session)
    .where(ofUser)
    .limit(sql.placeholder('limit'))
  const endSome = store.change(
    'account_end_sessions',
    db.delete(session).where(and(inArray(session.id, someSessions), stillSo(ofUser))),
  )
  const moreSessions = store.read(
    'account_more_sessions',
    db.select({ id: session.id }).from(session).where(ofUser).limit(1),
  )
  const endSessions = (sub: string) =>
    inBatches(
      store,
      () => endSome({ sub, limit: batchRows }),
      () => moreSessions({ sub }),
    )

  /**
   * Rows from before have the domain of their address in Unicode until they are next edited. No migration can tell:
   * SQL knows no UTS 46. Addresses in ASCII are looked up once.
   */
  async function findByIdentifier(key: string) {
    const former = formerIdentifier(key)
    const found = (await findByKey({ key })).map(present)[0]
    const older = former === key ? undefined : (await findByKey({ key: former })).map(present)[0]
    return found ?? older
  }

  /** Whether another account has the address under its former key, where the unique index does not see it. */
  async function hasFormerKey(emailKey: string | null, sub: string): Promise<boolean> {
    if (emailKey === null || formerIdentifier(emailKey) === emailKey) return false
    const older = await findByKey({ key: formerIdentifier(emailKey) })
    return older.some((row) => row.sub !== sub)
  }

  return {
    find: async (sub) => (await find({ sub })).map(present)[0],
    findByIdentifier,
    async password(sub) {
      const [row] = await password({ sub })
      return row && row.hash !== null ? { hash: row.hash, prepared: row.prepared } : undefined
    },
    list: async (page) => (await list(paged(page))).map(present),
    async create(user, hash, prepared = true) {
      const keys = keysOf(user)
      if (!keys || (await hasFormerKey(keys.emailKey, user.sub))) return false
      const passwordSetAt = hash === undefined ? undefined : user.createdAt
      const secondFactorRequired = user.secondFactorRequired === true
      const row = filled(account, {
        ...user,
        ...keys,
        passwordHash: hash,
        passwordPrepared: prepared,
        passwordSetAt,
        secondFactorRequired,
      })
      return (await create(row)) === 1
    },
    async update(edit) {
      const keys = keysOf(edit)
      if (!keys || (await hasFormerKey(keys.emailKey, edit.sub))) return false
      try {
        return (await update({ ...edit, email: edit.email ?? null, ...keys })) === 1
      } catch (thrown) {
        // Neither database can pass over a clash in an UPDATE the way an INSERT does (ST04).
        if (thrown instanceof StoreConflict) return false
        throw thrown
      }
    },
    setPassword: async (sub, hash, at) => (await setPassword({ sub, hash, prepared: true, at })) === 1,
    rehash: async (sub, from, to) => (await rehash({ sub, from, to, prepared: true })) === 1,
    setPasswordReset: async (sub, at) => (await setPasswordReset({ sub, at: at ?? null })) === 1,
    setSecondFactorRequired: async (sub, required, at) =>
      (await requireSecondFactor({ sub, required, at })) === 1,
    passkeyOffered: async (sub, at) => {
      await passkeyOffered({ sub, at })
    },
    async setDisabled(sub, disabled, at) {
      // Before enabling, whatever slipped in between an earlier disabling and its revocations must go too.
      if (!disabled) await grants.revokeByUser(sub, at, 'user_disabled')
      return telling(
        () => calls.dueByUser(sub, at),
        async () => {
          const found = (await setDisabled({ sub, disabled, at })) === 1
          if (disabled) await grants.revokeByUser(sub, at, 'user_disabled')
          if (disabled) await factorRemovals.cancel(sub)
          await endSessions(sub)
          return found
        },
      )
    },
    ...removals(store, grants, calls),
  }
}

/** The canonical spellings; undefined where the name could be taken for somebody else's address (ST03). */
function keysOf({ username, email }: { username: string; email?: string | undefined }) {
  const usernameKey = canonicalIdentifier(username)
  const emailKey = email === undefined ? null : canonicalIdentifier(email)
  return usernameKey.includes('@') && usernameKey !== emailKey ? undefined : { usernameKey, emailKey }
}
