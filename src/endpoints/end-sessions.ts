// Owns ending sessions in the store: one, or all but one, and what was connected in them. Whoever ends a session
// makes the store tell its clients (OIDC Back-Channel Logout 2.5).
import type { Deps } from '../deps.js'
import type { Session } from '../store/store.js'
import type { Visitor } from './session.js'

export type Ending = {
  /** Durable connections end too, not only what lives as long as the session. */
  readonly disconnect: boolean
}

/** Ends one session. Its grants go first, so that a crash between fails closed, and last what was made meanwhile. */
export async function endOneSession(deps: Deps, session: Session, { disconnect }: Ending): Promise<void> {
  await revoke(deps, session, disconnect)
  await deps.store.sessions.end(session, deps.now())
  await revoke(deps, session, disconnect)
}

/** Clears away a session that is over by itself, of which no client is told. */
export async function clearSession(deps: Deps, session: Session): Promise<void> {
  await deps.store.sessions.remove(session.id)
  await revoke(deps, session, false)
}

/**
 * Ends all sessions of the visitor but this one; answers how many. Connections without a session of their own go
 * with them when apps are to be disconnected.
 */
export async function endOtherSessions(
  deps: Deps,
  { session, user }: Pick<Visitor, 'session' | 'user'>,
  { disconnect }: Ending,
): Promise<number> {
  const { store, now } = deps
  const revokeBound = () => store.grants.revokeByOtherSessions(user.sub, session.sid, now(), 'signed out')
  await revokeBound()
  const ended = await store.sessions.endByUser(user.sub, now(), session)
  await revokeBound()
  if (disconnect) await store.grants.revokeByUser(user.sub, now(), 'disconnected by the user')
  return ended.length
}

/** Ends all sessions of a user, and what lives as long as they do. */
export async function endAllSessions(deps: Deps, sub: string): Promise<void> {
  for (const sid of await deps.store.sessions.endByUser(sub, deps.now()))
    await revoke(deps, { sub, sid }, false)
}

function revoke(
  { store, now }: Deps,
  session: Pick<Session, 'sub' | 'sid'>,
  disconnect: boolean,
): Promise<number> {
  return disconnect
    ? store.grants.revokeBegunIn(session, now(), 'disconnected by the user')
    : store.grants.revokeBySession(session, now(), 'signed out')
}
