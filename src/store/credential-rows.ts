// Owns the shapes of the rows that prove who a person is. Times are whole seconds since the epoch.

/** The secret of a person's one-time codes (RFC 6238), sealed by the caller. */
export type Totp = {
  readonly sub: string
  readonly sealed: string
  /** The latest time step whose code was accepted: none works twice (RFC 6238 5.2). */
  readonly lastStep: number
  /** The recovery codes that count: those of this set. */
  readonly codeSet: string
  readonly createdAt: number
}

/** A WebAuthn credential. `id` and `publicKey` (COSE) are base64url. */
export type Passkey = {
  readonly id: string
  readonly sub: string
  readonly publicKey: string
  readonly signCount: number
  readonly transports: string[]
  readonly name: string
  /** May be copied to other devices (BE). */
  readonly synced: boolean
  readonly backedUp: boolean
  readonly createdAt: number
  readonly lastUsedAt?: number | undefined
}

/** How many ways a person has to prove who they are, beside the password. */
export type Factors = { readonly totp: boolean; readonly passkeys: number; readonly recoveryCodes: number }

/** Second factors that are removed at `dueAt` unless the user stops it. */
export type FactorRemoval = {
  readonly sub: string
  /** With the secret, the handle of the link that stops it. */
  readonly id: string
  readonly secretHash: string
  readonly requestedAt: number
  readonly dueAt: number
  /** When the mail with the link left; it is not due before. */
  readonly announcedAt?: number | undefined
  /** From then on it cannot be stopped. */
  readonly startedAt?: number | undefined
}

/** What a mailed link proves, once. */
export type ActionToken = {
  readonly id: string
  readonly secretHash: string
  readonly purpose: 'verify_email' | 'change_email' | 'reset_password' | 'invitation' | 'registration'
  readonly sub?: string | undefined
  /** The address it was mailed to. */
  readonly email: string
  /** What the person was doing when it was sent. */
  readonly interactionId?: string | undefined
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt?: number | undefined
}
