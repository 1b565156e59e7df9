// Required assurance: which proof of identity each route of an account needs, when its form is shown and when it is sent.

/** What must have been proven before a route of the account is served. */
export type AccountDemand = {
  /**
   * Seconds: the user must have confirmed since, on the way to a change of the account, that it is them, by password or
   * passkey. A sign-in on the way to anything else does not count: the browser may be borrowed.
   */
  readonly confirmedWithin?: number | undefined
  /** Any second factor, where the user has one or must have one. */
  readonly strong?: boolean | undefined
  /** Another account of this browser, or a new one. */
  readonly choose?: boolean | undefined
}

/** Seconds for which a confirmation counts. */
export const recentSeconds = 600

const signedIn: AccountDemand = {}

/** For what changes how a user signs in, and for what takes the data away or deletes it (ASVS 7.5.1, NIST SP 800-63B-4 4.1.2.1). */
const highest: AccountDemand = { confirmedWithin: recentSeconds, strong: true }

/**
 * Every route that shows or changes an account, by method and path below the issuer. A route without a row does not
 * work, and a test compares the rows with what is mounted.
 */
export const requiredAssurance: Readonly<Record<string, AccountDemand>> = {
  'GET /account': signedIn,
  'GET /account/activity': signedIn,
  'POST /account/sign-out': signedIn,

  'GET /account/profile': signedIn,
  'POST /account/profile': signedIn,
  'POST /account/profile/verify-email': signedIn,
  'GET /account/profile/email': highest,
  'POST /account/profile/email': highest,
  // The link was mailed after the proof above, and opens for up to an hour.
  'GET /change-email/:handle': { strong: true },
  'POST /change-email/:handle': { strong: true },

  'GET /account/password': highest,
  'POST /account/password': highest,

  'GET /account/check': highest,
  'POST /account/check': highest,

  'GET /account/passkeys': highest,
  'POST /account/passkeys': highest,
  'POST /account/passkeys/:passkey/rename': highest,
  'POST /account/passkeys/:passkey/remove': highest,
  // After a sign-in in the same interaction.
  'GET /passkey-offer/:interaction': highest,
  'POST /passkey-offer/:interaction': highest,

  'GET /account/second-factor': highest,
  'GET /account/second-factor/set-up': highest,
  'POST /account/second-factor/set-up': highest,
  'POST /account/second-factor/recovery-codes': highest,
  'POST /account/second-factor/turn-off': highest,
  // This is where the factor is proven. Only a user without one sets one up here, after a confirmation (step.ts).
  'POST /second-factor/:interaction': { confirmedWithin: recentSeconds },

  // To end access is never harder than to have it.
  'GET /account/sessions': signedIn,
  'POST /account/sessions/:session/end': signedIn,
  'POST /account/end-other-sessions': signedIn,
  'GET /account/connections': signedIn,
  'POST /account/connections/:client/disconnect': signedIn,

  'GET /account/data': highest,
  'GET /account/data/export': highest,
  'GET /account/delete': highest,
  'POST /account/delete': highest,
}
