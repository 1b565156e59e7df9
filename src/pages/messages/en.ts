// Owns every word that people read on pages, in English; its type is what another language must fill.
import { accessEn } from './access.en.js'
import { accountEn } from './account.en.js'
import { deviceEn } from './device.en.js'
import { mailEn } from './mail.en.js'
import type { Phrase } from './phrase.js'
import { signInEn } from './sign-in.en.js'
import { tooLargeEn } from './too-large.en.js'

export type { Phrase }

export type Messages = typeof en

export const en = {
  lang: 'en',
  errorPrefix: 'Error: ',
  problemHeading: 'There is a problem',
  skipLink: 'Skip to content',
  unnamed: 'No name',
  verified: 'Verified',
  unverified: 'Not verified',
  separator: ' \u00b7 ',

  account: accountEn,
  mail: mailEn,

  ...signInEn,
  ...accessEn,

  device: deviceEn,

  consent: {
    title: <T>(app: T): Phrase<T> => ['Allow ', app, ' to access your account?'],
    notYou: 'Not you?',
    verifiedBy: <T>(product: T): Phrase<T> => ['Verified by the administrator of ', product, '.'],
    selfRegistered:
      'Nobody has checked who is behind this app. Allow it only if you know it and started this yourself.',
    willBeAble: 'It will be able to',
    willBeAbleMore: 'It asks for more than before. It will be able to',
    inApi: <T>(api: T): Phrase<T> => ['In ', api],
    isNew: 'New',
    noDescription: 'The people who run this service have not said what this means.',
    nothing: 'Know that you have an account here, and nothing else',
    withoutScope: 'Use this service with your account',
    destination: {
      host: <T>(place: T): Phrase<T> => ['Your answer is sent to ', place, '.'],
      loopback: <T>(place: T): Phrase<T> => [
        'Your answer is sent to an app on this computer (',
        place,
        '). Any app running here could claim to be the one named above.',
      ],
      'private-scheme': <T>(place: T): Phrase<T> => [
        'Your answer is sent to the app on this device that opens ',
        place,
        ' links.',
      ],
    },
    offline: 'It stays connected, also while you are away, until you remove it under Connected apps.',
    untilSignOut: 'The connection ends when you sign out.',
    remembered: 'You will not be asked again unless it wants more.',
    notRemembered: 'You will be asked every time.',
    renews:
      'You will be asked each time you sign in to it. While you are signed in here, it can renew its access without asking.',
    about: 'About this app',
    clientId: 'Client ID',
    website: 'Website',
    privacy: 'Privacy policy',
    terms: 'Terms of service',
    deny: 'Deny',
    allow: 'Allow',
  },

  logout: {
    title: <T>(product: T): Phrase<T> => ['Sign out of ', product, '?'],
    asks: <T>(app: T): Phrase<T> => [app, ' asks to sign you out.'],
    backTo: <T>(app: T): Phrase<T> => ['Afterwards you go back to ', app, '.'],
    unregistered: (app: string) =>
      `${app} wants you to go to an address that is not registered for it, so you are still signed in. An administrator can add the address to the post-logout redirect URIs of the app.`,
    effect: 'Apps that were connected for this session lose their access.',
    others: 'Other accounts in this browser stay signed in.',
    disconnect: 'Also disconnect the apps that were connected in this browser',
    stay: 'Stay signed in',
    submit: 'Sign out',
  },

  loggedOut: {
    title: 'You are signed out',
    explanation: <T>(product: T): Phrase<T> => ['You have signed out of ', product, ' in this browser.'],
    hint: 'On a shared computer, close the browser too.',
    signIn: 'Sign in again',
  },

  formPost: {
    title: 'One moment',
    explanation: <T>(place: T): Phrase<T> => ['You are being sent back to ', place, '.'],
    hint: 'If nothing happens, choose Continue.',
    submit: 'Continue',
  },

  actions: {
    backToApp: (app: string) => `Back to ${app}`,
    backToTheApp: 'Back to the app',
    startAgain: 'Start again',
    account: 'Go to your account',
    tryAgain: 'Try again',
    signIn: 'Sign in',
    newLink: 'Ask for a new link',
    newPassword: 'Choose a new password',
  },

  details: {
    summary: 'Details for developers',
    error: 'Error',
    description: 'Description',
    parameter: 'Parameter',
    received: 'Value received',
    difference: 'Differs from a registered one in',
    clientId: 'Client ID',
    requestId: 'Request ID',
    openedAt: 'Address in the request',
    issuer: 'Address of the server (GRANTOR_ISSUER)',
    forwarded: 'X-Forwarded-Proto and X-Forwarded-Host',
    more: (length: number) => `\u2026 (${length} characters)`,
  },

  /** What can go wrong, for error pages. */
  problems: {
    unknown_client: {
      title: 'This app is not known here',
      explanation:
        'The link you followed names an app that is not registered. You were not signed in; nothing was shared.',
    },
    disabled_client: {
      title: 'This app is switched off',
      explanation: 'An administrator has disabled this app. You were not signed in; nothing was shared.',
    },
    app_document: {
      title: 'This app could not be checked',
      explanation:
        'The app names itself by a web address, and what is published there could not be read or is not valid. You were not signed in; nothing was shared. Try again in a while; if this comes back, tell the makers of the app.',
    },
    app_not_admitted: {
      title: 'Apps from this address are not let in',
      explanation:
        'The administrator has not opened this server to the app that sent you. You were not signed in; nothing was shared.',
    },
    redirect_uri: {
      title: 'This app sent a wrong return address',
      explanation:
        'The app asked to send you to an address that is not registered for it. You were not signed in; nothing was shared.',
    },
    invalid_request: {
      title: 'This link does not work',
      explanation: 'The app sent a request that is not valid. You were not signed in; nothing was shared.',
    },
    stale_request: {
      title: 'This sign-in is no longer valid',
      explanation:
        'It was used before, or it has waited for too long. Nothing was shared. Go back to the app and start again.',
    },
    expired: {
      title: 'This page has expired',
      explanation: 'It was open for too long. Nothing was shared. You can start again.',
      noWayOn: 'It was open for too long. Nothing was shared. Go back to the app and start again.',
    },
    other_browser: {
      title: 'This page belongs to another browser',
      explanation:
        'It was opened in another browser or its cookies are gone. Start again from the app, in this browser.',
    },
    forged: {
      title: 'This form could not be accepted',
      explanation:
        'It did not come from this site, or it is too old. Go back, reload the page and try again.',
    },
    no_cookies: {
      title: 'Your browser did not keep a cookie',
      explanation:
        'Signing in needs cookies from this site. Allow them, then go back to the app and start again.',
    },
    twin_cookies: {
      title: 'Your browser sent one cookie twice',
      explanation:
        'Only one of them can be from this site, so neither was used, and the other has been deleted. Reload the page. If this happens again, delete the cookies of this site.',
    },
    misaddressed: {
      title: 'This server is known by another address',
      explanation:
        'The page was opened at an address that the server does not call its own. Open the app again; if this comes back, its administrator has to correct GRANTOR_ISSUER or the proxy.',
    },
    done: {
      title: 'This page was already used',
      explanation: 'You have already answered here. Go back to the app to continue.',
    },
    logout: {
      title: 'You were not signed out',
      explanation: 'The app sent a sign-out request that is not valid.',
    },
    no_mail: {
      title: 'No mail can be sent here',
      explanation: 'This server has no mail server. Ask your administrator to set a new password for you.',
    },
    no_registration: {
      title: 'You cannot create an account here',
      explanation: 'Accounts are made by the administrator of this server. Ask for an invitation.',
    },
    not_found: { title: 'Page not found', explanation: 'There is nothing at this address.' },
    method_not_allowed: {
      title: 'This does not work here',
      explanation: 'The address does not accept this kind of request.',
    },
    ...tooLargeEn,
    too_many_requests: {
      title: 'Too many requests',
      explanation: 'Wait a moment, then try again.',
    },
    unavailable: {
      title: 'The service is not available right now',
      explanation: 'Please try again in a moment. Nothing was changed.',
    },
    server_error: {
      title: 'Something went wrong',
      explanation: 'The fault is ours, and it has been recorded. Please try again.',
    },
  },

  /** The server's own scopes, in a person's words. */
  scopes: {
    openid: { title: 'Recognise you', description: 'Know which account is yours when you come back.' },
    profile: { title: 'See your profile', description: 'Your name, picture and similar details.' },
    email: { title: 'See your email address', description: 'And whether it has been verified.' },
    address: { title: 'See your postal address', description: 'Street, city and country.' },
    phone: { title: 'See your phone number', description: 'And whether it has been verified.' },
    offline_access: {
      title: 'Stay connected',
      description: 'Use your account while you are away, until you remove the app.',
    },
  },
}
