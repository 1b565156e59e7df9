// Owns every state of every page, as props: the tests render them all.
import { connectionsPage } from '../../src/pages/connections.js'
import { consentPage } from '../../src/pages/consent.js'
import { errorPage, expiredPage } from '../../src/pages/error.js'
import { formPostPage } from '../../src/pages/form-post.js'
import { loggedOutPage } from '../../src/pages/logged-out.js'
import { loginPage } from '../../src/pages/login.js'
import { logoutPage } from '../../src/pages/logout.js'
import { de } from '../../src/pages/messages/de.js'
import { en } from '../../src/pages/messages/en.js'
import type {
  ConnectionsPageProps,
  ConsentPageProps,
  ErrorPageProps,
  LoginPageProps,
  Page,
  ScopeView,
} from '../../src/pages/props.js'
import { selectAccountPage } from '../../src/pages/select-account.js'
import { accountStates } from './account-states.js'

/** Names that people with bad intentions, or with other scripts, give to apps, accounts and APIs. */
export const hostileNames = {
  long: 'Wirtschaftspruefungsgesellschaftsverwaltungsprogrammbetreuungsdienstleistung-26',
  rtl: '\u05d4\u05d0\u05e4\u05dc\u05d9\u05e7\u05e6\u05d9\u05d4 \u05e9\u05dc\u05d9 (\u0646\u0633\u062e\u0629 2)',
  bidi: 'Photo\u202egpj.exe\u202c\u2066\u2067 App',
  zeroWidth: 'Goo\u200b\u200dgle\ufeff\u00ad\u2060 \u{e0041}Drive',
  script: '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>&amp;',
  piled: `Z${'\u0335\u0321\u034e'.repeat(40)}algo`,
  unseen: '\u200b\u202e\u2060',
}

const frame = { product: 'Grantor', base: '', locales: ['en-GB'] }
const app = { name: 'Orchard Planner', host: 'planner.example', verified: true }
const ada = { username: 'ada', name: 'Ada Lovelace', email: 'ada@example.test' }
const grace = { username: 'grace.hopper' }

export const login: LoginPageProps = { ...frame, action: '/login/i1', csrf: 'csrf-token', app }

/** What every account page knows. */
const accountFrame = {
  ...frame,
  section: 'connections' as const,
  account: ada,
  csrf: 'csrf-token',
  signOut: { action: '/account/sign-out' },
  switchHref: '/select-account',
}

const ownScopes: ScopeView[] = [
  { name: 'openid', isNew: true },
  { name: 'profile', isNew: true },
  { name: 'email', isNew: true },
]
const apiScopes: ScopeView[] = [
  { name: 'trees:read', description: 'See your trees and when they bloom', isNew: true },
  {
    name: 'trees:write',
    title: 'Plant and cut',
    description: 'Add trees, move them, remove them.',
    isNew: true,
  },
  { name: 'trees:\u202egraft', isNew: true },
]

export const consent: ConsentPageProps = {
  ...frame,
  action: '/consent/i1',
  csrf: 'csrf-token',
  app: {
    ...app,
    clientId: '0QxyzClient1',
    uri: 'https://planner.example/',
    policyUri: 'https://planner.example/privacy',
    tosUri: 'https://planner.example/terms',
  },
  account: ada,
  notYou: { action: '/select-account/i1', fields: { csrf: 'csrf-token' } },
  groups: [{ scopes: ownScopes }, { api: 'Orchard API', scopes: apiScopes.slice(0, 2) }],
  destination: { kind: 'host', text: 'planner.example' },
  offline: true,
  remembered: true,
}

export const failure: ErrorPageProps = {
  ...frame,
  ...en.problems.redirect_uri,
  actions: [{ label: en.actions.backToApp('Orchard Planner'), href: 'https://planner.example/' }],
  details: [
    { label: en.details.error, value: 'invalid_request' },
    { label: en.details.parameter, value: 'redirect_uri' },
    { label: en.details.received, value: 'https://planner.example/cb/\u202e"><script>alert(1)</script>' },
    { label: en.details.difference, value: 'trailing slash' },
    { label: en.details.requestId, value: '01K9Z3T5V7' },
  ],
}

