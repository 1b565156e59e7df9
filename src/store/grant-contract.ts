// Owns the contract of the store about grants, and about the lists that tell of their revocation.
import type { StatusPlace } from '../protocol/status-list.js'
import type { Code, GrantRow, NewGrant, Page, Revocation, Session } from './rows.js'

/** Whose session it is, and which. */
type Begun = Pick<Session, 'sub' | 'sid'>

export type Grants = {
  create(grant: NewGrant): Promise<void>
  find(id: string): Promise<GrantRow | undefined>
  /** Whether a client's own grant still serves; remembered where that can be. */
  standing(id: string): Promise<GrantStanding | undefined>
  /** One statement for introspection and userinfo; `live` is false also when the token itself was revoked. */
  findForToken(id: string, jti: string): Promise<TokenGrant | undefined>
  /** A grant with its code; undefined where it began without one. */
  findForCode(id: string): Promise<{ readonly grant: GrantRow; readonly code: Code } | undefined>
  /**
   * Redeems the code and sets the lifetimes: compare-and-set on a live grant and a code that is unused, unexpired at
   * `life.at` and missed fewer than `maxMisses` times. A `jkt` binds the grant to that key. A grant that has no
   * status list entry gets `place`.
   */
  redeem(id: string, redemption: Redemption, maxMisses: number): Promise<boolean>
  /** Counts a failed redemption. */
  missCode(id: string): Promise<void>
  /** Compare-and-set on the generation of a live grant. */
  advance(
    id: string,
    fromGeneration: number,
    life: {
      readonly at: number
      readonly refreshIdleExpiresAt?: number | undefined
      readonly expiresAt: number
    },
  ): Promise<boolean>
  /** Gives a grant that has none its place in the status lists. False if it has one, or is not live. */
  enlist(id: string, place: StatusPlace): Promise<boolean>
  /** Every token that carries this place is revoked, and the next ones get another. False if it is not the grant's. */
  retire(id: string, place: StatusPlace, at: number): Promise<boolean>
  /** The same for whatever place each live grant but those of other resources has; answers how many. */
  retireByResource(identifier: string, at: number): Promise<number>
  /** A use without rotation. */
  touch(id: string, at: number, refreshIdleExpiresAt?: number, expiresAt?: number): Promise<boolean>
  /** False if it was revoked before. */
  revoke(id: string, at: number, reason: string): Promise<boolean>
  /** The next five end any number of grants, in batches (EX06), and answer how many. */
  revokeByUser(sub: string, at: number, reason: string): Promise<number>
  revokeByClient(clientId: string, at: number, reason: string): Promise<number>
  revokeByUserAndClient(sub: string, clientId: string, at: number, reason: string): Promise<number>
  /** Only those that are bound to the session. */
  revokeBySession(session: Begun, at: number, reason: string): Promise<number>
  /** Only those that are bound to a session of the user other than this one. */
  revokeByOtherSessions(sub: string, sid: string | undefined, at: number, reason: string): Promise<number>
  /** All that were begun in the session, durable connections too. */
  revokeBegunIn(session: Begun, at: number, reason: string): Promise<number>
  /** What a user's grants allow, by client and then by id; live and not expired at `now`. */
  connections(page: ConnectionsPage): Promise<ConnectionGrant[]>
  /** Those live and not expired at `now`. */
  list(
    page: Page & {
      readonly sub?: string | undefined
      readonly clientId?: string | undefined
      readonly now: number
    },
  ): Promise<GrantRow[]>
}

export type ConnectionsPage = {
  readonly sub: string
  readonly now: number
  /** The page begins behind this grant of this client. */
  readonly afterClient: string
  readonly after: string
  readonly limit: number
}

export type ConnectionGrant = Pick<
  GrantRow,
  'id' | 'clientId' | 'scope' | 'resources' | 'createdAt' | 'lastUsedAt'
>

/** What answering for an access token needs of its grant. */
export type TokenGrant = Pick<
  GrantRow,
  | 'id'
  | 'kind'
  | 'sub'
  | 'clientId'
  | 'scope'
  | 'claims'
  | 'expiresAt'
  | 'live'
  | 'statusList'
  | 'statusIndex'
> & {
  /** Of the user; absent in grants that clients hold for themselves. */
  readonly username?: string | undefined
}

export type GrantStanding = Pick<GrantRow, 'live' | 'expiresAt' | 'statusList' | 'statusIndex'>

export type Redemption = GrantLife & {
  readonly jkt?: string | undefined
  /** For the tokens that are made now. */
  readonly place?: StatusPlace | undefined
}

export type GrantLife = {
  readonly at: number
  readonly refreshIdleExpiresAt?: number | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly expiresAt: number
}

/** A token that was had for another. */
export type ExchangedToken = {
  /** That of the token it was made from, a dot, and a part of its own. */
  readonly jti: string
  readonly statusList?: number | undefined
  readonly statusIndex?: number | undefined
  readonly expiresAt: number
}

export type ExchangedTokens = {
  create(token: ExchangedToken): Promise<void>
  /** False for one that has been revoked, or was never created. */
  isActive(jti: string): Promise<boolean>
  /** Revokes the token, if it is an exchanged one, and all that were made from it; returns how many. */
  revokeFrom(jti: string, at: number): Promise<number>
}

export type StatusLists = {
  /**
   * Takes up to `count` places of the list that is being filled, the first of them `from`; opens the next list
   * when it is full. Not to be used before `committed`. `retiresAt` is when tokens of a list that is full now
   * will all be gone.
   */
  take(count: number, capacity: number, retiresAt: number): Promise<{ list: number; from: number }>
  /** The lists that tokens may name, oldest first. */
  all(): Promise<number[]>
  /** Those on which every place is revoked, given out or not: they are older than a restore (F09). */
  withdrawn(): Promise<number[]>
  /** What was revoked after the one with this id, in the order of commits. */
  revocations(after: number, limit: number): Promise<Revocation[]>
  /** Calls back soon after there may be more to read, whoever wrote it; some calls are for nothing. */
  watch(wake: () => void): Promise<{ stop(): Promise<void> }>
}
