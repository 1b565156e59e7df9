// Words about everything that gives access to an account, and about lost second factors, in English.
import type { Phrase } from './phrase.js'

export const accessEn = {
  lostFactor: {
    link: 'I have lost my second step',
    title: 'Lost your second step?',
    recovery: 'Use a recovery code',
    administrator: 'An administrator can remove the passkeys and two-step sign-in of your account at once.',
    removal:
      'You can also have all passkeys and two-step sign-in removed. We email you first. The removal happens 72 hours later, unless somebody stops it with the link in that email or signs in with one of them.',
    noMail:
      'There is no confirmed email address at which we could warn you, so only an administrator can remove them.',
    submit: 'Remove in 72 hours',
    planned: <T>(time: T): Phrase<T> => [
      'All passkeys and two-step sign-in of your account will be removed on ',
      time,
      '. The email that we sent has a link that stops it. After that, sign in with your password.',
    ],
    back: 'Back',
  },

  stopRemoval: {
    title: 'Keep passkeys and two-step sign-in?',
    about: <T>(time: T): Phrase<T> => ['They will be removed on ', time, ' unless you stop it.'],
    submit: 'Stop the removal',
  },

  access: {
    passkeys: 'Passkeys',
    twoStep: 'Two-step sign-in',
    apps: 'Connected apps',
    none: 'None',
    on: 'On',
    off: 'Off',
    created: 'Created',
    lastUsed: 'Last used',
    since: 'Since',
    required: 'An administrator requires it, so it stays.',
  },

  resetDone: {
    title: 'Your password has changed',
    lead: 'You are signed out everywhere, and all apps are disconnected. Passkeys and two-step sign-in stay as they were. Anybody who has one of the passkeys can sign in, so check that you know them all.',
    apps: 'Disconnected apps',
    check: 'Sign in and check',
    goOn: 'Sign in and continue',
  },

  check: {
    title: 'Check who has access',
    lead: 'Everything here gives access to your account, also without your password. Tick what you do not know.',
    submit: 'Remove what is ticked',
    sessions: 'See where you are signed in',
    connections: 'See what each app may do',
  },
}
