// Owns the states of the pages on the way in: signing in, second steps, and what mailed links lead to.
import { renderSVG } from 'uqr'
import { forgotPasswordPage, signUpPage } from '../../src/pages/ask-for-mail.js'
import { enrolmentPage, recoveryCodesPage } from '../../src/pages/enrolment.js'
import { loginPage } from '../../src/pages/login.js'
import { lostFactorPage, stopRemovalPage } from '../../src/pages/lost-factor.js'
import { newAccountPage, resetPasswordPage } from '../../src/pages/new-password.js'
import { confirmPage, noticePage } from '../../src/pages/notice.js'
import { passkeyOfferPage } from '../../src/pages/passkey-offer.js'
import { resetDonePage } from '../../src/pages/reset-done.js'
import { secondFactorPage } from '../../src/pages/second-factor.js'
import { selectAccountPage } from '../../src/pages/select-account.js'
import type {
  FactorMethod,
  LostFactorPageProps,
  ResetDonePageProps,
  SecondFactorPageProps,
} from '../../src/pages/sign-in-props.js'
import { ada, app, form, frame, grace, hostileNames, login, type States, state } from './fixtures.js'

const error = (kind: 'wrong' | 'missing' | 'disabled' | 'busy' | 'passkey') => ({ error: { kind } })
const throttled = { error: { kind: 'throttled', retryAfter: 95 } } as const
const cancel = { action: '/login/i1' }

/** As the server sends them, with a quote to break out of an attribute. */
const options = JSON.stringify({ challenge: 'c2hhbGw', rpId: 'issuer.test', hints: ['\'"><b>'] })
const passkey = { options }
const ways = { passkey, forgotHref: '/forgot-password', signUpHref: '/sign-up' }

const loginStates: States = {
  'login, for an app': state(loginPage, { ...login, cancel }),
  'login, for the account itself': state(loginPage, { ...login, app: undefined }),
  'login, all ways': state(loginPage, { ...login, ...ways, cancel, keep: true }),
  'login, all ways, wrong': state(loginPage, {
    ...login,
    ...ways,
    cancel,
    username: 'ada',
    ...error('wrong'),
  }),
  'login, passkey refused': state(loginPage, { ...login, passkey, ...error('passkey') }),
  'login, hinted': state(loginPage, { ...login, username: 'ada@example.test' }),
  'login, wrong': state(loginPage, { ...login, username: 'ada', ...error('wrong'), cancel }),
  'login, missing both': state(loginPage, { ...login, ...error('missing') }),
  'login, missing password': state(loginPage, { ...login, username: 'ada', ...error('missing') }),
  'login, disabled': state(loginPage, { ...login, username: 'ada', ...error('disabled') }),
  'login, busy': state(loginPage, { ...login, username: 'ada', ...error('busy') }),
  'login, throttled': state(loginPage, { ...login, username: 'ada', ...throttled }),
  'login, prompted': state(loginPage, { ...login, fixedAccount: ada, reason: 'prompt' }),
  'login, stays kept': state(loginPage, { ...login, fixedAccount: ada, staysKept: true }),
  'login, too long ago': state(loginPage, { ...login, fixedAccount: grace, reason: 'max_age' }),
  'login, stronger': state(loginPage, { ...login, passkey, fixedAccount: ada, reason: 'step_up' }),
  'login, for a sensitive page': state(loginPage, {
    ...login,
    app: undefined,
    fixedAccount: ada,
    reason: 'fresh',
  }),
  'login, another account': state(loginPage, { ...login, reason: 'hint_mismatch', username: 'ada' }),
  'login, fixed and wrong': state(loginPage, {
    ...login,
    fixedAccount: ada,
    reason: 'prompt',
    ...error('wrong'),
  }),
  'login, fixed and missing': state(loginPage, { ...login, fixedAccount: ada, ...error('missing') }),
}

const choice = { ...login, action: '/select-account/i1' }
const selectStates: States = {
  'select account, one': state(selectAccountPage, { ...choice, accounts: [{ sub: 'u_1', account: ada }] }),
  'select account, several': state(selectAccountPage, {
    ...choice,
    accounts: [
      { sub: 'u_1', account: ada },
      { sub: 'u_2', account: grace },
    ],
  }),
  'select account, for the account itself': state(selectAccountPage, {
    ...choice,
    app: undefined,
    accounts: [{ sub: 'u_1', account: ada }],
  }),
  'select account, none': state(selectAccountPage, { ...choice, app: undefined, accounts: [] }),
}