export const connections: ConnectionsPageProps = {
  ...accountFrame,
  connections: [
    {
      clientId: 'c1',
      app: { ...app, uri: 'https://planner.example/' },
      scopes: [...ownScopes, ...apiScopes],
      since: 1_773_324_180,
      lastUsed: 1_790_001_000,
      devices: 3,
      disconnect: { action: '/account/connections/c1/disconnect' },
    },
    {
      clientId: 'c2',
      app: { name: 'garden-cli', host: 'an app on this computer', verified: false },
      scopes: [{ name: 'offline_access', isNew: false }],
      since: 1_763_000_000,
      devices: 1,
      disconnect: { action: '/account/connections/c2/disconnect' },
    },
  ],
}

const error = (kind: 'wrong' | 'missing' | 'disabled' | 'busy') => ({ error: { kind } })
const signOut = { ...frame, action: '/end-session/confirm', csrf: 'csrf-token', fields: { state: 's1' } }

const plain: Record<string, Page> = {
  'login, for an app': loginPage({ ...login, cancel: { action: '/login/i1' } }),
  'login, for the account itself': loginPage({ ...login, app: undefined }),
  'login, hinted': loginPage({ ...login, username: 'ada@example.test' }),
  'login, wrong': loginPage({
    ...login,
    username: 'ada',
    ...error('wrong'),
    cancel: { action: '/login/i1' },
  }),
  'login, missing both': loginPage({ ...login, ...error('missing') }),
  'login, missing password': loginPage({ ...login, username: 'ada', ...error('missing') }),
  'login, disabled': loginPage({ ...login, username: 'ada', ...error('disabled') }),
  'login, busy': loginPage({ ...login, username: 'ada', ...error('busy') }),
  'login, throttled': loginPage({ ...login, username: 'ada', error: { kind: 'throttled', retryAfter: 95 } }),
  'login, prompted': loginPage({ ...login, fixedAccount: ada, reason: 'prompt' }),
  'login, too long ago': loginPage({ ...login, fixedAccount: grace, reason: 'max_age' }),
  'login, another account': loginPage({ ...login, reason: 'hint_mismatch', username: 'ada' }),
  'login, fixed and wrong': loginPage({ ...login, fixedAccount: ada, reason: 'prompt', ...error('wrong') }),
  consent: consentPage(consent),
  'consent, unverified on loopback': consentPage({
    ...consent,
    app: { name: 'garden-cli', host: '127.0.0.1', verified: false, clientId: 'c2' },
    account: grace,
    destination: { kind: 'loopback', text: '127.0.0.1:4312' },
    offline: false,
    remembered: false,
  }),
  'consent, private scheme': consentPage({
    ...consent,
    destination: { kind: 'private-scheme', text: 'com.example.planner' },
    remembered: false,
  }),
  'consent, growing': consentPage({
    ...consent,
    groups: [
      { scopes: ownScopes.map((scope) => ({ ...scope, isNew: false })) },
      { api: 'Orchard API', scopes: apiScopes },
    ],
  }),
  'consent, nothing asked': consentPage({ ...consent, groups: [] }),
  'select account, one': selectAccountPage({
    ...login,
    action: '/select-account/i1',
    accounts: [{ sub: 'u_1', account: ada }],
  }),
  'select account, several': selectAccountPage({
    ...login,
    action: '/select-account/i1',
    accounts: [
      { sub: 'u_1', account: ada },
      { sub: 'u_2', account: grace },
    ],
  }),
  'select account, none': selectAccountPage({
    ...login,
    app: undefined,
    action: '/select-account/i1',
    accounts: [],
  }),
  'error, before any redirect': errorPage(failure),
  'error, not found': errorPage({
    ...failure,
    ...en.problems.not_found,
    actions: [],
    details: [],
  }),
  'error, unavailable': errorPage({
    ...failure,
    ...en.problems.unavailable,
    actions: [
      { label: en.actions.tryAgain, post: { action: '/login/i1', fields: { csrf: 'csrf-token' } } },
      { label: en.actions.account, href: '/account' },
    ],
  }),
  'expired, can restart': expiredPage({
    ...frame,
    app: { ...app, uri: 'https://planner.example/' },
    restart: { action: '/authorize', fields: { client_id: 'c1', scope: 'openid' } },
    details: [],
  }),
  'expired, no way on': expiredPage({ ...frame, details: [] }),
  'logout, asked by an app': logoutPage({ ...signOut, account: ada, app }),
  'logout, bare': logoutPage(signOut),
  'logged out, with a way back': loggedOutPage({
    ...frame,
    app: { ...app, uri: 'https://planner.example/' },
  }),
  'logged out': loggedOutPage(frame),
  connections: connectionsPage(connections),
  'connections, after a change': connectionsPage({
    ...connections,
    notice: { kind: 'disconnected', app: 'Orchard Planner' },
  }),
  'connections, none': connectionsPage({ ...connections, account: grace, connections: [] }),
  'form post': formPostPage({
    ...frame,
    action: 'https://planner.example/cb?kept=1',
    fields: { code: 'c0de', state: '"><b>', iss: 'https://issuer.test' },
  }),
}

