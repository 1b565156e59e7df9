// Owns the rules of exchanging a token for another (RFC 8693): the kinds of tokens, who acts for whom, what scope is left.
import { z } from 'zod'
import { OAuthError } from './error.js'
import type { PermittedResource } from './permitted-resource.js'
import { defaultScopeOf } from './resource.js'
import { parseScope } from './scope.js'

/** Kinds of tokens that are read or issued here (3). */
export const tokenTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
  idJag: 'urn:ietf:params:oauth:token-type:id-jag',
} as const

/** Members of the registration, all ours: what a client may have by exchanging tokens; nothing unless it says so. */
export const exchangePolicy = {
  /** The APIs that it may get tokens for. */
  token_exchange_audiences: z.array(z.string().max(2048)).max(100).optional(),
  /** Space separated: scopes that those tokens may carry although the subject token does not. */
  token_exchange_scope: z.string().max(2048).optional(),
  /** Without an actor_token it passes for the subject itself (RFC 8693 1.1). */
  token_exchange_impersonation: z.boolean().optional(),
  /** Other authorization servers that it may take our word about a person to, and its client_id at each (ID-JAG). */
  id_jag_audiences: z.record(z.string().min(1).max(2048), z.string().min(1).max(255)).optional(),
  /** Who alone may act with the tokens that this client is issued (RFC 8693 4.4). */
  may_act: z.strictObject({ sub: z.string().min(1).max(255) }).optional(),
}

/** Who acts for the subject, and within, who acted before (4.1). */
export type Actor = { readonly sub: string; readonly act?: Actor | undefined }

/** A longer chain says nothing more that anybody decides upon, and makes every token longer. */
export const maxActors = 5

/**
 * The chain with one more actor, who is outermost.
 * @throws OAuthError invalid_request when it is too long
 */
export function delegated(actor: string, before: Actor | undefined): Actor {
  let actors = 1
  for (let earlier = before; earlier !== undefined; earlier = earlier.act) actors++
  if (actors > maxActors) {
    throw new OAuthError('invalid_request', `more than ${maxActors} parties would act one for another`, {
      parameter: 'subject_token',
    })
  }
  return before === undefined ? { sub: actor } : { sub: actor, act: before }
}

/** Exchanges one after another; each makes the `jti` longer. */
export const maxExchanges = 10

/** How many exchanges lie between the token with this `jti` and the one that its grant was given. */
export function exchangesOf(jti: string): number {
  return jti.split('.').length - 2
}

/**
 * The `jti` of a token that is made from another: that of the other, and a part of its own.
 * @throws OAuthError invalid_request when the token has been exchanged too often
 */
export function exchangedJti(subject: string, own: string): string {
  if (exchangesOf(subject) >= maxExchanges) {
    throw new OAuthError(
      'invalid_request',
      `the subject_token comes from ${maxExchanges} exchanges already`,
      {
        parameter: 'subject_token',
      },
    )
  }
  return `${subject}.${own}`
}

export type ScopeRequest = {
  /** As it came; undefined for the default scopes of the resource. */
  readonly asked: string | undefined
  /** What the subject token or the assertion carries. */
  readonly subject: readonly string[]
  /** The assertion names its scopes itself: without `asked` it means these. */
  readonly namesScope?: boolean
  /** What the client may have beyond that, as registered. */
  readonly policy: string | undefined
  readonly resource: PermittedResource
}

/**
 * The scope of the token: of what its resource knows, only what the subject token carries or the client's
 * registration allows.
 * @throws OAuthError invalid_scope
 */
export function exchangedScope({ asked, subject, namesScope, policy, resource }: ScopeRequest): string[] {
  const reach = new Set([...subject, ...parseScope(policy ?? '')])
  // A token that is never refreshed has no use for it (OIDC Core 11).
  reach.delete('offline_access')
  const allowed = resource.scopes.map(({ name }) => name).filter((name) => reach.has(name))
  const asks = asked === undefined ? [] : parseScope(asked)
  if (asks.length === 0 && !namesScope) return defaultScopeOf([resource], { reach: allowed, strict: true })
  const wanted = asks.length > 0 ? asks : allowed
  if (wanted.length === 0 || !wanted.every((name) => allowed.includes(name))) {
    throw new OAuthError('invalid_scope', 'the scope exceeds what may be had for this', {
      parameter: 'scope',
    })
  }
  return wanted
}