const path = '/second-factor/i1'
const others = (method: FactorMethod) =>
  (['totp', 'passkey', 'recovery'] as const)
    .filter((one) => one !== method)
    .map((one) => ({ method: one, href: `${path}?method=${one}` }))

export const secondFactor = (method: FactorMethod): SecondFactorPageProps => ({
  ...form,
  action: path,
  app,
  account: ada,
  method,
  alternatives: others(method),
  passkey: method === 'passkey' ? passkey : undefined,
  cancel: { action: path },
  lostHref: '/lost-factor/i1',
})

export const enrolment = {
  ...form,
  action: path,
  account: ada,
  qr: renderSVG('otpauth://totp/Grantor:ada?secret=JBSWY3DPEHPK3PXP&issuer=Grantor'),
  secretText: 'JBSW Y3DP EHPK 3PXP',
  setup: 'c2VhbGVk',
}

const codes = Array.from({ length: 10 }, (_, index) => `K7QW-9D${index}M-XH4T`)

const lostFactor: LostFactorPageProps = {
  ...form,
  action: '/lost-factor/i1',
  app,
  account: ada,
  back: path,
  recoveryHref: `${path}?method=recovery`,
  offered: true,
}

const resetDone: ResetDonePageProps = {
  ...frame,
  passkeys: [
    { name: 'Laptop', created: 1_773_324_180, lastUsed: 1_790_001_000 },
    { name: hostileNames.bidi, created: 1_773_324_180 },
  ],
  twoStepSince: 1_773_324_180,
  apps: [app, { ...app, name: hostileNames.script }],
  checkHref: '/account/check',
  onwardHref: '/authorize/i1',
}

const lostFactorStates: States = {
  'lost factor': state(lostFactorPage, lostFactor),
  'lost factor, planned': state(lostFactorPage, { ...lostFactor, dueAt: 1_790_001_000 }),
  'lost factor, no mail': state(lostFactorPage, {
    ...lostFactor,
    app: undefined,
    recoveryHref: undefined,
    offered: false,
  }),
  'stop the removal': state(stopRemovalPage, {
    ...form,
    action: '/stop-factor-removal/h1',
    dueAt: 1_790_001_000,
  }),
  'reset done': state(resetDonePage, resetDone),
  'reset done, nothing there': state(resetDonePage, {
    ...resetDone,
    passkeys: [],
    twoStepSince: undefined,
    apps: [],
    onwardHref: undefined,
    backTo: { name: app.name, href: 'https://planner.example/' },
  }),
}

const secondFactorStates: States = {
  'second factor, app': state(secondFactorPage, secondFactor('totp')),
  'second factor, app only, for the account': state(secondFactorPage, {
    ...secondFactor('totp'),
    app: undefined,
    alternatives: [],
    cancel: undefined,
  }),
  'second factor, app, wrong': state(secondFactorPage, { ...secondFactor('totp'), error: { kind: 'wrong' } }),
  'second factor, app, missing': state(secondFactorPage, {
    ...secondFactor('totp'),
    error: { kind: 'missing' },
  }),
  'second factor, app, throttled': state(secondFactorPage, { ...secondFactor('totp'), ...throttled }),
  'second factor, recovery': state(secondFactorPage, secondFactor('recovery')),
  'second factor, recovery, wrong': state(secondFactorPage, {
    ...secondFactor('recovery'),
    error: { kind: 'wrong' },
  }),
  'second factor, passkey': state(secondFactorPage, secondFactor('passkey')),
  'second factor, passkey, refused': state(secondFactorPage, {
    ...secondFactor('passkey'),
    error: { kind: 'passkey' },
  }),
  'enrolment, on the way': state(enrolmentPage, { ...enrolment, app, cancel: { action: path } }),
  'enrolment, wrong': state(enrolmentPage, { ...enrolment, app, error: { kind: 'wrong' } }),
  'enrolment, at the account': state(enrolmentPage, { ...enrolment, back: '/account/second-factor' }),
  'recovery codes': state(recoveryCodesPage, { ...frame, codes, continueTo: { href: '/account' } }),
  'passkey offer': state(passkeyOfferPage, {
    ...form,
    action: '/passkey-offer/i1',
    account: ada,
    options,
    skip: '/authorize/i1',
  }),
}

