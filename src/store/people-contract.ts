// Owns the part of the store's contract that is about people: who they are, how they prove it, where they are signed in.
import type { User } from '../protocol/user.js'
import type { ActionToken, NewUser, Page, Passkey, Session, Totp, UserEdit } from './rows.js'

export type Users = {
  find(sub: string): Promise<User | undefined>
  /** By user name or e-mail address, in the form that `canonicalIdentifier` gives. */
  findByIdentifier(canonical: string): Promise<User | undefined>
  passwordHash(sub: string): Promise<string | undefined>
  /** False if the user name or the e-mail address is another's, whichever of the two it is there. */
  create(user: NewUser, passwordHash?: string): Promise<boolean>
  /** False on such a clash, or if there is no such user. */
  update(edit: UserEdit): Promise<boolean>
  setPassword(sub: string, hash: string, at: number): Promise<boolean>
  /** Compare-and-set on the hash: the same password under parameters of today. */
  rehash(sub: string, from: string, to: string): Promise<boolean>
  setSecondFactorRequired(sub: string, required: boolean, at: number): Promise<boolean>
  /** Remembers when a passkey was last offered. */
  passkeyOffered(sub: string, at: number): Promise<void>
  /** Either way all grants are revoked for good and all sessions end. */
  setDisabled(sub: string, disabled: boolean, at: number): Promise<boolean>
  /** Removes sessions, consents, interactions and known browsers; grants are revoked and kept until they expire. */
  remove(sub: string, at: number): Promise<boolean>
  list(page: Page): Promise<User[]>
}

export type Sessions = {
  create(session: Session): Promise<void>
  find(id: string): Promise<Session | undefined>
  touch(id: string, lastSeenAt: number, idleExpiresAt: number): Promise<void>
  remove(id: string): Promise<boolean>
  /** Answers the `sid` of each session that ended; one may be spared. */
  removeByUser(sub: string, exceptId?: string): Promise<string[]>
  /** Those alive at `now`. */
  list(page: Page & { readonly sub?: string | undefined; readonly now: number }): Promise<Session[]>
}

/** Browsers in which somebody has signed in before: they may pass that person's lock-out. */
export type Browsers = {
  remember(browserHash: string, sub: string, expiresAt: number): Promise<void>
  knows(browserHash: string, sub: string, now: number): Promise<boolean>
}

/** Authenticator apps (RFC 6238): at most one for a person. */
export type Totps = {
  find(sub: string): Promise<Totp | undefined>
  /** Takes the place of the one before. */
  put(totp: Totp): Promise<void>
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

/** Mailed links. */
export type ActionTokens = {
  create(token: ActionToken): Promise<void>
  find(id: string): Promise<ActionToken | undefined>
  /** Compare-and-set on unused and unexpired. */
  spend(id: string, at: number): Promise<boolean>
  /** Those of one purpose, or all; what they were mailed for has changed. */
  removeByUser(sub: string, purpose?: ActionToken['purpose']): Promise<void>
}
