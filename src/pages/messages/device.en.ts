// Owns the words of the pages about another device, in English.
import type { Phrase } from './phrase.js'

export const deviceEn = {
  code: {
    title: 'Connect a device',
    lead: 'Enter the code that your device shows.',
    brought: 'A link has brought this code. Go on only if your device shows the same one.',
    field: 'Code',
    hint: 'Eight letters. Capitals, spaces and the dash do not matter.',
    submit: 'Continue',
    errors: {
      missing: 'A code has eight letters, none of them a vowel. Look at your device and type it again.',
      unknown:
        'This code is wrong or has expired. Compare it with your device. If it has been there for ten minutes, let the device show a new one.',
      used: 'This code has been used already. If your device is still waiting, let it show a new one.',
    },
  },

  confirm: {
    title: <T>(code: T): Phrase<T> => ['Does your device show ', code, '?'],
    onlyIf: 'Only go on if you see this code on your device, and started this yourself.',
    never: 'Nobody who helps you will ever ask you for it.',
    asks: <T>(app: T): Phrase<T> => [app, ' on that device asks to access your account.'],
    asked: <T>(time: T): Phrase<T> => ['The device asked on ', time, '.'],
    askedFrom: <T>(time: T, address: T): Phrase<T> => [
      'The device asked on ',
      time,
      ' from the address ',
      address,
      '.',
    ],
    untilSignOut: 'The connection ends when you sign out in this browser.',
  },

  outcomes: {
    allowed: {
      title: 'Go back to your device',
      explanation: <T>(app: T): Phrase<T> => [app, ' is connected with your account now.'],
      next: 'It may take a few seconds until the device goes on. You can close this page.',
    },
    denied: {
      title: 'The device was not let in',
      explanation: <T>(app: T): Phrase<T> => [app, ' gets no access. Nothing was shared.'],
      next: 'If that was a mistake, let the device show a new code. Else you can close this page.',
    },
    used: {
      title: 'This code was already used',
      explanation: <T>(_app: T): Phrase<T> => ['It has had its answer, in another window or browser.'],
      next: 'If your device is still waiting, let it show a new code and enter that one.',
    },
    expired: {
      title: 'This code has expired',
      explanation: <T>(_app: T): Phrase<T> => ['A code works for ten minutes. Nothing was shared.'],
      next: 'Let the device show a new code and enter that one.',
    },
  },

  seeConnections: 'See your connected apps',
  anotherCode: 'Enter a code',
}