const ask = { ...form, loginHref: '/login' }
const mailStates: States = {
  'forgot password': state(forgotPasswordPage, { ...ask, action: '/forgot-password' }),
  'forgot password, missing': state(forgotPasswordPage, {
    ...ask,
    action: '/forgot-password',
    error: { kind: 'missing' },
  }),
  'forgot password, throttled': state(forgotPasswordPage, {
    ...ask,
    action: '/forgot-password',
    typed: 'ada',
    ...throttled,
  }),
  'forgot password, sent': state(forgotPasswordPage, { ...ask, action: '/forgot-password', sent: true }),
  'sign-up': state(signUpPage, { ...ask, action: '/sign-up' }),
  'sign-up, refused': state(signUpPage, {
    ...ask,
    action: '/sign-up',
    typed: 'ada',
    error: { kind: 'email' },
  }),
  'sign-up, refused: domain': state(signUpPage, {
    ...ask,
    action: '/sign-up',
    typed: 'ada@-example-.test',
    error: { kind: 'email_domain' },
  }),
  'forgot password, refused: domain': state(forgotPasswordPage, {
    ...ask,
    action: '/forgot-password',
    typed: 'ada@-example-.test',
    error: { kind: 'email_domain' },
  }),
  'sign-up, sent': state(signUpPage, { ...ask, action: '/sign-up', typed: 'ada@example.test', sent: true }),
}

export const reset = { ...form, action: '/reset-password/h1', account: ada, minLength: 12 }
const newcomer = { ...form, action: '/registration/h1', username: 'ada@example.test', minLength: 12 }
const passwordStates: States = {
  'reset password': state(resetPasswordPage, reset),
  ...Object.fromEntries(
    (['missing', 'too_short', 'too_long', 'characters', 'common', 'personal', 'busy'] as const).map(
      (kind) => [`reset password, refused: ${kind}`, state(resetPasswordPage, { ...reset, error: { kind } })],
    ),
  ),
  registration: state(newAccountPage, { ...newcomer, kind: 'registration' }),
  'registration, refused': state(newAccountPage, {
    ...newcomer,
    kind: 'registration',
    name: 'Ada Lovelace',
    error: { kind: 'common' },
  }),
  invitation: state(newAccountPage, { ...newcomer, kind: 'invitation', name: 'Ada Lovelace' }),
  'confirm email': state(confirmPage, {
    ...form,
    kind: 'verify',
    action: '/verify-email/h1',
    email: 'ada@example.test',
  }),
  'confirm email, of another account': state(confirmPage, {
    ...form,
    kind: 'verify',
    action: '/verify-email/h1',
    email: 'ada@example.test',
    other: { account: grace, fields: { account: 'switch' } },
  }),
  'confirm email, changed, of another account': state(confirmPage, {
    ...form,
    kind: 'change',
    action: '/change-email/h1',
    email: 'ada@example.test',
    other: { account: grace, fields: { account: 'switch' } },
  }),
  'confirm email, changed': state(confirmPage, {
    ...form,
    kind: 'change',
    action: '/change-email/h1',
    email: 'ada@example.test',
  }),
}

const signIn = { kind: 'signIn', href: '/login' } as const
const toAccount = { kind: 'account', href: '/account/profile' } as const
const noticeStates: States = {
  'notice, dead link, refused': state(noticePage, {
    ...frame,
    kind: 'dead_link',
    actions: [{ kind: 'newLink', href: '/forgot-password' }, signIn],
    failed: true,
  }),
  'notice, removal stopped': state(noticePage, {
    ...frame,
    kind: 'removal_stopped',
    actions: [{ kind: 'newPassword', href: '/forgot-password' }, signIn],
  }),
  'notice, address taken, refused': state(noticePage, {
    ...frame,
    kind: 'email_taken',
    actions: [toAccount],
    failed: true,
  }),
  'notice, address confirmed': state(noticePage, {
    ...frame,
    kind: 'email_confirmed',
    actions: [toAccount],
  }),
  'notice, account ready': state(noticePage, {
    ...frame,
    kind: 'account_ready',
    backTo: { name: app.name, href: 'https://planner.example/' },
    actions: [toAccount],
  }),
  'notice, password reset': state(noticePage, { ...frame, kind: 'password_reset', actions: [signIn] }),
  'notice, account deleted': state(noticePage, { ...frame, kind: 'account_deleted', actions: [] }),
}

export const signInStates: States = {
  ...lostFactorStates,
  ...loginStates,
  ...selectStates,
  ...secondFactorStates,
  ...mailStates,
  ...passwordStates,
  ...noticeStates,
}
