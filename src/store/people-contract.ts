// Owns the part of the store's contract that is about people: who they are, how they prove it, where they are signed in.
import type { RememberedConsent } from '../protocol/consent.js'
import type { User } from '../protocol/user.js'
import type {
  ActionToken,
  FactorRemoval,
  NewUser,
  Origin,
  Page,
  Passkey,
  Session,
  StoredPassword,
  Totp,
  UserEdit,
} from './rows.js'

export type Users = {
  find(sub: string): Promise<User | undefined>
  /** By user name or e-mail address, in the form that `canonicalIdentifier` gives. */
  findByIdentifier(canonical: string): Promise<User | undefined>
  password(sub: string): Promise<StoredPassword | undefined>
  /**
   * False if the user name or the e-mail address is another's, whichever of the two it is there.
   * @param prepared whether the hash is of the prepared form; it is unless said
   */
  create(user: NewUser, passwordHash?: string, prepared?: boolean): Promise<boolean>
  /** False on such a clash, or if there is no such user. */
  update(edit: UserEdit): Promise<boolean>
  /** @param hash of the prepared form */
  setPassword(sub: string, hash: string, at: number): Promise<boolean>
  /** The password comes by mail alone, until a second factor is proven: then `at` is undefined. */
  setPasswordReset(sub: string, at: number | undefined): Promise<boolean>
  /** Compare-and-set on the hash: the same password in its prepared form, under parameters of today. */
  rehash(sub: string, from: string, to: string): Promise<boolean>
  setSecondFactorRequired(sub: string, required: boolean, at: number): Promise<boolean>
  /** Remembers when a passkey was last offered. */
  passkeyOffered(sub: string, at: number): Promise<void>
  /**
   * Either way all grants are revoked for good and all sessions end, of which the clients are told. Disabling stops a
   * planned removal of second factors.
   */
  setDisabled(sub: string, disabled: boolean, at: number): Promise<boolean>
  /**
   * Disables the user, and then removes in batches sessions, of which the clients are told, consents, interactions and
   * known browsers; grants are revoked and kept until they expire. False if there is none, or the removal has begun.
   */
  remove(sub: string, at: number): Promise<boolean>
  /** Whether the removal of this user has begun and is not done: they are disabled until then. */
  isBeingRemoved(sub: string): Promise<boolean>
  /** Goes on with removals that a crash has cut off; returns with how many. */
  resumeRemovals(): Promise<number>
  list(page: Page): Promise<User[]>
}

