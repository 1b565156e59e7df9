// Owns the states of the account pages.
import type {
  ChangeEmailPageProps,
  CheckPageProps,
  DeletePageProps,
  OverviewPageProps,
  PasskeysPageProps,
  PasswordPageProps,
  ProfilePageProps,
  SessionsPageProps,
  SessionView,
  TwoStepPageProps,
} from '../../src/pages/account-props.js'
import { activityPage } from '../../src/pages/activity.js'
import { changeEmailPage } from '../../src/pages/change-email.js'
import { checkPage } from '../../src/pages/check.js'
import { connectionsPage } from '../../src/pages/connections.js'
import { dataPage, deletePage } from '../../src/pages/data.js'
import { activityEn } from '../../src/pages/messages/activity.en.js'
import { overviewPage } from '../../src/pages/overview.js'
import { passkeysPage } from '../../src/pages/passkeys.js'
import { passwordPage } from '../../src/pages/password.js'
import { profilePage } from '../../src/pages/profile.js'
import { sessionsPage } from '../../src/pages/sessions.js'
import { twoStepPage } from '../../src/pages/two-step.js'
import { connections, grace, hostileNames, inAccount, type States, state } from './fixtures.js'

const march = 1_773_324_180
const september = 1_790_001_000
const throttled = { kind: 'throttled', retryAfter: 95 } as const

export const overview: OverviewPageProps = {
  ...inAccount('overview'),
  email: { address: 'ada@example.test', verified: true },
  hasPassword: true,
  passwordSetAt: march,
  passkeys: 2,
  secondFactor: true,
  recoveryCodes: 10,
  sessions: 3,
  connections: 2,
}

