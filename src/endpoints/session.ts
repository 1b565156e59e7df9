// Owns the sign-in of a browser: finding it, beginning it, ending it.
import type { Context } from 'hono'
import { matchesHash, newHandle, newId, newSecret, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { clearCookie, readCookie, setCookie } from '../http/cookies.js'
import { passwordAcr, passwordAmr } from '../protocol/acr.js'
import type { User } from '../protocol/user.js'
import type { Session } from '../store/store.js'

/** Somebody who is signed in here. */
export type Visitor = {
  readonly session: Session
  readonly user: User
  /** The cookie's value: what forms of the account pages are bound to. */
  readonly handle: string
}

/** Seconds between two writes of when a session was last seen. */
const touchEvery = 60

/** Who is signed in in this browser, if anybody still is; being seen moves the idle expiry, not the absolute one. */
export async function findVisitor(c: Context, deps: Deps): Promise<Visitor | undefined> {
  const presented = await findSession(c, deps)
  if (!presented) return undefined
  const { session } = presented
  const now = deps.now()
  if (now >= session.idleExpiresAt || now >= session.expiresAt) return undefined
  const user = await deps.store.users.find(session.sub)
  if (!user || user.disabled) return undefined
  if (now - session.lastSeenAt >= touchEvery) {
    await deps.store.sessions.touch(session.id, now, idleExpiry(now, session.expiresAt, deps))
  }
  return { ...presented, user }
}

/**
 * Begins a session for a person who has just proved who they are. The handle is new and the old one is dead,
 * whoever it was planted by (SE01); `sid` stays when it is the same person, and when it is another, what
 * was bound to the first one's session ends as at a sign-out.
 */
export async function beginSession(c: Context, deps: Deps, user: User): Promise<Session> {
  const { store, config, random } = deps
  const now = deps.now()
  const previous = (await findSession(c, deps))?.session
  const same = previous?.sub === user.sub && now < previous.expiresAt
  if (previous && !same) await close(deps, previous, 'another person signed in')
  else if (previous) await store.sessions.remove(previous.id)
  const id = newId(now, random)
  const { handle, hash } = newHandle(id, random)
  const expiresAt = now + config.sessionAbsoluteTtl
  const session: Session = {
    id,
    secretHash: hash,
    sid: same ? previous.sid : newSecret(random),
    sub: user.sub,
    authTime: now,
    acr: passwordAcr,
    amr: passwordAmr,
    createdAt: now,
    lastSeenAt: now,
    idleExpiresAt: idleExpiry(now, expiresAt, deps),
    expiresAt,
  }
  await store.sessions.create(session)
  setCookie(c, config, 'session', handle)
  return session
}

/** Ends this browser's session, expired or not; answers which it was. */
export async function endSession(c: Context, deps: Deps): Promise<Session | undefined> {
  const session = (await findSession(c, deps))?.session
  if (session) await close(deps, session)
  clearCookie(c, deps.config, 'session')
  return session
}

/** Ends the session that an ID token was issued in, wherever it is: the browser may have lost its cookie. */
export async function endSessionBySid(deps: Deps, sub: string, sid: string): Promise<void> {
  await deps.store.grants.revokeBySession(sid, deps.now(), 'signed out')
  const live = await deps.store.sessions.list({ sub, now: deps.now(), limit: 1000 })
  for (const session of live) if (session.sid === sid) await close(deps, session)
}

/** The grants first, so that a crash between fails closed; and once more, for what was bound to it meanwhile. */
async function close({ store, now }: Deps, { id, sid }: Session, reason = 'signed out'): Promise<void> {
  await store.grants.revokeBySession(sid, now(), reason)
  await store.sessions.remove(id)
  await store.grants.revokeBySession(sid, now(), reason)
}

/** The session that the cookie names and proves, expired or not. */
async function findSession(c: Context, deps: Deps): Promise<Omit<Visitor, 'user'> | undefined> {
  const handle = readCookie(c, deps.config, 'session')
  const parsed = handle === undefined ? undefined : parseHandle(handle)
  if (handle === undefined || parsed === undefined) return undefined
  const session = await deps.store.sessions.find(parsed.id)
  if (!session || !matchesHash(parsed.secret, session.secretHash)) return undefined
  return { session, handle }
}

function idleExpiry(now: number, expiresAt: number, deps: Deps): number {
  return Math.min(now + deps.config.sessionIdleTtl, expiresAt)
}
