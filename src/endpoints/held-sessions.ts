// The session cookies: the handles of everybody who is signed in in this browser, one cookie for each lifetime.
import type { Context } from 'hono'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { type CookieKind, clearCookie, readCookie, setCookie } from '../http/cookies.js'
import type { Session } from '../store/store.js'

/** A session that the cookie names and proves, expired or not. */
export type Held = { readonly handle: string; readonly session: Session }

/** Between two handles, whose own characters it is not. */
const separator = '~'
/** In the session cookie, the place of the next handle of the other cookie; no handle looks like it. */
const keptElsewhere = 'k'
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

/** Whether the browser says that nobody is signed in at the moment: signed out, or never in. */
export function isNobodyHeld(c: Context, deps: Deps): boolean {
  return !handles(c, deps)[0]
}

/**
 * Writes the cookies anew, first place first; answers those for whom there is no room. Only the handles of users who
 * chose to be kept signed in outlive the closing of the browser: nobody else's choice is theirs (BR02).
 */
export function keepHeld(c: Context, deps: Deps, held: readonly (Held | undefined)[]): Held[] {
  const places = held.slice(0, most)
  const present = places.filter((one) => one !== undefined)
  const kept = present.filter(({ session }) => session.kept)
  const handleOf = (one: Held | undefined) => one?.handle ?? ''
  if (kept.length < present.length) {
    const entries = places.map((one) => (one?.session.kept ? keptElsewhere : handleOf(one)))
    setCookie(c, deps.config, 'session', entries.join(separator))
  } else removeCookie(c, deps, 'session')
  if (kept.length > 0) {
    // An empty first place says that somebody has signed out there: no other user takes it unasked.
    const entries = places[0] ? kept : [undefined, ...kept]
    const maxAge = Math.max(...kept.map(({ session }) => session.expiresAt)) - deps.now()
    setCookie(c, deps.config, 'kept_session', entries.map(handleOf).join(separator), maxAge)
  } else removeCookie(c, deps, 'kept_session')
  return held.slice(most).filter((one) => one !== undefined)
}

function removeCookie(c: Context, { config }: Deps, kind: CookieKind): void {
  if (readCookie(c, config, kind) !== undefined) clearCookie(c, config, kind)
}

export function isLive({ idleExpiresAt, expiresAt }: Session, now: number): boolean {
  return now < idleExpiresAt && now < expiresAt
}

function handles(c: Context, { config }: Deps): string[] {
  const read = (kind: CookieKind) => readCookie(c, config, kind)?.split(separator, most + 1) ?? []
  const [places, kept] = [read('session'), read('kept_session')]
  if (places.length === 0) return kept
  const next = kept.filter((handle) => handle !== '')
  const found = places.map((place) => (place === keptElsewhere ? (next.shift() ?? '') : place))
  return [...found, ...next].slice(0, most + 1)
}

async function find({ store }: Deps, handle: string): Promise<Held | undefined> {
  const parsed = parseHandle(handle)
  const session = parsed && (await store.sessions.find(parsed.id))
  return session && matchesHash(parsed.secret, session.secretHash) ? { handle, session } : undefined
}