export const profile: ProfilePageProps = {
  ...inAccount('profile'),
  action: '/account/profile',
  username: 'ada',
  claims: { name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', locale: 'en' },
  languages: ['en', 'de'],
  email: { address: 'ada@example.test', verified: true },
  changeEmailHref: '/account/profile/email',
}

export const changeEmail: ChangeEmailPageProps = {
  ...inAccount('profile'),
  action: '/account/profile/email',
  back: '/account/profile',
}

export const check: CheckPageProps = {
  ...inAccount('overview'),
  action: '/account/check',
  passkeys: [
    { id: 'p1', name: 'Laptop', created: march, lastUsed: september },
    { id: 'p2', name: hostileNames.rtl, created: march },
  ],
  twoStep: { since: march, required: false },
  apps: [{ clientId: 'c1', name: 'Orchard Planner', host: 'planner.example', verified: true }],
  sessionsHref: '/account/sessions',
  connectionsHref: '/account/connections',
}

export const password: PasswordPageProps = {
  ...inAccount('password'),
  action: '/account/password',
  username: 'ada',
  hasPassword: true,
  minLength: 12,
  setAt: march,
}

const passkey = (name: string, more: object = {}) => ({
  name,
  created: march,
  synced: false,
  rename: { action: `/account/passkeys/${name.length}/rename` },
  remove: { action: `/account/passkeys/${name.length}/remove` },
  ...more,
})

export const passkeys: PasskeysPageProps = {
  ...inAccount('passkeys'),
  add: { action: '/account/passkeys', options: JSON.stringify({ challenge: 'c2hhbGw' }) },
  passkeys: [passkey('Laptop', { synced: true, lastUsed: september }), passkey('Security key')],
}

export const twoStep: TwoStepPageProps = {
  ...inAccount('second-factor'),
  since: march,
  recoveryCodes: 7,
  required: false,
  setUpHref: '/account/second-factor/set-up',
  renewCodes: { action: '/account/second-factor/recovery-codes' },
  turnOff: { action: '/account/second-factor/turn-off' },
}

const session = (id: string, more: Partial<SessionView> = {}): SessionView => ({
  id,
  own: false,
  browser: 'Firefox',
  system: 'Linux',
  address: '203.0.113.7',
  started: march,
  lastSeen: september,
  amr: ['pwd'],
  kept: false,
  end: { action: `/account/sessions/${id}/end` },
  ...more,
})

export const sessions: SessionsPageProps = {
  ...inAccount('sessions'),
  sessions: [
    session('s1', { own: true, kept: true, amr: ['pwd', 'otp', 'mfa'] }),
    session('s2', {
      browser: 'Safari',
      system: 'iOS',
      address: '2001:db8:85a3::8a2e:370:7334',
      amr: ['pop'],
    }),
    session('s3', { browser: undefined, system: undefined, address: undefined, amr: [] }),
  ],
  moreHref: '/account/sessions?before=s3',
  endOthers: { action: '/account/end-other-sessions' },
}

const events = [
  ...Object.keys(activityEn).map((type, index) => ({ type, at: september - index, address: '203.0.113.7' })),
  { type: 'connection.ended', at: march, address: '203.0.113.7', app: 'Orchard Planner' },
  { type: 'user.password_set', at: march },
  { type: 'user.something_new', at: march, address: '203.0.113.7' },
]

export const deletion: DeletePageProps = {
  ...inAccount('data'),
  action: '/account/data/delete',
  username: 'ada',
  back: '/account/data',
  auditDays: 400,
}

export const accountStates: States = {
  'overview, all well': state(overviewPage, overview),
  'overview, much to see to': state(overviewPage, {
    ...overview,
    email: { address: 'ada@example.test', verified: false },
    passwordSetAt: undefined,
    passkeys: 1,
    recoveryCodes: 1,
    sessions: 1,
    connections: 1,
  }),
  'overview, nothing yet': state(overviewPage, {
    ...overview,
    account: grace,
    email: undefined,
    hasPassword: false,
    passkeys: 0,
    secondFactor: false,
    recoveryCodes: 0,
    sessions: 1,
    connections: 0,
  }),
  profile: state(profilePage, profile),
  'profile, not confirmed': state(profilePage, {
    ...profile,
    email: { address: 'ada@example.test', verified: false },
    verifyEmail: { action: '/account/profile/verify-email' },
  }),
  'profile, empty': state(profilePage, {
    ...profile,
    account: grace,
    claims: {},
    email: undefined,
    changeEmailHref: undefined,
  }),
  'profile, refused: too long': state(profilePage, { ...profile, error: { kind: 'too_long' } }),
  'change email': state(changeEmailPage, changeEmail),
  'change email, refused: address': state(changeEmailPage, {
    ...changeEmail,
    typedEmail: 'ada@',
    error: { kind: 'email' },
  }),
  'change email, throttled': state(changeEmailPage, { ...changeEmail, error: throttled }),
  'change email, mail sent': state(changeEmailPage, {
    ...changeEmail,
    notice: { kind: 'sent', email: 'ada@new.example' },
  }),
  'profile, throttled': state(profilePage, { ...profile, error: throttled }),
  'profile, mail sent': state(profilePage, {
    ...profile,
    notice: { kind: 'sent', email: 'ada@new.example' },
  }),
  'access check': state(checkPage, check),
  'access check, refused: last': state(checkPage, { ...check, error: { kind: 'last' } }),
  'access check, nothing there': state(checkPage, {
    ...check,
    passkeys: [],
    twoStep: undefined,
    apps: [],
  }),
  'access check, two-step required': state(checkPage, {
    ...check,
    twoStep: { since: march, required: true },
  }),
  password: state(passwordPage, password),
  'password, none yet': state(passwordPage, { ...password, hasPassword: false, setAt: undefined }),
  'password, changed': state(passwordPage, { ...password, notice: 'changed' }),
  'password, refused: too_short': state(passwordPage, { ...password, error: { kind: 'too_short' } }),
  passkeys: state(passkeysPage, passkeys),
  'passkeys, one': state(passkeysPage, { ...passkeys, passkeys: passkeys.passkeys.slice(0, 1) }),
  'passkeys, none': state(passkeysPage, { ...passkeys, passkeys: [] }),
  'passkeys, impossible here': state(passkeysPage, {
    ...passkeys,
    add: { ...passkeys.add, options: undefined },
    passkeys: [],
  }),
  ...Object.fromEntries(
    (['refused', 'known', 'too_many', 'name_missing', 'last'] as const).map((kind) => [
      `passkeys, refused: ${kind}`,
      state(passkeysPage, { ...passkeys, error: { kind } }),
    ]),
  ),
  'two-step, off': state(twoStepPage, { ...twoStep, since: undefined, recoveryCodes: 0 }),
  'two-step, off and required': state(twoStepPage, {
    ...twoStep,
    since: undefined,
    recoveryCodes: 0,
    required: true,
  }),
  'two-step, on': state(twoStepPage, twoStep),
  'two-step, on, few codes': state(twoStepPage, { ...twoStep, recoveryCodes: 1 }),
  'two-step, new codes refused': state(twoStepPage, {
    ...twoStep,
    error: { kind: 'renewed_meanwhile' },
  }),
  'two-step, on and required': state(twoStepPage, { ...twoStep, required: true }),
  sessions: state(sessionsPage, sessions),
  'sessions, only this': state(sessionsPage, { ...sessions, sessions: sessions.sessions.slice(0, 1) }),
  'sessions, one ended': state(sessionsPage, { ...sessions, notice: { kind: 'ended', count: 1 } }),
  'sessions, some ended': state(sessionsPage, { ...sessions, notice: { kind: 'ended', count: 4 } }),
  connections: state(connectionsPage, connections),
  'connections, after a change': state(connectionsPage, {
    ...connections,
    notice: { kind: 'disconnected', app: 'Orchard Planner' },
  }),
  'connections, not in use': state(connectionsPage, {
    ...connections,
    connections: connections.connections.map((one) => ({ ...one, lastUsed: undefined, devices: 0 })),
  }),
  'connections, without a name': state(connectionsPage, {
    ...connections,
    connections: connections.connections
      .slice(0, 1)
      .map((one) => ({ ...one, app: { ...one.app, name: '' } })),
  }),
  'connections, none': state(connectionsPage, {
    ...connections,
    ...inAccount('connections', grace),
    connections: [],
  }),
  activity: state(activityPage, {
    ...inAccount('activity'),
    events,
    earlierHref: '/account/activity?before=e9',
  }),
  'activity, none': state(activityPage, { ...inAccount('activity'), events: [] }),
  data: state(dataPage, {
    ...inAccount('data'),
    exportHref: '/account/data/export',
    deleteHref: '/account/data/delete',
  }),
  'delete account': state(deletePage, deletion),
  'delete account, refused': state(deletePage, { ...deletion, error: { kind: 'mismatch' } }),
}
