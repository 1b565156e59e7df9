// Owns every state of every page: the tests render them all, in any language.
import { activityPage } from '../../src/pages/activity.js'
import { signUpPage } from '../../src/pages/ask-for-mail.js'
import { connectionsPage } from '../../src/pages/connections.js'
import { consentPage } from '../../src/pages/consent.js'
import { deletePage } from '../../src/pages/data.js'
import { errorPage, expiredPage } from '../../src/pages/error.js'
import { formPostPage } from '../../src/pages/form-post.js'
import { leavingPage } from '../../src/pages/leaving.js'
import { loggedOutPage } from '../../src/pages/logged-out.js'
import { loginPage } from '../../src/pages/login.js'
import { logoutPage } from '../../src/pages/logout.js'
import { en, type Messages } from '../../src/pages/messages/en.js'
import { pickMessages } from '../../src/pages/messages/pick.js'
import { newAccountPage, resetPasswordPage } from '../../src/pages/new-password.js'
import { confirmPage } from '../../src/pages/notice.js'
import { onwardPage } from '../../src/pages/onward.js'
import { overviewPage } from '../../src/pages/overview.js'
import { passkeyOfferPage } from '../../src/pages/passkey-offer.js'
import { passkeysPage } from '../../src/pages/passkeys.js'
import { profilePage } from '../../src/pages/profile.js'
import type { ErrorPageProps, Page } from '../../src/pages/props.js'
import { secondFactorPage } from '../../src/pages/second-factor.js'
import { selectAccountPage } from '../../src/pages/select-account.js'
import { accountStates, deletion, overview, passkeys, profile } from './account-states.js'
import { deviceStates, namedDeviceStates } from './device-states.js'
import {
  ada,
  apiScopes,
  app,
  connections,
  consent,
  form,
  frame,
  grace,
  hostileNames,
  inAccount,
  login,
  ownScopes,
  type State,
  type States,
  state,
} from './fixtures.js'
import { reset, secondFactor, signInStates } from './sign-in-states.js'

export { connections, consent, hostileNames, login } from './fixtures.js'

const failureIn = (m: Messages): ErrorPageProps => ({
  ...frame,
  ...m.problems.redirect_uri,
  actions: [{ label: m.actions.backToApp('Orchard Planner'), href: 'https://planner.example/' }],
  details: [
    { label: m.details.error, value: 'invalid_request' },
    { label: m.details.parameter, value: 'redirect_uri' },
    { label: m.details.received, value: 'https://planner.example/cb/\u202e"><script>alert(1)</script>' },
    { label: m.details.difference, value: 'trailing slash' },
    { label: m.details.requestId, value: '01K9Z3T5V7' },
  ],
})

export const failure = failureIn(en)

/** An error page, with what it says in the language asked for. */
const failing =
  (more: (m: Messages) => Partial<ErrorPageProps>): State =>
  (locales) => {
    const m = pickMessages(locales)
    return errorPage({ ...failureIn(m), ...more(m), locales })
  }

type Problem = keyof Messages['problems']

const problemStates: States = Object.fromEntries(
  (Object.keys(en.problems) as Problem[])
    .filter((kind) => !['redirect_uri', 'unavailable', 'expired'].includes(kind))
    .map((kind) => [
      `error, ${kind}`,
      failing(({ problems }) => ({ ...problems[kind], actions: [], details: [] })),
    ]),
)

const frames = ['https://planner.example/out?iss=i&sid=s', 'https://orchard.example:8443/out?a=1&iss=i&sid=s']
const signOut = { ...form, action: '/end-session/confirm', fields: { state: 's1' } }

const otherStates: States = {
  consent: state(consentPage, consent),
  'consent, unverified on loopback': state(consentPage, {
    ...consent,
    app: { name: 'garden-cli', host: '127.0.0.1', verified: false, clientId: 'c2' },
    account: grace,
    destination: { kind: 'loopback', text: '127.0.0.1:4312' },
    offline: false,
    remembered: 'renews',
  }),
  'consent, private scheme': state(consentPage, {
    ...consent,
    destination: { kind: 'private-scheme', text: 'com.example.planner' },
    remembered: 'notRemembered',
  }),
  'consent, growing': state(consentPage, {
    ...consent,
    groups: [
      { scopes: ownScopes.map((scope) => ({ ...scope, isNew: false })) },
      { api: 'Orchard API', scopes: apiScopes },
    ],
  }),
  'consent, all of our own scopes': state(consentPage, {
    ...consent,
    groups: [{ scopes: Object.keys(en.scopes).map((name) => ({ name, isNew: true })) }],
  }),
  'consent, an API without scopes': state(consentPage, {
    ...consent,
    groups: [{ api: 'Orchard API', scopes: [] }],
  }),
  'consent, nothing asked': state(consentPage, { ...consent, groups: [] }),
  'error, before any redirect': failing(() => ({})),
  ...problemStates,
  'error, of an app on the device': failing((m) => ({
    ...m.problems.invalid_request,
    actions: [
      { label: m.actions.backToTheApp, toApp: { href: 'http://127.0.0.1:51004/cb?error=invalid_scope' } },
    ],
  })),
  'error, unavailable': failing((m) => ({
    ...m.problems.unavailable,
    actions: [
      { label: m.actions.tryAgain, post: { action: '/login/i1', fields: { csrf: 'csrf-token' } } },
      { label: m.actions.account, href: '/account' },
    ],
  })),
  'expired, can restart': state(expiredPage, {
    ...frame,
    app: { ...app, uri: 'https://planner.example/' },
    restart: { action: '/authorize', fields: { client_id: 'c1', scope: 'openid' } },
    details: [],
  }),
  'expired, no way on': state(expiredPage, { ...frame, details: [] }),
  'logout, asked by an app': state(logoutPage, { ...signOut, account: ada, app }),
  'logout, on the way to an app': state(logoutPage, { ...signOut, account: ada, backTo: app }),
  'logout, one of several': state(logoutPage, { ...signOut, account: ada, others: true, disconnect: true }),
  'logout, bare': state(logoutPage, signOut),
  'logged out, with a way back': state(loggedOutPage, {
    ...frame,
    app: { ...app, uri: 'https://planner.example/' },
  }),
  'logged out, with a registered way back': state(loggedOutPage, {
    ...frame,
    app,
    onwardHref: 'https://planner.example/bye?state="><b>',
  }),
  'logged out': state(loggedOutPage, frame),
  'signed out, apps are told': state(loggedOutPage, { ...frame, frames }),
  'signed out, on the way back': state(leavingPage, {
    ...frame,
    frames,
    onward: 'https://planner.example/bye?state="><b>',
  }),
  'on to an app': state(onwardPage, { ...frame, app, href: 'https://planner.example/?a="><b>' }),
  'form post': state(formPostPage, {
    ...frame,
    action: 'https://planner.example/cb?kept=1',
    fields: { code: 'c0de', state: '"><b>', iss: 'https://issuer.test' },
  }),
}

