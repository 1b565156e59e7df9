// Owns the shapes of the rows that the store hands out and takes in. Times are whole seconds since the epoch.
import type { AuthorizationRequest } from '../protocol/authorization.js'
import type { ClaimsRequest } from '../protocol/claims.js'
import type { SigningAlg } from '../protocol/client.js'
import type { AccountDemand } from '../protocol/required-assurance.js'
import type { User } from '../protocol/user.js'

export type * from './credential-rows.js'

/**
 * Who a row is written for: a client address of which nothing is proven, or `trusted`: a user who is signed in, an
 * administrator, a client that an administrator has registered and that has authenticated.
 */
export type Origin = 'trusted' | { readonly address: string }

/** A live or expiring client secret: only its hash is kept. */
export type ClientSecret = {
  readonly id: string
  readonly clientId: string
  readonly hash: string
  readonly createdAt: number
  /** Absent while it is the client's current one. */
  readonly expiresAt?: number | undefined
}

export type NewUser = Omit<
  User,
  'hasPassword' | 'passwordSetAt' | 'passwordResetAt' | 'secondFactorRequired' | 'passkeyOfferedAt'
> & {
  readonly secondFactorRequired?: boolean | undefined
}

export type StoredPassword = {
  readonly hash: string
  /** The hash is of the prepared form (RFC 8265 4.2), otherwise of what was typed. */
  readonly prepared: boolean
}

/** What of a user can be edited; the whole is replaced, so an absent e-mail removes it. */
export type UserEdit = Pick<User, 'sub' | 'username' | 'emailVerified' | 'claims' | 'updatedAt'> & {
  readonly email?: string | undefined
}

/** A person signed in on one browser. `id` and `secretHash` change at every sign-in, `sid` does not. */
export type Session = {
  readonly id: string
  readonly secretHash: string
  /** The `sid` claim of ID tokens (OIDC Front-Channel Logout 3). */
  readonly sid: string
  readonly sub: string
  readonly authTime: number
  readonly acr: string
  readonly amr: string[]
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly idleExpiresAt: number
  readonly expiresAt: number
  /** "Keep me signed in": has its own lifetimes, and outlives the closing of the browser. */
  readonly kept: boolean
  /** When the user last confirmed, on the way to a change of the account, that it is them. */
  readonly confirmedAt?: number | undefined
  /**
   * What form tokens of the account are bound to: a new one with each sign-in, the same for a new handle, so that a
   * form that is sent twice is accepted twice (BR06). Absent in sessions of older versions.
   */
  readonly formId?: string | undefined
  /** Where it began: an address, and browser and system in coarse words. */
  readonly ip?: string | undefined
  readonly browser?: string | undefined
  readonly system?: string | undefined
}

/** A password was right, and a second factor is still asked for: nobody is signed in yet. */
export type PendingSignIn = {
  readonly sub: string
  /** Epoch seconds. */
  readonly at: number
  /** When that password was set: another one makes this one worthless. */
  readonly passwordSetAt?: number | undefined
  readonly keep: boolean
  /** The browser can make passkeys, and said so. */
  readonly passkeyCapable: boolean
}

/** One journey of one browser: the request that was made and what is proven so far. */
export type Interaction = {
  readonly id: string
  readonly kind: 'authorize' | 'account' | 'device'
  /** Hash of the cookie of the browser that began it: no other may go on with it. */
  readonly browserHash: string
  readonly clientId?: string | undefined
  readonly request?: AuthorizationRequest | undefined
  /** What a device asks for: the whole of this journey is about it. */
  readonly deviceRequestId?: string | undefined
  readonly returnTo?: string | undefined
  readonly demand?: AccountDemand | undefined
  readonly pending?: PendingSignIn | undefined
  readonly sub?: string | undefined
  /** When this journey itself authenticated the person. */
  readonly authenticatedAt?: number | undefined
  readonly accountChosen: boolean
  readonly consented?: boolean | undefined
  /** What the app was sent, sealed, for the same browser that sends the last form once more; empty if nothing was. */
  readonly response?: string | undefined
  readonly createdAt: number
  /** Usable until then. */
  readonly expiresAt: number
  readonly completedAt?: number | undefined
  /** Kept until then, so that an expired page can begin again with the same request. */
  readonly keepUntil: number
}

