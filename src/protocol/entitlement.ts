// Owns the value that stands between a grant type and the tokens: who may do what, where, for whom.
import type { ClaimsRequest } from './claims.js'
import type { Client } from './client.js'
import type { Actor } from './exchange.js'
import type { PermittedResource } from './permitted-resource.js'
import type { StatusPlace } from './status-list.js'
import type { User } from './user.js'

/** What a grant type made of its parameters. Everything a token response says comes from here. */
export type Entitlement = {
  readonly client: Client
  /** The unit of revocation: every token minted from this dies with that grant. */
  readonly grantId: string
  /** The place of that grant in the status lists, where it has one. */
  readonly place?: StatusPlace | undefined
  /** A user's `sub`, or the client's id when it acts for itself (RFC 9068 2.2). */
  readonly sub: string
  /** The one audience of the access token. */
  readonly resource: PermittedResource
  /** Scope of the access token; also the `scope` of the answer. */
  readonly scope: readonly string[]
  /** What the client has been granted in all, of which this token may carry less, or nothing (RFC 6749 3.3). */
  readonly grantedScope?: readonly string[] | undefined
  /** How the person signed in: epoch seconds, class, methods (RFC 9068 2.2.1). */
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** The key that the access token is bound to, by its thumbprint (RFC 9449 6). */
  readonly jkt?: string | undefined
  /** Who acts for the subject (RFC 8693 4.1). */
  readonly act?: Actor | undefined
  /** Present when the token is had for another (RFC 8693 2.2.1). */
  readonly exchanged?: Exchanged | undefined
  /** Present when the client gets a refresh token: what its text is computed from. */
  readonly refresh?: RefreshSeed | undefined
  /** Present when the client gets an ID token. */
  readonly idToken?: IdTokenSeed | undefined
}

/** What a client gets instead of tokens: our word about a person, for another authorization server (ID-JAG). */
export type IdentityAssertion = {
  /** The issuer that it is for, and the name that the client has there. */
  readonly audience: string
  readonly clientThere: string
  readonly client: Client
  readonly sub: string
  readonly email?: string | undefined
  readonly emailVerified?: boolean | undefined
  /** As they were asked for. */
  readonly resources: readonly string[]
  readonly scope: readonly string[]
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** Good only for who proves this key (RFC 7800 3.1). */
  readonly jkt?: string | undefined
}

export type Exchanged = {
  /** The `issued_token_type` of the answer. */
  readonly tokenType: string
  /** Epoch seconds: the token lives no longer than what it was had for. */
  readonly notAfter: number
  /** The token that it is made from, whose end is its own. */
  readonly subject: { readonly jti: string; readonly text: string }
}

export type RefreshSeed = { readonly id: string; readonly secret: string; readonly generation: number }

export type IdTokenSeed = {
  readonly user: User
  /** Granted scopes that this request has not left out, also those that the access token does not carry. */
  readonly scope: readonly string[]
  readonly sid?: string | undefined
  /** Only in the first ID token of a grant, never after a refresh (OIDC Core 12.2). */
  readonly nonce?: string | undefined
  /** What was asked by the `claims` parameter (OIDC Core 5.5). */
  readonly claims?: ClaimsRequest | undefined
}

/** Seconds for which one grant serves a client that acts for itself, before the next takes over. */
export const ownGrantLifetime = 90 * 86_400