export type Sessions = {
  create(session: Session): Promise<void>
  find(id: string): Promise<Session | undefined>
  touch(id: string, lastSeenAt: number, idleExpiresAt: number): Promise<void>
  /** The user has confirmed, for a change of the account, that it is them. */
  confirm(id: string, at: number): Promise<void>
  /** What it stood for goes on under another handle, or is over by itself: no client is told. */
  remove(id: string): Promise<boolean>
  /** Somebody wants it to be over: its clients are told. */
  end(session: Pick<Session, 'id' | 'sid'>, at: number): Promise<boolean>
  /** Those with this `sid`, alive or not. */
  findBySid(sub: string, sid: string): Promise<Session[]>
  /**
   * The sessions of a user that are more than `limit`, but at most 20: those unused longest, the first before all.
   * @param except the id of one that is never among them
   */
  beyond(sub: string, limit: number, except: string): Promise<Session[]>
  /** Those alive at `now`, the newest first. */
  newest(page: {
    readonly sub: string
    readonly now: number
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<Session[]>
  /** Ends them all in batches, but for one that may be spared; answers the `sid` of each. */
  endByUser(sub: string, at: number, except?: Pick<Session, 'id' | 'sid'>): Promise<string[]>
  /** Those alive at `now`. */
  list(page: Page & { readonly sub?: string | undefined; readonly now: number }): Promise<Session[]>
}

/** A client that is told of the end of a session (OIDC Back-Channel Logout 2.5). */
/** One that nobody knows any more is not verified. */
export type WaitingClient = { readonly clientId: string; readonly verified: boolean }

export type LogoutCall = {
  readonly sid: string
  readonly sub: string
  readonly clientId: string
  /** Tries so far, this one included. */
  readonly attempts: number
  /** Nobody is told any more from then on. */
  readonly expiresAt: number
}

/**
 * Which clients are told when a session ends (OIDC Back-Channel and Front-Channel Logout 1.0). `end` and `endByUser` of sessions, and
 * disabling or removing a user, make due what is owed.
 */
export type LogoutCalls = {
  /** Owed from now on, until the session would be over by itself. */
  owe(call: Pick<LogoutCall, 'sid' | 'sub' | 'clientId' | 'expiresAt'>): Promise<void>
  /** Clients to which the end of a session is owed and not due yet, in the order of their ids. */
  owed(sid: string, page: Page): Promise<string[]>
  /** The session lasts longer than was thought. */
  prolong(sid: string, expiresAt: number): Promise<void>
  /** What is owed for a session, which may be gone already, is due. */
  due(sid: string, at: number): Promise<void>
  /** The same for all sessions of a person but one. */
  dueByUser(sub: string, at: number, exceptSid?: string): Promise<void>
  /** Clients for which something is due at `now`, in the order of their ids. */
  waiting(now: number): Promise<WaitingClient[]>
  /** One that is due, for the one caller who gets it, until `until`; then others may have it. */
  claim(clientId: string, now: number, until: number): Promise<LogoutCall | undefined>
  /** Compare-and-set on `attempts`: told, or given up. */
  settle(call: LogoutCall): Promise<boolean>
  /** Compare-and-set on `attempts`: to be tried again at `dueAt`. */
  postpone(call: LogoutCall, dueAt: number): Promise<boolean>
}

/** Browsers in which somebody has signed in before: they may pass that person's lock-out. */
export type Browsers = {
  remember(browserHash: string, sub: string, expiresAt: number): Promise<void>
  knows(browserHash: string, sub: string, now: number): Promise<boolean>
}

/** Authenticator apps (RFC 6238): at most one for a person. */
export type Totps = {
  find(sub: string): Promise<Totp | undefined>
  /** False if one is there, which is first to be removed by who can prove it (EN01). */
  put(totp: Totp): Promise<boolean>
  /** Compare-and-set: false for a step that is not later than the last accepted one. */
  use(sub: string, step: number): Promise<boolean>
  /** Compare-and-set on the set of recovery codes: those of `from` are worth nothing from now on. */
  renewCodes(sub: string, from: string, to: string): Promise<boolean>
  remove(sub: string): Promise<boolean>
}

/** Only codes of the set that the person's app names work and count, whatever else a crash or a race has left. */
export type RecoveryCodes = {
  /** Those of sets that do not count are gone first: a crash between leaves fewer codes, never more. */
  add(sub: string, codeSet: string, hashes: readonly string[], at: number): Promise<void>
  /** The code is gone with this; true for the one call that had it. */
  use(sub: string, hash: string): Promise<boolean>
  remove(sub: string): Promise<void>
  count(sub: string): Promise<number>
}

export type Passkeys = {
  /** False if the credential is known, whosever it is. */
  create(passkey: Passkey): Promise<boolean>
  find(id: string): Promise<Passkey | undefined>
  /** Oldest first. */
  listByUser(sub: string): Promise<Passkey[]>
  used(
    id: string,
    use: { readonly signCount: number; readonly backedUp: boolean; readonly at: number },
  ): Promise<boolean>
  /** False if the passkey is not this person's. */
  rename(id: string, sub: string, name: string): Promise<boolean>
  /** False if the passkey is not this person's. */
  remove(id: string, sub: string): Promise<boolean>
  /** Answers how many went. */
  removeByUser(sub: string): Promise<number>
}

/** Removals of second factors that their users cannot prove: at most one for each account. */
export type FactorRemovals = {
  /**
   * False if one is there: it goes on as it is. One whose mail has not left within fifteen minutes is replaced: its
   * process has ended.
   */
  request(removal: FactorRemoval): Promise<boolean>
  /** The mail about it has left; until then it is never due. */
  announced(id: string, at: number): Promise<void>
  /** Undefined also for one that can be replaced. */
  find(sub: string, now: number): Promise<FactorRemoval | undefined>
  findById(id: string): Promise<FactorRemoval | undefined>
  /** True for the one call that stopped it; false once it has started. */
  cancel(sub: string): Promise<boolean>
  /** Users whose removal is due, the longest due first. */
  due(now: number, limit: number): Promise<string[]>
  /** True for one caller, who removes; another may a minute later, should that one have died. */
  start(sub: string, now: number): Promise<boolean>
  finish(sub: string): Promise<boolean>
  /** Deletes those that would be due, and whose mail has never left. */
  dropUnannounced(now: number): Promise<void>
}

export type Consents = {
  find(
    sub: string,
    clientId: string,
  ): Promise<(RememberedConsent & { readonly grantedAt: number }) | undefined>
  put(sub: string, clientId: string, consent: RememberedConsent, at: number): Promise<void>
  remove(sub: string, clientId: string): Promise<boolean>
  /** In batches (EX06). */
  removeByUser(sub: string): Promise<void>
  /** By client; `after` is a client's id. */
  listByUser(
    sub: string,
    page: Page,
  ): Promise<(RememberedConsent & { readonly clientId: string; readonly grantedAt: number })[]>
}

/** Mailed links. */
export type ActionTokens = {
  create(token: ActionToken, origin: Origin): Promise<void>
  find(id: string): Promise<ActionToken | undefined>
  /** Compare-and-set on unused and unexpired. */
  spend(id: string, at: number): Promise<boolean>
  /** Those of one purpose, or all; what they were mailed for has changed. */
  removeByUser(sub: string, purpose?: ActionToken['purpose']): Promise<void>
}
