// Owns the session cookie: the handles of everybody who is signed in in this browser, and nothing else.
import type { Context } from 'hono'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { clearCookie, readCookie, setCookie } from '../http/cookies.js'
import type { Session } from '../store/store.js'

/** A session that the cookie names and proves, expired or not. */
export type Held = { readonly handle: string; readonly session: Session }

/** Between two handles, whose own characters it is not. */
const separator = '~'
/** People in one browser. */
const most = 5

/** The first place is who is signed in at the moment, or nobody; behind it are the others. */
export function readHeld(c: Context, deps: Deps): Promise<(Held | undefined)[]> {
  return Promise.all(handles(c, deps).map((handle) => find(deps, handle)))
}

/** That of this person, or the first place where none is named. */
export function heldBy(all: readonly (Held | undefined)[], sub: string | undefined): Held | undefined {
  return sub === undefined ? all[0] : all.find((held) => held?.session.sub === sub)
}

/** One place alone: the first is all that most requests ask about. */
export async function heldAt(c: Context, deps: Deps, place: number): Promise<Held | undefined> {
  const handle = handles(c, deps)[place]
  return handle === undefined ? undefined : find(deps, handle)
}

/**
 * Writes the cookie anew, first place first; answers those for whom there is no room. It outlives the closing of
 * the browser only where somebody in it chose to be kept signed in.
 */
export function keepHeld(c: Context, deps: Deps, held: readonly (Held | undefined)[]): Held[] {
  const kept = held.slice(0, most)
  const present = kept.filter((one) => one !== undefined)
  if (present.length === 0) {
    clearCookie(c, deps.config, 'session')
  } else {
    const ends = present.filter(({ session }) => session.kept).map(({ session }) => session.expiresAt)
    const maxAge = ends.length > 0 ? Math.max(...ends) - deps.now() : undefined
    const value = kept.map((one) => one?.handle ?? '').join(separator)
    setCookie(c, deps.config, 'session', value, maxAge)
  }
  return held.slice(most).filter((one) => one !== undefined)
}

export function isLive({ idleExpiresAt, expiresAt }: Session, now: number): boolean {
  return now < idleExpiresAt && now < expiresAt
}

function handles(c: Context, { config }: Deps): string[] {
  const value = readCookie(c, config, 'session')
  return value === undefined ? [] : value.split(separator, most)
}

async function find({ store }: Deps, handle: string): Promise<Held | undefined> {
  const parsed = parseHandle(handle)
  const session = parsed && (await store.sessions.find(parsed.id))
  return session && matchesHash(parsed.secret, session.secretHash) ? { handle, session } : undefined
}
