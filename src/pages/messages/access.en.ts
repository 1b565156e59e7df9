// Words about everything that gives access to an account, and about lost second factors, in English.
import type { Phrase } from './phrase.js'

export const accessEn = {
  lostFactor: {
    link: 'I have lost my second step',
    title: 'Lost your second step?',
    recovery: 'Use a recovery code',
    administrator: 'An administrator can remove the passkeys and two-step sign-in of your account at once.',
    removal:
      'You can also have all passkeys and two-step sign-in removed. We send you an email first. They are removed 72 hours later, unless you stop it with the link in that email, or sign in with a passkey or a code.',
    noMail:
      'Your account has no confirmed email address for a warning, so only an administrator can remove them.',
    submit: 'Remove in 72 hours',
    planned: <T>(time: T): Phrase<T> => [
      'All passkeys and two-step sign-in of your account will be removed on ',
      time,
      '. From then on you sign in with your password alone. To stop it, open the link in the email that we sent.',
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
    lead: 'You are signed out everywhere, and all apps are disconnected. Passkeys and two-step sign-in stay as they were. Each passkey in this list still opens your account, so check that all of them are yours.',
    apps: 'Disconnected apps',
    check: 'Sign in and check',
    goOn: 'Sign in and continue',
  },

  check: {
    title: 'Check who has access',
    lead: 'Everything here gives access to your account, even without your password. Select what you do not recognize.',
    submit: 'Remove selected',
    sessions: 'See where you are signed in',
    connections: 'See what each app may do',
  },
}
