// Owns every state of the pages of the account and on the way in, as props: in each language there is.
import { renderSVG } from 'uqr'
import type { AccountFrame, AccountSection } from '../../src/pages/account-props.js'
import { activityPage } from '../../src/pages/activity.js'
import { forgotPasswordPage, signUpPage } from '../../src/pages/ask-for-mail.js'
import { dataPage, deletePage } from '../../src/pages/data.js'
import { enrolmentPage, recoveryCodesPage } from '../../src/pages/enrolment.js'
import { loginPage } from '../../src/pages/login.js'
import { accountEn } from '../../src/pages/messages/account.en.js'
import { newAccountPage, resetPasswordPage } from '../../src/pages/new-password.js'
import { confirmPage, noticePage } from '../../src/pages/notice.js'
import { overviewPage } from '../../src/pages/overview.js'
import { passkeyOfferPage } from '../../src/pages/passkey-offer.js'
import { passkeysPage } from '../../src/pages/passkeys.js'
import { passwordPage } from '../../src/pages/password.js'
import { profilePage } from '../../src/pages/profile.js'
import type { Page } from '../../src/pages/props.js'
import { secondFactorPage } from '../../src/pages/second-factor.js'
import { sessionsPage } from '../../src/pages/sessions.js'
import { twoStepPage } from '../../src/pages/two-step.js'

const at = 1_790_001_000
const csrf = 'csrf-token'
const options = JSON.stringify({ challenge: 'AAAA', rpId: 'id.example', allowCredentials: [] })
const throttled = { kind: 'throttled', retryAfter: 95 } as const

