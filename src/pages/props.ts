// Owns what each page is told: plain data, already decided; a page only shows it.
import type { AccountFrame } from './account-props.js'

/** What every page knows. */
export type Frame = {
  /** Name of the product as people see it. */
  product: string
  /** Path prefix of the issuer: empty or `/path`. */
  base: string
  /** Preferred languages, best first (ui_locales, then Accept-Language). */
  locales: string[]
}

/** A form of one button: posts `csrf` and these fields. */
export type PostTarget = { action: string; fields?: Record<string, string> | undefined }

/** The app that a person is on the way to. */
export type AppView = {
  name: string
  /** Host of the app's own page or of the redirect URI. */
  host: string
  verified: boolean
}

/** A person's account as shown on pages. */
export type AccountView = { username: string; name?: string | undefined; email?: string | undefined }

export type LoginPageProps = Frame & {
  /** Where the form posts to. */
  action: string
  csrf: string
  app?: AppView | undefined
  /** Prefilled, never trusted (login_hint or what was typed). */
  username?: string | undefined
  /** Re-authentication: the name is fixed and shown as text. */
  fixedAccount?: AccountView | undefined
  /** Why a signed-in person is asked again. */
  reason?: 'prompt' | 'max_age' | 'hint_mismatch' | 'step_up' | 'fresh' | undefined
  /** Keep me signed in: what was chosen. */
  keep?: boolean | undefined
  /** It was chosen before, and stays: nothing is asked. */
  staysKept?: boolean | undefined
  /** JSON for the script: signing in with a passkey is offered. */
  passkey?: { options: string } | undefined
  forgotHref?: string | undefined
  signUpHref?: string | undefined
  error?:
    | { kind: 'wrong' | 'missing' | 'disabled' | 'busy' | 'passkey' }
    | { kind: 'throttled'; retryAfter: number }
    | undefined
  /** Leave without signing in (returns access_denied to the app): posts `decision=deny`. */
  cancel?: PostTarget | undefined
}

export type ScopeView = {
  name: string
  /** Absent for the server's own scopes: the page has words for them. Absent elsewhere: shown raw, with a warning. */
  title?: string | undefined
  description?: string | undefined
  /** Not granted before; marked when others in the list were. */
  isNew: boolean
}

export type ConsentPageProps = Frame & {
  action: string
  csrf: string
  app: AppView & {
    clientId: string
    uri?: string | undefined
    policyUri?: string | undefined
    tosUri?: string | undefined
  }
  account: AccountView
  /** Where "Not you?" posts to, with `account=other` and a `csrf` of the account page's: signs in as someone else. */
  notYou: PostTarget
  /** Scopes by API; the server's own (OpenID Connect) group has no api name. */
  groups: { api?: string | undefined; scopes: ScopeView[] }[]
  /** Where the answer goes: `other.test`, `127.0.0.1:4312`, `myapp` (a scheme without its colon). */
  destination: { kind: 'host' | 'loopback' | 'private-scheme'; text: string }
  /** True: the app stays connected until it is removed. False: the connection ends at sign-out. */
  offline: boolean
  /** When users are asked again: if the app wants more; at each sign-in but not at silent renewals; each time. */
  remembered: 'remembered' | 'renews' | 'notRemembered'
}

export type SelectAccountPageProps = Frame & {
  action: string
  csrf: string
  app?: AppView | undefined
  /** The form posts `account`: one of these subs, or `other`. Empty: only signing in is offered. */
  accounts: { sub: string; account: AccountView }[]
}

/**
 * The way on: a link (http, https or a path; anything else is dropped) or a form of one button. `toApp` is the
 * response to an app at its redirect URI, whose scheme may be any that the app has registered.
 */
export type PageAction = {
  label: string
  href?: string | undefined
  post?: PostTarget | undefined
  toApp?: { href: string } | { post: PostTarget } | undefined
}

/** For developers, inside <details>: `m.details` has the labels; values are shown escaped and cut. */
export type PageDetail = { label: string; value: string }

export type ErrorPageProps = Frame & {
  /** What happened, in one sentence for a person: `pickMessages(locales).problems` has them. */
  title: string
  explanation: string
  /** The first is the primary one; none: the way to the account is offered. */
  actions: PageAction[]
  details: PageDetail[]
}

/** An interaction that ran out: `restart` begins again with the same request. */
export type ExpiredPageProps = Frame & {
  app?: (AppView & { uri?: string | undefined }) | undefined
  restart?: PostTarget | { href: string } | undefined
  details: PageDetail[]
}

export type LogoutPageProps = Frame & {
  /** Posts `decision`: `allow` signs out, `deny` stays. */
  action: string
  csrf: string
  account?: AccountView | undefined
  /** The app that asks for it. */
  app?: AppView | undefined
  /** Where the user goes after signing out, when nothing proves that the app asks for it. */
  backTo?: AppView | undefined
  /** Other accounts are signed in in this browser, and stay so. */
  others?: boolean | undefined
  /** To disconnect apps too is offered: posts `disconnect_apps`. */
  disconnect?: boolean | undefined
  /** Carried through the form and validated again. */
  fields: Record<string, string>
}

export type LoggedOutPageProps = Frame & {
  app?: (AppView & { uri?: string | undefined }) | undefined
  /** A verified redirect URI with its parameters, in the place of the app's own page. */
  onwardHref?: string | undefined
  /** Addresses of apps that are told in hidden frames. */
  frames?: readonly string[] | undefined
}

export type LeavingPageProps = Frame & {
  /** Addresses of apps that are told in hidden frames; at least one. */
  frames: readonly string[]
  /** A verified redirect URI with its parameters. */
  onward: string
}

export type OnwardPageProps = Frame & {
  app: AppView
  /** http or https. */
  href: string
}

export type ConnectionView = {
  clientId: string
  app: AppView & { uri?: string | undefined }
  scopes: ScopeView[]
  /** Epoch seconds. */
  since: number
  lastUsed?: number | undefined
  /** Number of live grants: devices or browsers. */
  devices: number
  disconnect: PostTarget
}

export type ConnectionsPageProps = AccountFrame & {
  /** Last used first. */
  connections: ConnectionView[]
  /** Where there are more. */
  moreHref?: string | undefined
  /** Said once after a change, in a role=status line. */
  notice?: { kind: 'disconnected'; app: string } | undefined
}

export type FormPostPageProps = Frame & {
  /** The verified redirect URI. */
  action: string
  fields: Record<string, string>
}

/** A finished page: the document and the policy it needs. */
export type Page = {
  html: string
  /** Content-Security-Policy value for this page. */
  csp: string
}
