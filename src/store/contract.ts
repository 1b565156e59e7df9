// Owns the contract of the store: every question and every state change that the server puts to its database.
import type { Resource } from '../protocol/resource.js'
import type { TrustedIssuer } from '../protocol/trusted-issuer.js'
import type { Clients, DeniedClients } from './client-contract.js'
import type { DeviceRequests } from './device-contract.js'
import type { ExchangedTokens, Grants, StatusLists } from './grant-contract.js'
import type {
  ActionTokens,
  Browsers,
  Consents,
  FactorRemovals,
  LogoutCalls,
  Passkeys,
  RecoveryCodes,
  Sessions,
  Totps,
  Users,
} from './people-contract.js'
import type { PushedRequests } from './pushed-contract.js'
import type { AuditRecord, Interaction, KeyRow, KeyState, Origin, Page, PendingSignIn } from './rows.js'
import type { WriteChecks } from './write-check.js'

/**
 * Ids, hashes and times are made by the caller; times are whole seconds since the epoch. A `boolean` answer of
 * a write says whether this call made the change: of any number of parallel callers exactly one hears `true`.
 *
 * A write has joined the open batch when its promise resolves; answer for it only after `committed`. Rejections
 * are `StoreUnavailable` (the database is out of reach, busy or full: 503) or `StoreConflict` (a constraint,
 * mostly that the row it belongs to has just been deleted).
 */
export type Store = WriteChecks & {
  readonly clients: Clients
  readonly deniedClients: DeniedClients
  readonly users: Users
  readonly sessions: Sessions
  readonly logoutCalls: LogoutCalls
  readonly browsers: Browsers
  readonly totps: Totps
  readonly recoveryCodes: RecoveryCodes
  readonly factorRemovals: FactorRemovals
  readonly passkeys: Passkeys
  readonly actionTokens: ActionTokens
  readonly interactions: Interactions
  readonly deviceRequests: DeviceRequests
  readonly pushedRequests: PushedRequests
  readonly consents: Consents
  readonly grants: Grants
  readonly resources: Resources
  readonly trustedIssuers: TrustedIssuers
  readonly keys: Keys
  readonly replay: Replay
  readonly revokedTokens: RevokedTokens
  readonly exchangedTokens: ExchangedTokens
  readonly statusLists: StatusLists
  readonly tallies: Tallies
  readonly audit: Audit
  /** Deletes at most `batch` expired rows of each table; answers how many went. */
  sweep(now: number, batch: number): Promise<number>
  /** The mark to take before the first read of a piece of work, for `committed`. */
  batch(): number
  /**
   * Resolves once everything written since the mark is on disk; rejects with `StoreUnavailable` if any commit
   * since then failed. `committed(0)` answers for the whole life of the store, which is what a command needs.
   */
  committed(since: number): Promise<void>
  /** Commits what is open and lets go of the database; rejects if that last commit fails. */
  close(): Promise<void>
}

/** Each change below is refused (false) once the interaction is completed. */
export type Interactions = {
  create(interaction: Interaction, origin: Origin): Promise<void>
  find(id: string): Promise<Interaction | undefined>
  /** The person signed in here: also chooses the account, and forgets a decision made by somebody else. */
  prove(id: string, proof: { readonly sub: string; readonly authenticatedAt: number }): Promise<boolean>
  /** The password was right and more is asked for; nothing is proven by it. */
  suspend(id: string, pending: PendingSignIn): Promise<boolean>
  /** An account was picked; what was proven about another person is forgotten. */
  choose(id: string, sub: string): Promise<boolean>
  /**
   * The answer of `sub` to the consent page: the first one counts, and none if the interaction has become
   * somebody else's. Without `sub`: nobody signed in and the person went back.
   */
  decide(id: string, consented: boolean, sub?: string): Promise<boolean>
  /** Compare-and-set, refused once expired: the one caller who hears true may issue. */
  complete(id: string, at: number): Promise<boolean>
  /** Keeps the one response of an interaction that is completed; false if there is one, or it is still open. */
  respond(id: string, response: string): Promise<boolean>
}

