// The store's contract for how people prove who they are, and for what follows from it, on every database.
import { describe, expect, test } from 'vitest'
import { type Store, StoreConflict } from '../src/store/store.js'
import { fresh, parallel, winners } from './support/at-once.js'
import {
  aFactorRemoval,
  aGrant,
  aNewUser,
  anActionToken,
  anInteraction,
  aPasskey,
  aSession,
  aTotp,
  at,
} from './support/rows.js'
import { kinds, useStore } from './support/stores.js'
import { aClient } from './support/values.js'

describe.each(kinds)('the store on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })

  async function newUser(passwordHash?: string): Promise<string> {
    const sub = fresh('u')
    expect(await store.users.create(aNewUser(sub), passwordHash)).toBe(true)
    return sub
  }

  describe('users', () => {
    test('have set their password when they come with one, and again when it changes', async () => {
      const sub = await newUser('first')
      const { createdAt } = aNewUser(sub)
      expect(await store.users.find(sub)).toMatchObject({ hasPassword: true, passwordSetAt: createdAt })
      await store.users.setPassword(sub, 'second', at)
      expect(await store.users.find(sub)).toMatchObject({ passwordSetAt: at, updatedAt: at })
    })

    test('EN06: say whether the hash is of the prepared form; a new one is, and an older one once it is renewed', async () => {
      const sub = fresh('u')
      expect(await store.users.create(aNewUser(sub), 'older', false)).toBe(true)
      expect(await store.users.password(sub)).toEqual({ hash: 'older', prepared: false })
      await store.users.rehash(sub, 'older', 'renewed')
      expect(await store.users.password(sub)).toEqual({ hash: 'renewed', prepared: true })
      const other = fresh('u')
      await store.users.create(aNewUser(other), 'older', false)
      await store.users.setPassword(other, 'new', at)
      expect(await store.users.password(other)).toEqual({ hash: 'new', prepared: true })
      expect(await store.users.password(await newUser('first'))).toEqual({ hash: 'first', prepared: true })
    })

    test('ST04: one of 50 rehashes, and the password counts as set when it was', async () => {
      const sub = await newUser('weak')
      const before = await store.users.find(sub)
      expect(await winners((index) => store.users.rehash(sub, 'weak', `strong ${index}`))).toBe(1)
      expect((await store.users.password(sub))?.hash).toMatch(/^strong \d+$/)
      expect(await store.users.find(sub)).toEqual(before)
    })

    test('keep a password that was changed while the old one was hashed again', async () => {
      const sub = await newUser('old')
      await store.users.setPassword(sub, 'new', at)
      expect(await store.users.rehash(sub, 'old', 'old, but strong')).toBe(false)
      expect((await store.users.password(sub))?.hash).toBe('new')
      const nobodys = await newUser()
      expect(await store.users.rehash(nobodys, '', 'x')).toBe(false)
      expect((await store.users.find(nobodys))?.hasPassword).toBe(false)
      expect(await store.users.rehash('u_nobody', 'old', 'x')).toBe(false)
    })

    test('need a second factor from the start, or from when it is asked of them', async () => {
      const strict = aNewUser(fresh('u'), { secondFactorRequired: true })
      const { secondFactorRequired: _, ...plain } = aNewUser(fresh('u'))
      await store.users.create(strict)
      await store.users.create(plain)
      expect((await store.users.find(strict.sub))?.secondFactorRequired).toBe(true)
      expect((await store.users.find(plain.sub))?.secondFactorRequired).toBe(false)
      expect(await store.users.setSecondFactorRequired(plain.sub, true, at)).toBe(true)
      const changed = { ...plain, secondFactorRequired: true, updatedAt: at, hasPassword: false }
      expect(await store.users.find(plain.sub)).toEqual(changed)
      expect(await store.users.setSecondFactorRequired(plain.sub, false, at + 1)).toBe(true)
      expect((await store.users.find(plain.sub))?.secondFactorRequired).toBe(false)
      expect((await store.users.find(strict.sub))?.secondFactorRequired).toBe(true)
      expect(await store.users.setSecondFactorRequired('u_nobody', true, at)).toBe(false)
    })

    test('are told when a passkey was last offered, which is no change of theirs', async () => {
      const sub = await newUser()
      const before = await store.users.find(sub)
      expect(before).not.toHaveProperty('passkeyOfferedAt')
      await store.users.passkeyOffered(sub, at)
      await store.users.passkeyOffered(sub, at + 1)
      expect(await store.users.find(sub)).toEqual({ ...before, passkeyOfferedAt: at + 1 })
      await store.users.passkeyOffered('u_nobody', at + 2)
      expect((await store.users.find(sub))?.passkeyOfferedAt).toBe(at + 1)
    })

    test('keep what they prove themselves with when their profile is edited', async () => {
      const sub = await newUser('hash')
      await store.users.setSecondFactorRequired(sub, true, at)
      await store.users.passkeyOffered(sub, at)
      const { secondFactorRequired: _, ...edit } = aNewUser(sub, { updatedAt: at + 1 })
      expect(await store.users.update(edit)).toBe(true)
      expect(await store.users.find(sub)).toEqual({
        ...edit,
        hasPassword: true,
        passwordSetAt: edit.createdAt,
        secondFactorRequired: true,
        passkeyOfferedAt: at,
      })
    })

    test('AD07: deleting takes every proof along, and nobody else is touched', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const rows = [sub, other].map((owner) => ({ owner, passkey: fresh('p'), token: fresh('t') }))
      for (const { owner, passkey, token } of rows) {
        await store.totps.put(aTotp(owner))
        await store.recoveryCodes.add(owner, aTotp(owner).codeSet, ['a code'], at)
        await store.passkeys.create(aPasskey(passkey, owner))
        await store.actionTokens.create(anActionToken(token, { sub: owner }), 'trusted')
      }
      await store.users.remove(sub, at)
      const left = rows.map(async ({ owner, passkey, token }) => [
        (await store.totps.find(owner)) !== undefined,
        await store.recoveryCodes.count(owner),
        (await store.passkeys.find(passkey)) !== undefined,
        (await store.actionTokens.find(token)) !== undefined,
      ])
      expect(await Promise.all(left)).toEqual([
        [false, 0, false, false],
        [true, 1, true, true],
      ])
    })
  })

  describe('sessions', () => {
    test('remember where they began, and whether the person stays signed in', async () => {
      const began = { kept: true, ip: '2001:db8::1', browser: 'Firefox', system: 'Linux' }
      const session = aSession(fresh('s'), await newUser(), began)
      await store.sessions.create(session)
      expect(await store.sessions.find(session.id)).toEqual(session)
      await store.sessions.touch(session.id, at + 60, at + 3660)
      expect(await store.sessions.find(session.id)).toMatchObject(began)
    })

    test('end all but one, each told to one of 50', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const [kept, ...ended] = [fresh('s'), fresh('s'), fresh('s')]
      const foreign = fresh('s')
      for (const id of [kept, ...ended]) await store.sessions.create(aSession(id, sub))
      await store.sessions.create(aSession(foreign, other))
      const told = (await parallel(() => store.sessions.endByUser(sub, at, aSession(kept, sub)))).flat()
      expect(told.sort()).toEqual(ended.map((id) => `sid of ${id}`))
      const ids = async (sub: string) =>
        (await store.sessions.list({ sub, limit: 10, now: at })).map(({ id }) => id)
      expect(await ids(sub)).toEqual([kept])
      expect(await ids(other)).toEqual([foreign])
      // Somebody else's session spares none of one's own.
      expect(await store.sessions.endByUser(sub, at, aSession(foreign, sub))).toEqual([`sid of ${kept}`])
      expect(await ids(other)).toEqual([foreign])
    })
  })

  describe('authenticator apps', () => {
    test('EN01: are one for a user, and no other takes its place', async () => {
      const sub = await newUser()
      const [first, second] = [aTotp(sub), aTotp(sub, { sealed: 'other', lastStep: 5, createdAt: at + 1 })]
      expect(await store.totps.find(sub)).toBeUndefined()
      expect(await winners(() => store.totps.put(first))).toBe(1)
      expect(await store.totps.put(second)).toBe(false)
      expect(await store.totps.find(sub)).toEqual(first)
      expect(await winners(() => store.totps.remove(sub))).toBe(1)
      expect(await store.totps.find(sub)).toBeUndefined()
      await expect(store.totps.put(aTotp('u_nobody'))).rejects.toBeInstanceOf(StoreConflict)
    })

    test('accept a step once, for one of 50, and then none before it', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      await store.totps.put(aTotp(sub, { lastStep: 100 }))
      await store.totps.put(aTotp(other, { lastStep: 100 }))
      expect(await winners(() => store.totps.use(sub, 102))).toBe(1)
      for (const step of [100, 101, 102]) expect(await store.totps.use(sub, step), `${step}`).toBe(false)
      expect(await store.totps.use(sub, 103)).toBe(true)
      expect(await store.totps.find(sub)).toEqual(aTotp(sub, { lastStep: 103 }))
      expect(await store.totps.find(other)).toEqual(aTotp(other, { lastStep: 100 }))
      expect(await store.totps.use('u_nobody', 103)).toBe(false)
    })

    test('never go back, in whatever order 50 steps arrive', async () => {
      const sub = await newUser()
      await store.totps.put(aTotp(sub, { lastStep: 100 }))
      const accepted = await parallel((index) => store.totps.use(sub, 150 - index))
      expect(accepted).toContain(true)
      expect(await store.totps.find(sub)).toMatchObject({ lastStep: 150 })
      expect(await winners((index) => store.totps.use(sub, 150 - index))).toBe(0)
    })
  })

  describe('recovery codes', () => {
    /** Somebody with an app, and the codes that came with it. */
    async function withCodes(hashes: readonly string[]): Promise<string> {
      const sub = await newUser()
      await store.totps.put(aTotp(sub, { codeSet: 'first' }))
      await store.recoveryCodes.add(sub, 'first', hashes, at)
      return sub
    }

    test('work once, for one of 50, and only for their person', async () => {
      const [sub, other] = [await withCodes(['a', 'b', 'c']), await withCodes(['a', 'd'])]
      expect(await winners(() => store.recoveryCodes.use(sub, 'a'))).toBe(1)
      expect(await store.recoveryCodes.count(sub)).toBe(2)
      expect(await store.recoveryCodes.use(sub, 'd')).toBe(false)
      expect(await store.recoveryCodes.use(sub, 'B')).toBe(false)
      expect(await store.recoveryCodes.count(other)).toBe(2)
      // Each of several codes has its one winner.
      expect(await winners((index) => store.recoveryCodes.use(sub, index % 2 === 0 ? 'b' : 'c'))).toBe(2)
      expect(await store.recoveryCodes.count(sub)).toBe(0)
    })

    test('take the place of those before, or go', async () => {
      const [sub, other] = [await withCodes(['a', 'b']), await withCodes(['a'])]
      expect(await store.totps.renewCodes(sub, 'first', 'second')).toBe(true)
      // A crash here leaves nobody a code that was to be gone.
      expect(await store.recoveryCodes.count(sub)).toBe(0)
      expect(await store.recoveryCodes.use(sub, 'a')).toBe(false)
      await store.recoveryCodes.add(sub, 'second', ['b', 'c', 'd'], at + 1)
      expect(await store.recoveryCodes.count(sub)).toBe(3)
      expect(await store.recoveryCodes.use(sub, 'a')).toBe(false)
      expect(await store.recoveryCodes.use(sub, 'b')).toBe(true)
      expect(await store.totps.renewCodes(sub, 'first', 'third')).toBe(false)
      await store.recoveryCodes.remove(sub)
      expect(await store.recoveryCodes.count(sub)).toBe(0)
      expect(await store.recoveryCodes.use(sub, 'c')).toBe(false)
      expect(await store.recoveryCodes.count(other)).toBe(1)
      const orphans = store.recoveryCodes.add('u_nobody', 'first', ['a'], at)
      await expect(orphans).rejects.toBeInstanceOf(StoreConflict)
      expect(await store.totps.renewCodes('u_nobody', '', 'first')).toBe(false)
    })

    test('are worth nothing without the app, and those of another app nothing with it', async () => {
      const sub = await withCodes(['a'])
      await store.totps.remove(sub)
      expect([await store.recoveryCodes.count(sub), await store.recoveryCodes.use(sub, 'a')]).toEqual([
        0,
        false,
      ])
      await store.totps.remove(sub)
      await store.totps.put(aTotp(sub, { codeSet: 'of another app' }))
      expect([await store.recoveryCodes.count(sub), await store.recoveryCodes.use(sub, 'a')]).toEqual([
        0,
        false,
      ])
    })

    test('SE11: of 50 renewals at once, one set counts', async () => {
      const sub = await withCodes(['a'])
      const renewed = await parallel(async (index) => {
        const won = await store.totps.renewCodes(sub, 'first', `set ${index}`)
        if (won) await store.recoveryCodes.add(sub, `set ${index}`, [`x ${index}`, `y ${index}`], at)
        return won
      })
      expect(renewed.filter(Boolean)).toHaveLength(1)
      expect(await store.recoveryCodes.count(sub)).toBe(2)
      expect(await winners((index) => store.recoveryCodes.use(sub, `x ${index}`))).toBe(1)
    })

    test('SE11: of 50 renewals that overtake each other, one set counts, whatever the others still write', async () => {
      const sub = await withCodes(['a'])
      const sets = await parallel(async (index) => {
        const before = (await store.totps.find(sub))?.codeSet ?? ''
        const won = await store.totps.renewCodes(sub, before, `set ${index}`)
        if (won) await store.recoveryCodes.add(sub, `set ${index}`, [`x ${index}`, `y ${index}`], at)
        return won ? `set ${index}` : 'none'
      })
      const { codeSet = '' } = (await store.totps.find(sub)) ?? {}
      expect(sets).toContain(codeSet)
      // One who lost the race to write last: its codes come when they count no more.
      await store.recoveryCodes.add(sub, 'too late', ['x late'], at)
      expect(await store.recoveryCodes.count(sub)).toBe(2)
      expect(await winners((index) => store.recoveryCodes.use(sub, `x ${index}`))).toBe(1)
      expect(await store.recoveryCodes.use(sub, 'x late')).toBe(false)
    })
  })

  describe('passkeys', () => {
    test('come back as they went in, and one credential is one person', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const facts = { name: 'Tür "1" \u{1F511}', transports: [], synced: false, backedUp: false }
      // An authenticator counts to 32 bits without a sign (WebAuthn 6.1.1).
      const passkey = aPasskey(fresh('p'), sub, { ...facts, signCount: 0xffff_ffff })
      expect(await winners(() => store.passkeys.create(passkey))).toBe(1)
      expect(await store.passkeys.create(aPasskey(passkey.id, other))).toBe(false)
      expect(await store.passkeys.find(passkey.id)).toEqual(passkey)
      expect(await store.passkeys.listByUser(other)).toEqual([])
      expect(await store.passkeys.find('p_nobody')).toBeUndefined()
      const orphan = store.passkeys.create(aPasskey(fresh('p'), 'u_nobody'))
      await expect(orphan).rejects.toBeInstanceOf(StoreConflict)
    })

    test('are listed oldest first', async () => {
      const sub = await newUser()
      const [a, b, c] = [fresh('p'), fresh('p'), fresh('p')]
      const rows = [aPasskey(c, sub), aPasskey(b, sub), aPasskey(a, sub, { createdAt: at + 1 })]
      for (const row of rows) await store.passkeys.create(row)
      expect((await store.passkeys.listByUser(sub)).map(({ id }) => id)).toEqual([b, c, a])
    })

    test('note a use', async () => {
      const sub = await newUser()
      const [passkey, other] = [aPasskey(fresh('p'), sub), aPasskey(fresh('p'), sub)]
      await store.passkeys.create(passkey)
      await store.passkeys.create(other)
      const use = { signCount: 7, backedUp: false, at: at + 5 }
      expect(await store.passkeys.used(passkey.id, use)).toBe(true)
      const noted = { ...passkey, signCount: 7, backedUp: false, lastUsedAt: at + 5 }
      expect(await store.passkeys.find(passkey.id)).toEqual(noted)
      expect(await store.passkeys.find(other.id)).toEqual(other)
      expect(await store.passkeys.used('p_nobody', use)).toBe(false)
    })

    test('AC04: are renamed and removed by their own person only', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const passkey = aPasskey(fresh('p'), sub)
      await store.passkeys.create(passkey)
      expect(await store.passkeys.rename(passkey.id, other, 'Mine')).toBe(false)
      expect(await store.passkeys.remove(passkey.id, other)).toBe(false)
      expect(await store.passkeys.find(passkey.id)).toEqual(passkey)
      expect(await store.passkeys.rename(passkey.id, sub, 'Laptop')).toBe(true)
      expect(await store.passkeys.find(passkey.id)).toEqual({ ...passkey, name: 'Laptop' })
      expect(await winners(() => store.passkeys.remove(passkey.id, sub))).toBe(1)
      expect(await store.passkeys.rename(passkey.id, sub, 'Gone')).toBe(false)
    })

    test('go all at once', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      for (const owner of [sub, sub, other]) await store.passkeys.create(aPasskey(fresh('p'), owner))
      expect(await store.passkeys.removeByUser(sub)).toBe(2)
      expect(await store.passkeys.removeByUser(sub)).toBe(0)
      expect(await store.passkeys.listByUser(sub)).toEqual([])
      expect(await store.passkeys.listByUser(other)).toHaveLength(1)
    })
  })

  describe('EN03: removals of second factors', () => {
    test('EN03: are one for each account, and go on as they are when asked for again', async () => {
      const removal = aFactorRemoval(await newUser())
      expect(await store.factorRemovals.find(removal.sub, at)).toBeUndefined()
      const numbered = (n: number) => ({ ...removal, id: `${removal.id}_${n}` })
      const requested = await parallel((n) => store.factorRemovals.request(numbered(n)))
      expect(requested.filter(Boolean)).toHaveLength(1)
      const first = numbered(requested.indexOf(true))
      const again = { ...removal, id: 'another', dueAt: removal.dueAt + 60 }
      expect(await store.factorRemovals.request(again)).toBe(false)
      expect(await store.factorRemovals.find(removal.sub, at)).toEqual(first)
      expect(await store.factorRemovals.findById(first.id)).toEqual(first)
      expect(await store.factorRemovals.findById('another')).toBeUndefined()
    })

    test('EN03: are started by one of fifty, and by another only when that one may have died', async () => {
      const { sub, id, dueAt } = aFactorRemoval(await newUser())
      await store.factorRemovals.request(aFactorRemoval(sub))
      await store.factorRemovals.announced(id, at)
      expect(await store.factorRemovals.due(dueAt - 1, 1000)).not.toContain(sub)
      expect(await store.factorRemovals.start(sub, dueAt - 1)).toBe(false)
      expect(await store.factorRemovals.due(dueAt, 1000)).toContain(sub)
      expect(await winners(() => store.factorRemovals.start(sub, dueAt))).toBe(1)
      expect(await store.factorRemovals.start(sub, dueAt + 59)).toBe(false)
      expect(await winners(() => store.factorRemovals.start(sub, dueAt + 60))).toBe(1)
      expect(await winners(() => store.factorRemovals.finish(sub))).toBe(1)
      expect(await store.factorRemovals.due(dueAt + 999, 1000)).not.toContain(sub)
    })

    test('EN03: are due only when their mail has left, and make way for another after fifteen minutes', async () => {
      const lost = aFactorRemoval(await newUser())
      await store.factorRemovals.request(lost)
      expect(await store.factorRemovals.due(lost.dueAt, 1000)).not.toContain(lost.sub)
      expect(await store.factorRemovals.start(lost.sub, lost.dueAt)).toBe(false)
      expect(await store.factorRemovals.find(lost.sub, at + 899)).toEqual(lost)
      expect(await store.factorRemovals.find(lost.sub, at + 900)).toBeUndefined()
      const early = { ...lost, id: fresh('removal'), requestedAt: at + 899 }
      expect(await store.factorRemovals.request(early)).toBe(false)
      const again = {
        ...lost,
        id: fresh('removal'),
        secretHash: 'another',
        requestedAt: at + 900,
        dueAt: at + 999,
      }
      expect(await winners(() => store.factorRemovals.request(again))).toBe(1)
      await store.factorRemovals.announced(lost.id, at + 900)
      expect(await store.factorRemovals.find(lost.sub, at + 900)).toEqual(again)
      await store.factorRemovals.announced(again.id, at + 901)
      const announced = { ...again, announcedAt: at + 901 }
      expect(await store.factorRemovals.request({ ...again, requestedAt: at + 9999 })).toBe(false)
      expect(await store.factorRemovals.find(lost.sub, at + 9999)).toEqual(announced)
      const other = aFactorRemoval(await newUser())
      await store.factorRemovals.request(other)
      await store.factorRemovals.dropUnannounced(other.dueAt - 1)
      expect(await store.factorRemovals.findById(other.id)).toBeDefined()
      await store.factorRemovals.dropUnannounced(other.dueAt)
      expect(await store.factorRemovals.findById(other.id)).toBeUndefined()
      expect(await store.factorRemovals.findById(again.id)).toEqual(announced)
    })

    test('EN03: are stopped once, until they have started, and go with the account', async () => {
      const [stopped, started, gone, disabled] = [
        await newUser(),
        await newUser(),
        await newUser(),
        await newUser(),
      ]
      for (const sub of [stopped, started, gone, disabled]) {
        await store.factorRemovals.request(aFactorRemoval(sub))
        await store.factorRemovals.announced(aFactorRemoval(sub).id, at)
      }
      await store.users.setDisabled(disabled, true, at)
      expect(await store.factorRemovals.find(disabled, at)).toBeUndefined()
      expect(await winners(() => store.factorRemovals.cancel(stopped))).toBe(1)
      const { dueAt } = aFactorRemoval(started)
      expect(await store.factorRemovals.start(stopped, dueAt)).toBe(false)
      expect(await store.factorRemovals.start(started, dueAt)).toBe(true)
      expect(await store.factorRemovals.cancel(started)).toBe(false)
      await store.users.remove(gone, at)
      expect(await store.factorRemovals.find(gone, at)).toBeUndefined()
    })

    test('EN03: a password that came by mail is known as one until a second factor is proven', async () => {
      const sub = await newUser()
      expect((await store.users.find(sub))?.passwordResetAt).toBeUndefined()
      expect(await store.users.setPasswordReset(sub, at)).toBe(true)
      expect((await store.users.find(sub))?.passwordResetAt).toBe(at)
      await store.users.setPasswordReset(sub, undefined)
      expect((await store.users.find(sub))?.passwordResetAt).toBeUndefined()
    })
  })

  describe('mailed links', () => {
    test('come back as they went in, with or without a person', async () => {
      const whole = { purpose: 'change_email', sub: await newUser(), interactionId: fresh('i') } as const
      for (const token of [anActionToken(fresh('t')), anActionToken(fresh('t'), whole)]) {
        await store.actionTokens.create(token, 'trusted')
        expect(await store.actionTokens.find(token.id)).toEqual(token)
      }
      expect(await store.actionTokens.find('t_nobody')).toBeUndefined()
      const orphan = store.actionTokens.create(anActionToken(fresh('t'), { sub: 'u_nobody' }), 'trusted')
      await expect(orphan).rejects.toBeInstanceOf(StoreConflict)
    })

    test('are spent once, by one of 50, and remembered', async () => {
      const [token, other] = [anActionToken(fresh('t')), anActionToken(fresh('t'))]
      await store.actionTokens.create(token, 'trusted')
      await store.actionTokens.create(other, 'trusted')
      expect(await winners(() => store.actionTokens.spend(token.id, at + 1))).toBe(1)
      expect(await store.actionTokens.spend(token.id, at + 2)).toBe(false)
      expect(await store.actionTokens.find(token.id)).toEqual({ ...token, usedAt: at + 1 })
      expect(await store.actionTokens.find(other.id)).toEqual(other)
      expect(await store.actionTokens.spend('t_nobody', at)).toBe(false)
    })

    test('are not spent from the second of their expiry on', async () => {
      const token = anActionToken(fresh('t'), { expiresAt: at + 10 })
      await store.actionTokens.create(token, 'trusted')
      expect(await store.actionTokens.spend(token.id, at + 10)).toBe(false)
      expect(await store.actionTokens.spend(token.id, at + 9)).toBe(true)
    })

    test('go with what they were mailed for: those of one purpose, or all', async () => {
      const [sub, other] = [await newUser(), await newUser()]
      const [verify, reset, again, foreign, nobodys] = [1, 2, 3, 4, 5].map(() => fresh('t'))
      const put = (id = '', facts: Parameters<typeof anActionToken>[1] = {}) =>
        store.actionTokens.create(anActionToken(id, facts), 'trusted')
      await put(verify, { sub, purpose: 'verify_email' })
      await put(reset, { sub, purpose: 'reset_password' })
      await put(again, { sub, purpose: 'reset_password' })
      await put(foreign, { sub: other, purpose: 'reset_password' })
      await put(nobodys, { purpose: 'reset_password' })
      const ids = [verify, reset, again, foreign, nobodys]
      const left = async () => {
        const found = await Promise.all(ids.map((id = '') => store.actionTokens.find(id)))
        return found.flatMap((token) => token?.id ?? [])
      }
      expect(await left()).toEqual(ids)
      await store.actionTokens.removeByUser(sub, 'reset_password')
      expect(await left()).toEqual([verify, foreign, nobodys])
      await store.actionTokens.removeByUser(sub)
      expect(await left()).toEqual([foreign, nobodys])
    })

    test('are swept a minute after their expiry, used or not, a bounded number at a time', async () => {
      const [used, kept] = [fresh('t'), fresh('t')]
      await store.actionTokens.create(anActionToken(used, { expiresAt: 900, usedAt: 800 }), 'trusted')
      await store.actionTokens.create(anActionToken(kept), 'trusted')
      for (let made = 0; made < 2; made++) {
        await store.actionTokens.create(anActionToken(fresh('t'), { expiresAt: 900 }), 'trusted')
      }
      expect(await store.sweep(960, 2)).toBe(0)
      expect(await store.sweep(961, 2)).toBe(2)
      expect(await store.sweep(961, 2)).toBe(1)
      expect(await store.sweep(961, 2)).toBe(0)
      expect(await store.actionTokens.find(used)).toBeUndefined()
      expect(await store.actionTokens.find(kept)).toBeDefined()
    })
  })

  describe('interactions', () => {
    const pendingOf = (sub: string) => ({ sub, at, keep: true, passkeyCapable: false })
    async function begun(): Promise<string> {
      const id = fresh('i')
      await store.interactions.create(anInteraction(id), 'trusted')
      return id
    }

    test('keep what the account asked for', async () => {
      const demands = [{ maxAge: 300, strong: true }, { choose: true }, { maxAge: 0 }, {}]
      for (const demand of demands) {
        const { clientId: _, request: __, ...bare } = anInteraction(fresh('i'), { kind: 'account', demand })
        await store.interactions.create(bare, 'trusted')
        expect(await store.interactions.find(bare.id)).toEqual(bare)
      }
    })

    test('wait for a second factor, with nothing proven by the password', async () => {
      const [alice, bob] = [await newUser(), await newUser()]
      const id = await begun()
      expect(await store.interactions.suspend(id, pendingOf(bob))).toBe(true)
      const pending = { ...pendingOf(alice), at: at + 1, keep: false, passkeyCapable: true }
      expect(await store.interactions.suspend(id, pending)).toBe(true)
      expect(await store.interactions.find(id)).toEqual({ ...anInteraction(id), pending })
    })

    test('forget the waiting sign-in once somebody is signed in or another account is chosen', async () => {
      const [alice, bob] = [await newUser(), await newUser()]
      const id = await begun()
      await store.interactions.suspend(id, pendingOf(alice))
      await store.interactions.prove(id, { sub: alice, authenticatedAt: at + 5 })
      const proven = { sub: alice, authenticatedAt: at + 5, accountChosen: true }
      expect(await store.interactions.find(id)).toEqual({ ...anInteraction(id), ...proven })
      await store.interactions.suspend(id, pendingOf(bob))
      expect(await store.interactions.find(id)).toMatchObject({ ...proven, pending: pendingOf(bob) })
      await store.interactions.choose(id, bob)
      const chosen = { sub: bob, accountChosen: true }
      expect(await store.interactions.find(id)).toEqual({ ...anInteraction(id), ...chosen })
    })

    test('do not wait once completed', async () => {
      const id = await begun()
      await store.interactions.complete(id, at)
      expect(await store.interactions.suspend(id, pendingOf(await newUser()))).toBe(false)
      expect(await store.interactions.find(id)).not.toHaveProperty('pending')
      expect(await store.interactions.suspend('i_nobody', pendingOf('u_nobody'))).toBe(false)
    })
  })

  test('grants that were begun in a session are revoked, durable ones too', async () => {
    const [sub, clientId, sid, otherSid] = [await newUser(), fresh('c'), fresh('sid'), fresh('sid')]
    await store.clients.create(aClient('web', {}, { id: clientId }))
    const put = async (facts: Parameters<typeof aGrant>[3]) => {
      const id = fresh('g')
      await store.grants.create(aGrant(id, sub, clientId, facts))
      return id
    }
    const bound = await put({ sid, sessionBound: true })
    const durable = await put({ sid })
    const earlier = await put({ sid })
    const elsewhere = await put({ sid: otherSid, sessionBound: true })
    const nowhere = await put({})
    await store.grants.revoke(earlier, at, 'earlier')
    const counts = await parallel(() => store.grants.revokeBegunIn({ sub, sid }, at + 1, 'session_ended'))
    expect(counts.reduce((sum, count) => sum + count)).toBe(2)
    const revoked = { live: false, revokedAt: at + 1, revokedReason: 'session_ended' }
    expect(await store.grants.find(bound)).toMatchObject(revoked)
    expect(await store.grants.find(durable)).toMatchObject(revoked)
    expect(await store.grants.find(earlier)).toMatchObject({ revokedAt: at, revokedReason: 'earlier' })
    for (const id of [elsewhere, nowhere]) expect((await store.grants.find(id))?.live).toBe(true)
  })

  test('the audit trail of one person is read newest first, from its end or on from a record', async () => {
    const [sub, other] = [fresh('u'), fresh('u')]
    const entries = [sub, other, sub, sub, sub].map((owner, index) => ({
      id: fresh('a'),
      at: at + index,
      type: 'user.signed_in',
      sub: owner,
      expiresAt: at + 1000,
    }))
    for (const entry of entries) await store.audit.record(entry)
    await store.audit.record({ id: fresh('a'), at, type: 'key.rotated', expiresAt: at + 1000 })
    const [first, foreign, second, third, last] = entries
    expect(await store.audit.ofUser(sub, { limit: 2 })).toEqual([last, third])
    expect(await store.audit.ofUser(sub, { before: third?.id, limit: 2 })).toEqual([second, first])
    expect(await store.audit.ofUser(sub, { before: first?.id, limit: 2 })).toEqual([])
    // Where to go on may be named by any record.
    expect(await store.audit.ofUser(sub, { before: foreign?.id, limit: 2 })).toEqual([first])
    expect(await store.audit.ofUser('u_nobody', { limit: 2 })).toEqual([])
  })

  test('hostile texts are only texts', async () => {
    const sub = await newUser()
    await store.passkeys.create(aPasskey(fresh('p'), sub))
    for (const text of ["' or 1=1 --", '\0', 'a\0b', '"; drop table passkey', '%', '\u{1F468}', '']) {
      const told = JSON.stringify(text)
      expect(await store.passkeys.find(text), told).toBeUndefined()
      expect(await store.passkeys.rename(text, sub, 'x'), told).toBe(false)
      expect(await store.passkeys.remove(text, sub), told).toBe(false)
      expect(await store.actionTokens.find(text), told).toBeUndefined()
      expect(await store.audit.ofUser(sub, { before: text, limit: 1 }), told).toEqual([])
    }
    expect(await store.passkeys.listByUser(sub)).toMatchObject([{ name: 'Phone' }])
  })
})
