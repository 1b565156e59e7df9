// What the suite's browser does on our pages, as commands of its configuration ("browser" and "override").
import { en } from '../../../src/pages/messages/en.js'

export type Command = unknown[]
type Task = { task: string; match: string; optional?: boolean; commands?: Command[] }
export type BrowserRule = { match: string; 'match-limit'?: number; tasks: Task[] }

export type Account = { username: string; password: string }

const { problems, login, loggedOut, logout } = en
const primary = 'button.primary[type=submit]'
const decision = (value: 'allow' | 'deny') => `button[value=${value}]`

/** Waits for text on the page; the suite then takes a picture of it for a person to look at. */
function see(texts: string[], optional = false): Command {
  const image = optional ? 'update-image-placeholder-optional' : 'update-image-placeholder'
  return ['wait', 'xpath', '//*', 10, texts.map(escaped).join('|'), image]
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The rules for every module, and those of single modules. */
export function browserRules(issuer: string, { username, password }: Account) {
  const endpoint = {
    authorize: `${issuer}/authorize*`,
    login: `${issuer}/login*`,
    consent: `${issuer}/consent*`,
    endSession: `${issuer}/end-session*`,
  }
  const fill: Command[] = [
    // Where the page has fixed the account, the field is read-only.
    ['text', 'css', 'input[name=username]:not([readonly])', username, 'optional'],
    ['text', 'name', 'password', password, 'optional'],
    ['click', 'css', primary],
  ]
  const loginText = see([login.title, login.confirmTitle], true)
  const signIn = (picture: boolean): Task => ({
    task: 'sign in',
    optional: true,
    match: endpoint.login,
    commands: picture ? [loginText, ...fill] : fill,
  })
  const consent: Task = {
    task: 'allow',
    optional: true,
    match: endpoint.consent,
    commands: [['click', 'css', decision('allow')]],
  }
  const back: Task = {
    task: 'back at the app',
    match: '*/test/*/callback*',
    commands: [['wait', 'id', 'submission_complete', 10]],
  }
  const authorize = (picture = false): BrowserRule => ({
    match: endpoint.authorize,
    tasks: [signIn(picture), consent, back],
  })
  const confirmLogout: Task = {
    task: 'sign out',
    optional: true,
    match: endpoint.endSession,
    commands: [['click', 'css', decision('allow'), 'optional']],
  }
  const endSession: BrowserRule = {
    match: endpoint.endSession,
    tasks: [confirmLogout, { task: 'back at the app', match: '*/test/*/post*' }],
  }
  const signedOut: BrowserRule = {
    match: endpoint.endSession,
    tasks: [confirmLogout, { task: 'signed out', match: `${issuer}/*`, commands: [see([loggedOut.title])] }],
  }
  const page = (match: string, where: string, ...texts: string[]): BrowserRule => ({
    match,
    tasks: [{ task: 'page', match: where, commands: [see(texts)] }],
  })
  const errorPage = page(
    endpoint.authorize,
    endpoint.authorize,
    problems.invalid_request.title,
    problems.redirect_uri.title,
  )
  const staleRequest = page(endpoint.authorize, endpoint.authorize, problems.stale_request.title)
  const logoutPage = page(
    endpoint.endSession,
    endpoint.endSession,
    problems.logout.title,
    `${logout.title('')[0]}`,
  )
  const loginPage: BrowserRule = {
    match: endpoint.authorize,
    tasks: [{ task: 'login page', match: endpoint.login, commands: [loginText] }],
  }
  const deny: BrowserRule = {
    match: endpoint.authorize,
    tasks: [{ task: 'deny', match: endpoint.login, commands: [['click', 'css', decision('deny')]] }, back],
  }
  const once = (rule: BrowserRule): BrowserRule => ({ ...rule, 'match-limit': 1 })
  const fapi = 'fapi2-security-profile-final-'
  const logoutModule = (name: string) => `oidcc-rp-initiated-logout-${name}`
  const single: Record<string, BrowserRule[]> = {
    ...only([authorize(true)], 'oidcc-prompt-login', 'oidcc-max-age-1'),
    ...only(
      [errorPage],
      'oidcc-ensure-registered-redirect-uri',
      'oidcc-ensure-redirect-uri-in-authorization-request',
      'oidcc-redirect-uri-query-added',
      'oidcc-redirect-uri-query-mismatch',
      `${fapi}ensure-registered-redirect-uri`,
    ),
    ...only(
      [authorize(), logoutPage],
      ...['bad-post-logout-redirect-uri', 'query-added-to-post-logout-redirect-uri'].map(logoutModule),
      ...['modified-id-token-hint', 'bad-id-token-hint', 'no-id-token-hint'].map(logoutModule),
    ),
    ...only(
      [authorize(), signedOut],
      ...['no-params', 'no-post-logout-redirect-uri', 'only-state'].map(logoutModule),
    ),
    ...only(
      [page(endpoint.authorize, endpoint.login, login.title, login.confirmTitle)],
      ...['logo', 'policy', 'tos'].map((name) => `oidcc-registration-${name}-uri`),
    ),
    [`${fapi}user-rejects-authentication`]: [deny],
    [`${fapi}par-ensure-reused-request-uri-prior-to-auth-completion-succeeds`]: [
      once(loginPage),
      authorize(),
    ],
    [`${fapi}par-attempt-reuse-request_uri`]: [once(authorize()), staleRequest],
    [`${fapi}par-attempt-to-use-expired-request_uri`]: [staleRequest],
    [`${fapi}par-attempt-to-use-request_uri-for-different-client`]: [staleRequest],
  }
  return {
    browser: [authorize(), endSession],
    override: Object.fromEntries(Object.entries(single).map(([name, browser]) => [name, { browser }])),
    /** For clients that register themselves: their first error is a page. */
    errorPage,
  }
}

function only(rules: BrowserRule[], ...modules: string[]): Record<string, BrowserRule[]> {
  return Object.fromEntries(modules.map((name) => [name, rules]))
}