/** @param name of the person and of what they have named */
export function accountStates(locales: string[], name = 'Ada Lovelace'): Record<string, Page> {
  const frame = { product: 'Grantor', base: '', locales }
  const ada = { username: 'ada', name, email: 'ada@example.test' }
  const app = { name: 'Orchard Planner', host: 'planner.example', verified: true }
  const on = (section: AccountSection): AccountFrame => ({
    ...frame,
    section,
    account: ada,
    csrf,
    signOut: { action: '/account/sign-out' },
    switchHref: '/select-account',
  })
  const form = { ...frame, action: '/form', csrf }
  const post = { action: '/form' }
  const email = { address: 'ada@example.test', verified: true }

  const overview = {
    ...on('overview'),
    email,
    hasPassword: true,
    passwordSetAt: at,
    passkeys: 2,
    secondFactor: true,
    recoveryCodes: 8,
    sessions: 3,
    connections: 4,
  }
  const profile = {
    ...on('profile'),
    action: '/account/profile',
    username: 'ada',
    claims: { name, locale: 'de' },
    languages: ['en', 'de'],
    email,
    changeEmail: post,
  }
  const password = { ...on('password'), action: '/form', username: 'ada', hasPassword: true, setAt: at }
  const passkey = { name, created: at, synced: true, rename: post, remove: post }
  const passkeys = { ...on('passkeys'), add: { action: '/form', options }, passkeys: [] }
  const twoStep = {
    ...on('second-factor'),
    recoveryCodes: 0,
    required: false,
    setUpHref: '/set-up',
    renewCodes: post,
    turnOff: post,
  }
  const session = {
    id: 's1',
    own: true,
    started: at,
    lastSeen: at,
    amr: ['pwd', 'otp', 'mfa'],
    kept: true,
    end: post,
  }
  const elsewhere = { ...session, own: false, browser: 'Firefox', system: 'Linux', address: '198.51.100.9' }
  const second = { ...form, app, account: ada, alternatives: [{ method: 'recovery', href: '/x' } as const] }
  const enrolment = {
    ...form,
    account: ada,
    qr: renderSVG('otpauth://totp/Grantor:ada?secret=AAAA'),
    secretText: 'ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567',
    setup: 'sealed',
  }
  const asking = { ...form, loginHref: '/login' }
  const newAccount = { ...form, kind: 'registration', username: 'ada@example.test' } as const

  return {
    'login, with every way in': loginPage({
      ...form,
      app,
      passkey: { options },
      keep: true,
      forgotHref: '/forgot-password',
      signUpHref: '/sign-up',
    }),
    'login, wrong passkey': loginPage({ ...form, passkey: { options }, error: { kind: 'passkey' } }),
    'login, for a sensitive page': loginPage({ ...form, fixedAccount: ada, reason: 'fresh' }),
    'second factor, code': secondFactorPage({ ...second, method: 'totp', cancel: post }),
    'second factor, wrong code': secondFactorPage({ ...second, method: 'totp', error: { kind: 'wrong' } }),
    'second factor, missing code': secondFactorPage({
      ...second,
      method: 'totp',
      error: { kind: 'missing' },
    }),
    'second factor, throttled': secondFactorPage({ ...second, method: 'totp', error: throttled }),
    'second factor, recovery': secondFactorPage({ ...second, method: 'recovery', alternatives: [] }),
    'second factor, wrong recovery': secondFactorPage({
      ...second,
      method: 'recovery',
      error: { kind: 'wrong' },
    }),
    'second factor, passkey': secondFactorPage({ ...second, method: 'passkey', passkey: { options } }),
    'enrolment, on the way': enrolmentPage({ ...enrolment, app, cancel: post }),
    'enrolment, wrong': enrolmentPage({ ...enrolment, back: '/back', error: { kind: 'wrong' } }),
    'recovery codes': recoveryCodesPage({
      ...frame,
      codes: ['abcd-efgh-jkmn', '2345-6789-abcd'],
      continueTo: { href: '/account' },
    }),
    'passkey offer': passkeyOfferPage({ ...form, account: ada, options, skip: '/authorize/i1' }),
    'forgot password': forgotPasswordPage(asking),
    'forgot password, missing': forgotPasswordPage({ ...asking, error: { kind: 'missing' } }),
    'forgot password, throttled': forgotPasswordPage({ ...asking, typed: 'ada', error: throttled }),
    'forgot password, sent': forgotPasswordPage({ ...asking, typed: 'ada', sent: true }),
    'sign up': signUpPage(asking),
    'sign up, wrong': signUpPage({ ...asking, typed: 'ada', error: { kind: 'email' } }),
    'sign up, sent': signUpPage({ ...asking, typed: 'ada@example.test', sent: true }),
    'reset password': resetPasswordPage({ ...form, account: ada }),
    'reset password, wrong': resetPasswordPage({ ...form, account: ada, error: { kind: 'common' } }),
    registration: newAccountPage(newAccount),
    'registration, wrong': newAccountPage({ ...newAccount, name, error: { kind: 'too_short' } }),
    invitation: newAccountPage({ ...newAccount, kind: 'invitation', name }),
    'confirm an address': confirmPage({ ...form, kind: 'verify', email: 'ada@example.test' }),
    'change an address': confirmPage({ ...form, kind: 'change', email: 'ada@example.test' }),
    'error, dead link': noticePage({
      ...frame,
      kind: 'dead_link',
      failed: true,
      actions: [
        { kind: 'newLink', href: '/forgot-password' },
        { kind: 'signIn', href: '/login' },
      ],
    }),
    'notice, reset': noticePage({
      ...frame,
      kind: 'password_reset',
      actions: [{ kind: 'signIn', href: '/login' }],
    }),
    'overview, all well': overviewPage(overview),
    'overview, with warnings': overviewPage({
      ...overview,
      email: { address: 'ada@example.test', verified: false },
      passkeys: 1,
      recoveryCodes: 1,
      sessions: 1,
      connections: 1,
    }),
    'overview, bare': overviewPage({
      ...overview,
      email: undefined,
      hasPassword: false,
      passkeys: 0,
      secondFactor: false,
      recoveryCodes: 0,
      sessions: 1,
      connections: 0,
    }),
    profile: profilePage(profile),
    'profile, unconfirmed': profilePage({
      ...profile,
      email: { address: 'ada@example.test', verified: false },
      verifyEmail: post,
      notice: { kind: 'sent', email: 'ada@example.test' },
    }),
    'profile, wrong address': profilePage({ ...profile, typedEmail: 'x', error: { kind: 'email' } }),
    password: passwordPage(password),
    'password, wrong': passwordPage({ ...password, error: { kind: 'wrong_current' } }),
    'password, changed': passwordPage({ ...password, notice: 'changed' }),
    'password, first': passwordPage({ ...password, hasPassword: false, setAt: undefined }),
    passkeys: passkeysPage({ ...passkeys, passkeys: [passkey, { ...passkey, synced: false, lastUsed: at }] }),
    'passkeys, one': passkeysPage({ ...passkeys, passkeys: [passkey] }),
    'passkeys, wrong': passkeysPage({ ...passkeys, error: { kind: 'refused' } }),
    'passkeys, impossible': passkeysPage({ ...passkeys, add: { action: '/form', options: undefined } }),
    'two-step, off': twoStepPage(twoStep),
    'two-step, on': twoStepPage({ ...twoStep, since: at, recoveryCodes: 7 }),
    'two-step, required': twoStepPage({ ...twoStep, since: at, recoveryCodes: 7, required: true }),
    'sessions, only this one': sessionsPage({ ...on('sessions'), sessions: [session], endOthers: post }),
    'sessions, several': sessionsPage({
      ...on('sessions'),
      sessions: [session, elsewhere],
      endOthers: post,
      notice: { kind: 'ended', count: 2 },
    }),
    'activity, everything': activityPage({
      ...on('activity'),
      events: [...Object.keys(accountEn.activity.events), 'something.new'].map((type, index) => ({
        type,
        at: at - index,
        address: index % 2 === 0 ? '198.51.100.9' : undefined,
        app: index % 3 === 0 ? name : undefined,
      })),
      earlierHref: '/account/activity?before=x',
    }),
    'activity, nothing': activityPage({ ...on('activity'), events: [] }),
    data: dataPage({ ...on('data'), exportHref: '/export', deleteHref: '/delete' }),
    'delete account': deletePage({ ...on('data'), action: '/form', username: 'ada', back: '/back' }),
    'delete account, wrong': deletePage({
      ...on('data'),
      action: '/form',
      username: 'ada',
      back: '/back',
      error: { kind: 'mismatch' },
    }),
  }
}
