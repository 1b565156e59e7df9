// Owns the sign-ins of a browser: finding them, beginning, strengthening and ending them.
import type { Context } from 'hono'
import { newHandle, newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { addressOf } from '../http/client-address.js'
import { describeUserAgent } from '../http/user-agent.js'
import { type Authentication, raised } from '../protocol/acr.js'
import type { User } from '../protocol/user.js'
import type { Session } from '../store/store.js'
import { clearSession, type Ending, endOneSession } from './end-sessions.js'
import { type Held, heldAt, heldBy, isLive, keepHeld, readHeld } from './held-sessions.js'

/** Somebody who is signed in here. */
export type Visitor = {
  readonly session: Session
  readonly user: User
  /** What the cookie holds of it: what forms of the account pages are bound to. */
  readonly handle: string
}

/** Sessions of one user: a further one ends the one unused longest (EX06). */
export const mostSessions = 1000
/** Seconds between two writes of when a session was last seen. */
const touchEvery = 60

/** Who is signed in in this browser, if anybody still is; being seen moves the idle expiry, not the absolute one. */
export async function findVisitor(c: Context, deps: Deps): Promise<Visitor | undefined> {
  const visitor = await visitorOf(deps, await heldAt(c, deps, 0))
  if (!visitor) return undefined
  const { session } = visitor
  const now = deps.now()
  if (now - session.lastSeenAt >= touchEvery) {
    await deps.store.sessions.touch(session.id, now, idleExpiry(now, session, deps))
  }
  return visitor
}

/** Who else is signed in in this browser. */
export async function findOthers(c: Context, deps: Deps): Promise<Visitor[]> {
  const [, ...rest] = await readHeld(c, deps)
  const found = await Promise.all(rest.map((held) => visitorOf(deps, held)))
  return found.filter((visitor) => visitor !== undefined)
}

async function visitorOf(deps: Deps, held: Held | undefined): Promise<Visitor | undefined> {
  if (!held || !isLive(held.session, deps.now())) return undefined
  const user = await deps.store.users.find(held.session.sub)
  return user && !user.disabled ? { ...held, user } : undefined
}

/**
 * Begins a session for a person who has just proved who they are. The handle is new, and the one that the same
 * person had here is dead (SE01); its `sid` goes on. Others who are signed in here stay so, behind this one.
 * @param keep "Keep me signed in"; it stays as it was where the same person had chosen it and is still signed in
 */
export async function beginSession(
  c: Context,
  deps: Deps,
  user: User,
  authentication: Authentication,
  { keep }: { keep: boolean },
): Promise<Session> {
  const { store, config, random } = deps
  const now = deps.now()
  const present = (await readHeld(c, deps)).filter((held) => held !== undefined)
  const previous = present.find(({ session }) => session.sub === user.sub)?.session
  const same = previous !== undefined && now < previous.expiresAt
  // Whoever confirms that it is still them has not chosen anew (BR02).
  const kept = keep || (previous?.kept === true && isLive(previous, now))
  const expiresAt = now + (kept ? config.sessionKeptAbsoluteTtl : config.sessionAbsoluteTtl)
  if (previous && !same) await clearSession(deps, previous)
  else if (previous) {
    await store.sessions.remove(previous.id)
    await store.logoutCalls.prolong(previous.sid, expiresAt)
  }
  const begun = {
    ...authentication,
    sid: same ? previous.sid : newSecret(random),
    formId: newId(now, random),
    sub: user.sub,
    authTime: now,
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
    kept,
    ip: addressOf(c, config),
    ...describeUserAgent(c.req.header('user-agent')),
  }
  const held = await create(deps, { ...begun, idleExpiresAt: idleExpiry(now, begun, deps) })
  const others = present.filter(({ session }) => session !== previous && isLive(session, now))
  await leave(deps, keepHeld(c, deps, [held, ...others]))
  return held.session
}

/**
 * Gives the session of who is signed in a new handle: after a rise in privilege, and when the password has changed.
 * The old one dies first, so that nothing goes on if the session has just been ended (undefined).
 */
export async function renewSession(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  more?: Authentication,
): Promise<Visitor | undefined> {
  const { session, user } = visitor
  const [, ...others] = await readHeld(c, deps)
  if (!(await deps.store.sessions.remove(session.id))) return undefined
  const proven = more ? raised(session, more) : session
  const held = await create(deps, { ...session, acr: proven.acr, amr: proven.amr })
  keepHeld(c, deps, [held, ...others])
  return { ...held, user }
}

/** Goes on as somebody else who is signed in here; false if they are not. */
export async function switchTo(c: Context, deps: Deps, sub: string): Promise<boolean> {
  const all = await readHeld(c, deps)
  const chosen = all.find((held) => held?.session.sub === sub)
  if (!(await visitorOf(deps, chosen))) return false
  keepHeld(c, deps, [chosen, ...all.filter((held) => held !== chosen && held !== undefined)])
  return true
}

/**
 * Ends who is signed in here, expired or not, or another person who is; answers which session it was. Nobody else
 * takes the place of the first unasked.
 */
export async function endSession(
  c: Context,
  deps: Deps,
  ending: Ending = { disconnect: false },
  sub?: string,
): Promise<Session | undefined> {
  const all = await readHeld(c, deps)
  const leaving = heldBy(all, sub)
  if (leaving) await endOneSession(deps, leaving.session, ending)
  const [first, ...others] = all.map((held) => (held === leaving ? undefined : held))
  keepHeld(c, deps, [first, ...others.filter((held) => held !== undefined)])
  return leaving?.session
}

/**
 * Ends the session that an ID token was issued in, wherever it is: the browser may have lost its cookie. False if
 * neither the session nor a connection was there to end.
 */
export async function endSessionBySid(deps: Deps, sub: string, sid: string): Promise<boolean> {
  const revoked = await deps.store.grants.revokeBySession({ sub, sid }, deps.now(), 'signed out')
  await deps.store.logoutCalls.due(sid, deps.now())
  const found = (await deps.store.sessions.findBySid(sub, sid)).filter((one) => isLive(one, deps.now()))
  for (const session of found) await endOneSession(deps, session, { disconnect: false })
  return revoked > 0 || found.length > 0
}

/** Those for whom the cookie has no room are signed out: what nobody can reach must not stay alive. */
async function leave(deps: Deps, dropped: readonly Held[]): Promise<void> {
  for (const { session } of dropped) await endOneSession(deps, session, { disconnect: false })
}

async function create(deps: Deps, facts: Omit<Session, 'id' | 'secretHash'>): Promise<Held> {
  const id = newId(deps.now(), deps.random)
  const { handle, hash } = newHandle(id, deps.random)
  const session: Session = { ...facts, id, secretHash: hash }
  await deps.store.sessions.create(session)
  for (const one of await deps.store.sessions.beyond(session.sub, mostSessions, id)) {
    if (isLive(one, deps.now())) await endOneSession(deps, one, { disconnect: false })
    else await clearSession(deps, one)
  }
  return { handle, session }
}

function idleExpiry(now: number, { kept, expiresAt }: Pick<Session, 'kept' | 'expiresAt'>, { config }: Deps) {
  return Math.min(now + (kept ? config.sessionKeptIdleTtl : config.sessionIdleTtl), expiresAt)
}
