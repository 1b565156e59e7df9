// Owns what the pages on the way in are told: second factors, and what mailed links lead to.
import type { EmailError } from '../protocol/user.js'
import type { PasswordError, Throttled } from './account-props.js'
import type { AccountView, AppView, Frame, PostTarget } from './props.js'

export type FactorMethod = 'totp' | 'passkey' | 'recovery'

export type SecondFactorPageProps = Frame & {
  action: string
  csrf: string
  app?: AppView | undefined
  account: AccountView
  method: FactorMethod
  alternatives: { method: FactorMethod; href: string }[]
  /** For the method `passkey`. */
  passkey?: { options: string } | undefined
  error?: { kind: 'wrong' | 'missing' | 'passkey' } | Throttled | undefined
  cancel?: PostTarget | undefined
  /** For a user who has none of them at hand. */
  lostHref: string
}

export type EnrolmentPageProps = Frame & {
  action: string
  csrf: string
  app?: AppView | undefined
  account: AccountView
  /** SVG of our own making. */
  qr: string
  secretText: string
  /** Carried through the form. */
  setup: string
  error?: { kind: 'wrong' } | undefined
  /** On the way to an app: back to it. */
  cancel?: PostTarget | undefined
  /** At the account: back to where it was begun. */
  back?: string | undefined
}

export type LostFactorPageProps = Frame & {
  action: string
  csrf: string
  app?: AppView | undefined
  account: AccountView
  back: string
  recoveryHref?: string | undefined
  /** Removal can be planned: a mail reaches the user. */
  offered: boolean
  /** Epoch seconds: one is planned. */
  dueAt?: number | undefined
}

export type StopRemovalPageProps = Frame & { action: string; csrf: string; dueAt: number }

/** Times are epoch seconds. */
export type ResetDonePageProps = Frame & {
  passkeys: { name: string; created: number; lastUsed?: number | undefined }[]
  twoStepSince?: number | undefined
  /** They were connected until now. */
  apps: readonly AppView[]
  checkHref: string
  /** On the way to an app: on to it. */
  onwardHref?: string | undefined
  /** The user was on the way to it in another browser. */
  backTo?: BackToApp | undefined
}

export type RecoveryCodesPageProps = Frame & { codes: string[]; continueTo: { href: string } }

export type PasskeyOfferPageProps = Frame & {
  action: string
  csrf: string
  account: AccountView
  /** JSON for the script. */
  options: string
  skip: string
}

/** Where a mailed link is asked for: the answer is the same for every address. */
type AskForMail = Frame & {
  action: string
  csrf: string
  typed?: string | undefined
  sent?: boolean | undefined
  loginHref: string
}
export type ForgotPasswordPageProps = AskForMail & {
  error?: { kind: 'missing' | 'email_domain' } | Throttled | undefined
}
export type SignUpPageProps = AskForMail & { error?: { kind: EmailError } | Throttled | undefined }

export type ResetPasswordPageProps = Frame & {
  action: string
  csrf: string
  account: AccountView
  minLength: number
  error?: PasswordError | undefined
}

export type NewAccountPageProps = Frame & {
  kind: 'registration' | 'invitation'
  action: string
  csrf: string
  /** What the person will sign in with. */
  username: string
  minLength: number
  name?: string | undefined
  error?: PasswordError | undefined
}

/** Signed in here while the page is about another account: switching posts `fields`. */
export type OtherAccount = { account: AccountView; fields: Record<string, string> }

export type ConfirmPageProps = Frame & {
  kind: 'verify' | 'change'
  action: string
  csrf: string
  email: string
  /** A change then takes the switch first. */
  other?: OtherAccount | undefined
}

/** The app that a user was on the way to, and where a new request begins. */
export type BackToApp = { name: string; href: string }

export type NoticePageProps = Frame & {
  kind:
    | 'dead_link'
    | 'removal_stopped'
    | 'email_taken'
    | 'email_confirmed'
    | 'account_deleted'
    | 'account_ready'
    | 'password_reset'
  /** Offered first. */
  backTo?: BackToApp | undefined
  /** The first is the primary one; none: signing in is offered. */
  actions: readonly { kind: 'signIn' | 'newLink' | 'newPassword' | 'account'; href: string }[]
  failed?: boolean
}