/** Every page that shows names by others, with `name` everywhere such a name can stand. */
export const namedPages = (name: string): Record<string, Page> => {
  const named = { name, host: 'planner.example', verified: false }
  const account = { username: name, name, email: name }
  const scopes = [{ name, title: name, description: name, isNew: true }]
  return {
    login: loginPage({ ...login, app: named, username: name, cancel: { action: '/login/i1' } }),
    'login, fixed': loginPage({ ...login, app: named, fixedAccount: account, reason: 'prompt' }),
    consent: consentPage({
      ...consent,
      app: { ...named, clientId: name },
      account,
      groups: [{ scopes: [{ name, isNew: true }] }, { api: name, scopes }],
    }),
    'select account': selectAccountPage({
      ...login,
      app: named,
      action: '/select-account/i1',
      accounts: [{ sub: 'u_1', account }],
    }),
    error: errorPage({ ...failure, details: [{ label: en.details.received, value: name }] }),
    expired: expiredPage({ ...frame, app: { ...named, uri: 'https://planner.example/' }, details: [] }),
    logout: logoutPage({ ...signOut, account, app: named, fields: { state: name } }),
    'logged out': loggedOutPage({ ...frame, app: { ...named, uri: 'https://planner.example/' } }),
    connections: connectionsPage({
      ...connections,
      account,
      notice: { kind: 'disconnected', app: name },
      connections: connections.connections.map((one) => ({ ...one, app: named, scopes })),
    }),
    'form post': formPostPage({ ...frame, action: 'https://planner.example/cb', fields: { state: name } }),
  }
}

/** Those pages of the account that show what people have named themselves. */
function namedAccountPages(name: string): Record<string, Page> {
  const shown = ['second factor, code', 'overview, all well', 'profile', 'passkeys', 'activity, everything']
  const all = Object.entries(accountStates(['en-GB'], name))
  return Object.fromEntries(all.filter(([state]) => shown.includes(state)))
}

/** Each page once more in the other language: its words are longer. */
function inGerman(): Record<string, Page> {
  const locales = ['de-AT']
  return {
    ...accountStates(locales),
    'login, for an app': loginPage({ ...login, locales, cancel: { action: '/login/i1' } }),
    consent: consentPage({ ...consent, locales }),
    'select account': selectAccountPage({
      ...login,
      locales,
      action: '/select-account/i1',
      accounts: [{ sub: 'u_1', account: ada }],
    }),
    'error, before any redirect': errorPage({ ...failure, ...de.problems.redirect_uri, locales }),
    'expired, no way on': expiredPage({ ...frame, locales, details: [] }),
    logout: logoutPage({ ...signOut, locales, account: ada, app }),
    'logged out': loggedOutPage({ ...frame, locales }),
    connections: connectionsPage({ ...connections, locales }),
  }
}

/** All states by name. */
export const states: Record<string, Page> = {
  ...plain,
  ...accountStates(['en-GB']),
  ...Object.fromEntries(Object.entries(inGerman()).map(([state, page]) => [`${state}, in German`, page])),
  ...Object.fromEntries(
    Object.entries(hostileNames).flatMap(([kind, name]) =>
      Object.entries({ ...namedPages(name), ...namedAccountPages(name) }).map(([state, page]) => [
        `${state}, name ${kind}`,
        page,
      ]),
    ),
  ),
}