export type Resources = {
  /** The one with this identifier, else the one whose identifier means the same resource. */
  find(identifier: string): Promise<Resource | undefined>
  all(): Promise<Resource[]>
  /** False if there is one whose identifier means the same resource. */
  create(resource: Resource): Promise<boolean>
  /** Tokens for one that is disabled at `at`, or was until then, are revoked; as are those for one removed. */
  update(resource: Resource, at: number): Promise<boolean>
  remove(identifier: string, at: number): Promise<boolean>
}

export type TrustedIssuers = {
  find(issuer: string): Promise<TrustedIssuer | undefined>
  all(): Promise<TrustedIssuer[]>
  /** False if there is one with this issuer. */
  create(issuer: TrustedIssuer): Promise<boolean>
  update(issuer: TrustedIssuer): Promise<boolean>
  remove(issuer: string): Promise<boolean>
}

export type Keys = {
  all(): Promise<KeyRow[]>
  /** False if one of the same algorithm is pending: of several nodes one wins. */
  insertPending(key: KeyRow): Promise<boolean>
  /** False if one of the same algorithm is active. */
  insertActive(key: KeyRow): Promise<boolean>
  /** Compare-and-set on the state; sets `activatedAt` or `retiredAt`. False too if another is active already. */
  transition(kid: string, from: KeyState, to: 'active' | 'retired', at: number): Promise<boolean>
  remove(kid: string): Promise<boolean>
}

/** Markers of one-time values (assertion and proof `jti`). */
export type Replay = {
  /** True the first time. The marker stays until it is swept after `expiresAt`. */
  once(key: string, expiresAt: number, origin: Origin): Promise<boolean>
  has(key: string): Promise<boolean>
}

/** Opaque access tokens revoked alone, by `jti`. */
export type RevokedTokens = {
  add(jti: string, expiresAt: number): Promise<void>
  has(jti: string): Promise<boolean>
}

/** A count under a key. */
export type Tally = {
  readonly key: string
  readonly count: number
  /** Closed until then. */
  readonly openAt: number
  /** The same as long as the count has not begun anew. */
  readonly life: string
  /** Attempts that are being judged; none from `inFlightUntil` on. */
  readonly inFlight: number
  readonly inFlightUntil: number
  readonly expiresAt: number
}

/** What is counted between all nodes. */
export type Tallies = {
  find(key: string): Promise<Tally | undefined>
  /** Those whose key is `key`, a space and more. */
  within(key: string): Promise<Tally[]>
  /**
   * Adds one, unless the key is closed or has reached the limit; what was over at `now` begins anew with `life` and
   * `until`. From the count `free` on each closes the key: for a second, then twice as long, from `slow` on for
   * `longest`. Undefined if it was refused. With `judgedBy` it is in flight until then, or until it is given back or
   * has failed.
   */
  take(
    key: string,
    rule: {
      readonly now: number
      readonly until: number
      readonly life: string
      readonly limit: number
      readonly free?: number
      readonly slow?: number
      readonly longest?: number
      readonly judgedBy?: number
    },
  ): Promise<Tally | undefined>
  /** It counts, and is no longer in flight. */
  failed(taken: Tally): Promise<void>
  /** As it was before this one, unless it was forgotten since; what others have closed stays closed. */
  giveBack(taken: Tally): Promise<void>
  forget(key: string): Promise<void>
}

export type Audit = {
  record(entry: Omit<AuditRecord, 'count'>): Promise<void>
  /** Adds one to the count of the row with this key, or writes the row. */
  count(entry: Omit<AuditRecord, 'count'> & { readonly countKey: string }): Promise<void>
  /** Oldest first: what follows `after`, or without it the latest `limit`. */
  list(
    page: Page & { readonly type?: string | undefined; readonly sub?: string | undefined },
  ): Promise<AuditRecord[]>
  /** Newest first: what precedes `before`, or the latest. */
  ofUser(
    sub: string,
    page: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<AuditRecord[]>
}