/** Every page that shows names by others, with `name` everywhere such a name can stand. */
const namedStates = (name: string): States => {
  const named = { name, host: 'planner.example', verified: false }
  const account = { username: name, name, email: name }
  const scopes = [{ name, title: name, description: name, isNew: true }]
  const email = { address: name, verified: false }
  const claims = { name, given_name: name, family_name: name }
  return {
    login: state(loginPage, { ...login, app: named, username: name, cancel: { action: '/login/i1' } }),
    'login, fixed': state(loginPage, { ...login, app: named, fixedAccount: account, reason: 'prompt' }),
    'second factor': state(secondFactorPage, { ...secondFactor('totp'), app: named, account }),
    'passkey offer': state(passkeyOfferPage, { ...form, action: '/', account, options: '{}', skip: '/' }),
    'sign-up, sent': state(signUpPage, { ...form, action: '/', loginHref: '/', typed: name, sent: true }),
    'reset password': state(resetPasswordPage, { ...reset, account }),
    registration: state(newAccountPage, {
      ...form,
      kind: 'registration',
      action: '/',
      username: name,
      name,
      minLength: 12,
    }),
    'confirm email': state(confirmPage, {
      ...form,
      kind: 'verify',
      action: '/',
      email: name,
      other: { account, fields: { account: 'switch' } },
    }),
    consent: state(consentPage, {
      ...consent,
      app: { ...named, clientId: name },
      account,
      groups: [{ scopes: [{ name, isNew: true }] }, { api: name, scopes }],
    }),
    ...namedDeviceStates(name),
    'select account': state(selectAccountPage, {
      ...login,
      app: named,
      action: '/select-account/i1',
      accounts: [{ sub: 'u_1', account }],
    }),
    error: state(errorPage, { ...failure, details: [{ label: en.details.received, value: name }] }),
    expired: state(expiredPage, {
      ...frame,
      app: { ...named, uri: 'https://planner.example/' },
      details: [],
    }),
    logout: state(logoutPage, { ...signOut, account, app: named, backTo: named, fields: { state: name } }),
    'logged out': state(loggedOutPage, { ...frame, app: { ...named, uri: 'https://planner.example/' } }),
    overview: state(overviewPage, { ...overview, account, email }),
    profile: state(profilePage, { ...profile, account, username: name, claims, email }),
    'passkeys page': state(passkeysPage, {
      ...passkeys,
      account,
      passkeys: passkeys.passkeys.map((one) => ({ ...one, name })),
    }),
    connections: state(connectionsPage, {
      ...connections,
      account,
      notice: { kind: 'disconnected', app: name },
      connections: connections.connections.map((one) => ({ ...one, app: named, scopes })),
    }),
    activity: state(activityPage, {
      ...inAccount('activity', account),
      events: [{ type: 'consent.allowed', at: 1_773_324_180, app: name }],
    }),
    'delete account': state(deletePage, { ...deletion, account, username: name }),
    'form post': state(formPostPage, {
      ...frame,
      action: 'https://planner.example/cb',
      fields: { state: name },
    }),
  }
}

const inLanguage = (all: States, locales: string[]): Record<string, Page> =>
  Object.fromEntries(Object.entries(all).map(([name, show]) => [name, show(locales)]))

export const namedPages = (name: string) => inLanguage(namedStates(name), frame.locales)

const plain: States = { ...signInStates, ...accountStates, ...deviceStates, ...otherStates }

const named: States = Object.fromEntries(
  Object.entries(hostileNames).flatMap(([kind, name]) =>
    Object.entries(namedStates(name)).map(([page, show]) => [`${page}, name ${kind}`, show]),
  ),
)

/** All states by name, in a language. */
export const statesIn = (locales: string[]): Record<string, Page> =>
  inLanguage({ ...plain, ...named }, locales)

export const states = statesIn(frame.locales)
