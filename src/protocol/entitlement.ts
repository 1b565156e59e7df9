// Owns the value that stands between a grant type and the tokens: who may do what, where, for whom.
import type { ClaimsRequest } from './claims.js'
import type { Client } from './client.js'
import type { Resource } from './resource.js'
import type { User } from './user.js'

/** What a grant type made of its parameters. Everything a token response says comes from here. */
export type Entitlement = {
  readonly client: Client
  /** The unit of revocation: every token minted from this dies with that grant. */
  readonly grantId: string
  /** The place of that grant in the status lists, where it has one. */
  readonly place?: { readonly list: number; readonly index: number } | undefined
  /** A user's `sub`, or the client's id when it acts for itself (RFC 9068 2.2). */
  readonly sub: string
  /** The one audience of the access token. */
  readonly resource: Resource
  /** Scope of the access token; also the `scope` of the answer. */
  readonly scope: readonly string[]
  /** How the person signed in: epoch seconds, class, methods (RFC 9068 2.2.1). */
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** Present when the client gets a refresh token: what its text is computed from. */
  readonly refresh?: RefreshSeed | undefined
  /** Present when the client gets an ID token. */
  readonly idToken?: IdTokenSeed | undefined
}

export type RefreshSeed = { readonly id: string; readonly secret: string; readonly generation: number }

export type IdTokenSeed = {
  readonly user: User
  readonly sid?: string | undefined
  /** Only in the first ID token of a grant, never after a refresh (OIDC Core 12.2). */
  readonly nonce?: string | undefined
  /** What was asked by the `claims` parameter (OIDC Core 5.5). */
  readonly claims?: ClaimsRequest | undefined
}

/** Seconds for which one grant serves a client that acts for itself, before the next takes over. */
export const ownGrantLifetime = 90 * 86_400