/** The connection: who allowed which client what. The unit of revocation. */
export type GrantRow = {
  readonly id: string
  readonly kind: 'user' | 'client'
  readonly sub?: string | undefined
  readonly clientId: string
  readonly sid?: string | undefined
  /** Dies when its session ends (openid without offline_access). */
  readonly sessionBound: boolean
  readonly scope: string[]
  readonly resources: string[]
  readonly explicitResource: boolean
  readonly claims?: ClaimsRequest | undefined
  readonly nonce?: string | undefined
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: string[] | undefined
  /** Where its JWTs are in the status lists; both or neither. */
  readonly statusList?: number | undefined
  readonly statusIndex?: number | undefined
  /** 32 random bytes, base64url: half of what refresh tags are made from. */
  readonly secret: string
  /** The key that must redeem its code, and from then on refresh for a public client: its thumbprint (RFC 9449 5, 10). */
  readonly jkt?: string | undefined
  /** The generation of the current refresh token. */
  readonly generation: number
  readonly rotatedAt?: number | undefined
  readonly createdAt: number
  readonly lastUsedAt?: number | undefined
  readonly refreshIdleExpiresAt?: number | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly revokedAt?: number | undefined
  readonly revokedReason?: string | undefined
  /** When the last token under it will have expired; the row is swept after that. */
  readonly expiresAt: number
  /** Not revoked, and neither its user nor its client is disabled or deleted. Says nothing about `expiresAt`. */
  readonly live: boolean
}

export type NewGrant = Omit<GrantRow, 'live' | 'revokedAt' | 'revokedReason' | 'rotatedAt' | 'lastUsedAt'> & {
  readonly code?: NewCode | undefined
}

/** An entry of a status list whose tokens are not to be believed any more. `id` grows with every commit. */
export type Revocation = {
  readonly id: number
  readonly list: number
  readonly index: number
  /** When the last token that carries it will have expired. */
  readonly expiresAt: number
}

/**
 * The authorization code that a grant begins with (RFC 6749 4.1.2), hashed. It is there as long as the grant, so that
 * a replay is recognised while there is anything to end.
 */
export type Code = {
  readonly hash: string
  readonly redirectUri: string
  /** Absent for an authorization request without PKCE. */
  readonly challenge?: string | undefined
  readonly expiresAt: number
  readonly usedAt?: number | undefined
  /** Failed redemptions so far. */
  readonly misses: number
}

export type NewCode = Omit<Code, 'usedAt' | 'misses'>

export type KeyState = 'pending' | 'active' | 'retired'

/** A signing key; the private half is sealed by the caller. */
export type KeyRow = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly state: KeyState
  readonly sealed: string
  readonly publicJwk: Record<string, unknown>
  readonly createdAt: number
  readonly activatedAt?: number | undefined
  readonly retiredAt?: number | undefined
}

export type AuditRecord = {
  readonly id: string
  readonly at: number
  readonly type: string
  readonly sub?: string | undefined
  readonly clientId?: string | undefined
  readonly grantId?: string | undefined
  readonly sessionId?: string | undefined
  readonly ip?: string | undefined
  readonly detail?: Record<string, unknown> | undefined
  /** How many events the row stands for; absent: one. `at`, `ip` and `clientId` are those of the last. */
  readonly count?: number | undefined
  readonly expiresAt: number
}

/** A page of rows in the order of their ids; `after` is the last id of the page before. */
export type Page = { readonly after?: string | undefined; readonly limit: number }
