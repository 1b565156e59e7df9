// Owns every word of the mails, in English; its type is what another language must fill.
import type { Phrase } from './phrase.js'

export type MailMessages = typeof mailEn

export const mailEn = {
  notYou: 'If it was not you, you need do nothing: without this link nothing happens.',
  check: 'If it was not you, change your password and end sessions that you do not know:',
  tellAdministrator: 'If it was not you, tell the administrator at once.',
  valid: {
    minutes: (count: number) => `The link works for ${count} minutes, and once.`,
    hours: (count: number) => `The link works for ${count} hours, and once.`,
    days: (count: number) => `The link works for ${count} days, and once.`,
  },
  when: 'When',
  where: 'Where',
  unknownBrowser: 'A browser that does not say what it is',
  browserOn: (browser: string, system: string) => `${browser} on ${system}`,
  footer: (product: string, host: string) => `This mail was sent by ${product} at ${host}.`,

  verifyEmail: {
    subject: 'Confirm your email address',
    body: 'Somebody, hopefully you, has given this address for an account. Confirm that it is yours:',
    action: 'Confirm address',
  },
  changeEmail: {
    subject: 'Confirm your new email address',
    body: 'Somebody, hopefully you, wants to use this address for their account. Confirm that it is yours:',
    action: 'Use this address',
  },
  resetPassword: {
    subject: 'Choose a new password',
    body: 'Somebody, hopefully you, has asked for a new password for your account. Choose one here:',
    action: 'Choose a password',
  },
  registration: {
    subject: 'Finish creating your account',
    body: 'Somebody, hopefully you, has begun to create an account with this address. Go on here:',
    action: 'Create the account',
  },
  registrationKnown: {
    subject: 'You already have an account',
    body: 'Somebody, hopefully you, has tried to create an account with this address. There is one already. Sign in here:',
    signIn: 'Sign in',
    reset: 'If you have forgotten your password, choose a new one:',
  },
  invitation: {
    subject: (product: string) => `You are invited to ${product}`,
    body: <T>(product: T, username: T): Phrase<T> => [
      'An administrator of ',
      product,
      ' has made an account for you, with the name ',
      username,
      '. Choose a password to begin:',
    ],
    action: 'Choose a password',
    unexpected: 'If you did not expect it, you need do nothing, or ask the administrator what it is for.',
  },
  emailChanged: {
    subject: 'Your email address has changed',
    body: <T>(address: T): Phrase<T> => [
      'Your account has another email address now: ',
      address,
      '. Mails no longer come here.',
    ],
  },
  appConnected: {
    subject: 'An app is connected to your account',
    body: <T>(app: T, host: T): Phrase<T> => [
      'You have let ',
      app,
      ' (',
      host,
      ') use your account, also while you are away, until you disconnect it.',
    ],
    check: 'If it was not you, disconnect it, then change your password:',
    action: 'See your connected apps',
  },
  newSignIn: {
    subject: 'A new sign-in to your account',
    body: 'Somebody has signed in to your account in a browser that you had not used before.',
  },
  passkeys: 'Passkeys',
  twoStep: 'Two-step sign-in',
  on: 'on',
  off: 'off',
  none: 'none',
  passwordReset: {
    subject: 'Your password was reset by email',
    body: 'The password of your account was reset with a link in an email. You are signed out everywhere, and all apps are disconnected. These can still open your account:',
    apps: 'Disconnected apps',
    check:
      'If it was not you, or if you do not recognize one of them, sign in and remove it. If you cannot sign in, tell the administrator:',
    action: 'Check who has access',
  },
  factorRemoval: {
    subject: 'Your passkeys and two-step sign-in will be removed',
    body: 'Somebody who knows the password of your account cannot use its passkeys and codes, and wants them removed. After that the password alone opens the account.',
    due: 'They will be removed',
    stop: 'If it was not you, stop it and choose a new password. The link works once:',
    action: 'Stop the removal',
  },
  factorsRemoved: {
    subject: 'Your passkeys and two-step sign-in are removed',
    body: 'As requested 72 hours ago, all passkeys and two-step sign-in are removed from your account, and you are signed out everywhere. Sign in with your password and set them up again.',
  },
  credentialChanged: {
    password: { subject: 'Your password has changed', body: 'The password of your account has changed.' },
    passkey_added: { subject: 'A passkey was added', body: 'A passkey was added to your account.' },
    passkey_removed: { subject: 'A passkey was removed', body: 'A passkey was removed from your account.' },
    second_factor_on: {
      subject: 'Two-step sign-in is on',
      body: 'From now on signing in to your account takes a code of your app, too.',
    },
    second_factor_off: {
      subject: 'Two-step sign-in is off',
      body: 'From now on signing in to your account takes no code any more.',
    },
    recovery_codes_renewed: {
      subject: 'You have new recovery codes',
      body: 'New recovery codes were made for your account. The ones of before no longer work.',
    },
    recovery_code_used: {
      subject: 'A recovery code was used',
      body: 'Somebody has signed in to your account with one of your recovery codes.',
    },
    account_deleted: {
      subject: 'Your account is deleted',
      body: 'Your account is deleted. Only the record of sign-ins and changes is kept for a limited time.',
    },
  },
  sessions: 'See your sessions',
}
