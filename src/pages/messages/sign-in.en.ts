// Owns the words of the pages on the way in, in English.
import type { Phrase } from './phrase.js'

const passkey = {
  cancelled: 'That was cancelled or took too long. Try again.',
  failed: 'That did not work. Try again, or use another way.',
  known: 'There is a passkey for this account on this device already.',
  unsupported: 'This browser cannot use passkeys here, or its scripts are off.',
}

/** Why a password cannot be taken. */
const passwordFaults = {
  missing: 'Enter a password.',
  too_short: (min: number) => `Choose a longer password: at least ${min} characters.`,
  too_long: 'Choose a shorter password: at most 1,024 bytes, which are as many English letters.',
  characters: 'Choose a password without invisible or control characters. Some emoji contain them.',
  common: 'That password is among the first that others would try. Choose another.',
  personal: 'That password is too close to your name, your address or this site. Choose another.',
  busy: 'Too many people are signing in at this moment. Please try again.',
}

export const signInEn = {
  passkey,
  passwordFaults,
  emailDomain: 'The part after the @ is not a valid domain. Check how it is spelled.',

  login: {
    title: 'Sign in',
    confirmTitle: 'Confirm that it is you',
    toApp: <T>(app: T): Phrase<T> => ['to continue to ', app],
    toProduct: <T>(product: T): Phrase<T> => ['to continue to ', product],
    reasons: {
      prompt: 'The app asks you to sign in again, although you are signed in.',
      max_age: 'It has been a while since you signed in. Enter your password to go on.',
      hint_mismatch: 'The app expects another account than the one you are signed in with.',
      step_up: 'The app asks you to sign in again, in a stronger way.',
      fresh: 'The next step affects the security of your account. Confirm that it is you.',
    },
    username: 'Username or email',
    password: 'Password',
    submit: 'Sign in',
    confirm: 'Confirm',
    cancel: 'Cancel',
    keep: 'Keep me signed in',
    keepHint: 'Not on a shared computer.',
    show: 'Show',
    withPasskey: 'Sign in with a passkey',
    forgot: 'Forgot your password?',
    signUp: 'Create an account',
    errors: {
      wrong: 'The username or password is wrong.',
      wrongPassword: 'The password is wrong.',
      missing: 'Enter your username and password.',
      missingPassword: 'Enter your password.',
      disabled: 'This account is disabled. Ask your administrator.',
      passkey: 'The passkey was not accepted, or it took too long. Try again, or use your password.',
      busy: 'Too many people are signing in at this moment. Please try again.',
      throttled: (wait: string) => `Too many attempts. Try again in ${wait}.`,
    },
  },

  selectAccount: {
    title: 'Choose an account',
    submit: 'Continue',
    other: 'Use another account',
    signIn: 'Sign in',
  },

  secondFactor: {
    titles: {
      totp: 'Enter a code',
      passkey: 'Use your passkey',
      recovery: 'Use a recovery code',
    },
    leads: {
      totp: 'Open your authenticator app and enter the six digits that it shows for this account.',
      passkey: 'Confirm with your fingerprint, your face, a security key or the code of your device.',
      recovery: 'Enter one of the codes that you have kept. Each works once.',
    },
    code: 'Code',
    recoveryCode: 'Recovery code',
    submit: 'Continue',
    usePasskey: 'Use a passkey',
    instead: {
      totp: 'Use a code of your app instead',
      passkey: 'Use a passkey instead',
      recovery: 'Use a recovery code instead',
    },
    errors: {
      wrong: 'This code is not right. A code works for about a minute, and once.',
      wrongRecovery: 'This code is not right, or it was used before.',
      missing: 'Enter the code.',
      passkey: 'The passkey was not accepted, or it took too long. Try again.',
    },
  },

  enrolment: {
    title: 'Set up two-step sign-in',
    why: 'From now on signing in takes your password and a code from an app on your phone.',
    scan: 'Scan this with an authenticator app',
    qrLabel: 'QR code with the key that is written below it',
    byHand: 'If you cannot scan it, type this key into the app:',
    next: 'Then enter the six digits that the app shows.',
    code: 'Code',
    submit: 'Turn on',
    wrong: 'This code is not right. Check that the clock of your phone is, and enter the next one.',
    back: 'Back',
  },

  recoveryCodes: {
    title: 'Keep these recovery codes',
    lead: 'If your phone is lost, one of these gets you in. Keep them where you keep important papers. They are shown only now.',
    list: 'Recovery codes',
    copy: 'Copy',
    copied: 'Copied',
    submit: 'I have kept them',
  },

  passkeyOffer: {
    title: 'Sign in faster next time',
    lead: 'With a passkey you sign in by fingerprint, face or the code of your device. There is nothing to remember, and nothing that can be stolen from this site.',
    submit: 'Create a passkey',
    skip: 'Not now',
    goOn: 'Continue',
  },

  forgotPassword: {
    title: 'Choose a new password',
    lead: 'Enter your username or email address. A mail with a link will be sent to you.',
    field: 'Username or email',
    submit: 'Send the mail',
    missing: 'Enter your username or email address.',
    sentTitle: 'Look into your mail',
    sent: 'If there is an account of this name, a mail is on its way to its address. The link in it works for 30 minutes.',
    notThere: 'Nothing there after some minutes? Look among unwanted mail, or ask your administrator.',
    back: 'Back to sign in',
  },

  signUp: {
    title: 'Create an account',
    lead: 'Enter your email address. A mail with a link will be sent to you, and there you go on.',
    field: 'Email',
    submit: 'Send the mail',
    invalid: 'Enter an email address, like name@example.org.',
    sentTitle: 'Look into your mail',
    sent: <T>(address: T): Phrase<T> => [
      'A mail is on its way to ',
      address,
      '. The link in it works for 60 minutes.',
    ],
    back: 'Back to sign in',
  },

  newPassword: {
    titles: {
      reset: 'Choose a new password',
      registration: 'Create your account',
      invitation: 'Welcome',
    },
    resetEffect: 'You will be signed out everywhere, and connected apps will have to ask you again.',
    username: 'You will sign in as',
    name: 'Your name',
    nameHint: 'As apps that you allow may show it. You can leave it out.',
    password: 'New password',
    passwordHint: (min: number) =>
      `At least ${min} characters. Several words are easy to remember and hard to guess.`,
    submits: {
      reset: 'Set the password',
      registration: 'Create the account',
      invitation: 'Set the password',
    },
  },

  confirmEmail: {
    verify: { title: 'Confirm your email address', submit: 'This is my address' },
    change: { title: 'Use this email address?', submit: 'Use this address' },
    about: <T>(address: T): Phrase<T> => ['The address is ', address, '.'],
    other: <T>(account: T): Phrase<T> => [
      'The link in the mail belongs to another account than the one that you are signed in with here: ',
      account,
    ],
    switch: 'Switch to the account of the link',
  },

  notices: {
    dead_link: {
      title: 'This link does not work any more',
      explanation:
        'It was used already, it is too old, or something has changed since it was sent. Nothing has happened now.',
    },
    removal_stopped: {
      title: 'Nothing will be removed',
      explanation:
        'Your passkeys and two-step sign-in stay. Whoever asked for the removal knows your password. If it was not you, choose a new one now.',
    },
    email_taken: {
      title: 'This address belongs to another account',
      explanation: 'Your address has not changed. Choose another one.',
    },
    email_confirmed: {
      title: 'Your email address is confirmed',
      explanation: 'Mails about your account come to this address.',
    },
    account_ready: {
      title: 'Your account is ready',
      explanation: 'If you began in another browser or in an app, go back there and sign in.',
    },
    password_reset: {
      title: 'Your password has changed',
      explanation:
        'You are signed out everywhere, and all apps are disconnected. Sign in with the new password.',
    },
    account_deleted: {
      title: 'Your account is deleted',
      explanation:
        'Your profile and your ways to sign in are gone, and apps that you had connected have lost their access. Only the record of sign-ins and changes is kept for a limited time.',
    },
  },
}
