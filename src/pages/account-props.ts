// Owns what each page of the account is told.

import type { EmailError, StandardClaims } from '../protocol/user.js'
import type { AccountView, AppView, Frame, PostTarget } from './props.js'

export type AccountSection =
  | 'overview'
  | 'profile'
  | 'password'
  | 'passkeys'
  | 'second-factor'
  | 'sessions'
  | 'connections'
  | 'activity'
  | 'data'

/** What every page of the account knows. */
export type AccountFrame = Frame & {
  /** The page that is open. */
  section: AccountSection
  account: AccountView
  /** Each form posts it. */
  csrf: string
  signOut: PostTarget
  switchHref: string
}

type EmailView = { address: string; verified: boolean } | undefined

/** Times are epoch seconds. */
export type OverviewPageProps = AccountFrame & {
  email: EmailView
  hasPassword: boolean
  passwordSetAt?: number | undefined
  passkeys: number
  secondFactor: boolean
  recoveryCodes: number
  sessions: number
  connections: number
}

export type CheckPageProps = AccountFrame & {
  action: string
  passkeys: { id: string; name: string; created: number; lastUsed?: number | undefined }[]
  twoStep?: { since: number; required: boolean } | undefined
  apps: readonly (AppView & { clientId: string })[]
  sessionsHref: string
  connectionsHref: string
  error?: { kind: 'last' } | undefined
}

export type Throttled = { kind: 'throttled' /** Seconds. */; retryAfter: number }

export type ProfilePageProps = AccountFrame & {
  action: string
  username: string
  claims: StandardClaims
  /** Tags of the languages that pages exist in. */
  languages: string[]
  email: EmailView
  verifyEmail?: PostTarget | undefined
  changeEmailHref?: string | undefined
  error?: { kind: 'too_long' } | Throttled | undefined
  /** A mail is on its way. */
  notice?: { kind: 'sent'; email: string } | undefined
}

export type ChangeEmailPageProps = AccountFrame & {
  action: string
  typedEmail?: string | undefined
  error?: { kind: EmailError } | Throttled | undefined
  /** A mail is on its way. */
  notice?: { kind: 'sent'; email: string } | undefined
  back: string
}

export type PasswordError = {
  kind: 'missing' | 'too_short' | 'too_long' | 'characters' | 'common' | 'personal' | 'busy'
}

export type PasswordPageProps = AccountFrame & {
  action: string
  /** For password managers. */
  username: string
  hasPassword: boolean
  minLength: number
  setAt?: number | undefined
  error?: PasswordError | undefined
  notice?: 'changed' | undefined
}

export type PasskeysPageProps = AccountFrame & {
  /** No options: passkeys cannot work at this address. */
  add: { action: string; options: string | undefined }
  passkeys: {
    name: string
    created: number
    lastUsed?: number | undefined
    synced: boolean
    rename: PostTarget
    remove: PostTarget
  }[]
  error?: { kind: 'refused' | 'known' | 'too_many' | 'name_missing' | 'last' } | undefined
}

export type TwoStepPageProps = AccountFrame & {
  /** Absent: it is off. */
  since?: number | undefined
  recoveryCodes: number
  /** By an administrator: it cannot be turned off. */
  required: boolean
  /** New codes were made elsewhere at the same moment, and none here. */
  error?: { kind: 'renewed_meanwhile' } | undefined
  setUpHref: string
  renewCodes: PostTarget
  turnOff: PostTarget
}

export type SessionView = {
  id: string
  own: boolean
  browser?: string | undefined
  system?: string | undefined
  address?: string | undefined
  started: number
  lastSeen: number
  amr: string[]
  kept: boolean
  end: PostTarget
}

export type SessionsPageProps = AccountFrame & {
  /** This one first, then last seen first. */
  sessions: SessionView[]
  /** Where there are more, signed in earlier. */
  moreHref?: string | undefined
  endOthers: PostTarget
  notice?: { kind: 'ended'; count: number } | undefined
}

export type ActivityPageProps = AccountFrame & {
  /** Newest first. */
  events: {
    type: string
    at: number
    address?: string | undefined
    app?: string | undefined
    /** How many of the kind; `at`, `address` and `app` are those of the last. */
    count?: number | undefined
  }[]
  earlierHref?: string | undefined
}

export type DataPageProps = AccountFrame & { exportHref: string; deleteHref: string }

export type DeletePageProps = AccountFrame & {
  action: string
  /** To be typed as a confirmation. */
  username: string
  back: string
  /** For how long the audit records of the account are kept. */
  auditDays: number
  error?: { kind: 'mismatch' } | undefined
}
