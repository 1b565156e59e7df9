// Owns the exchange of a token for one of another API (RFC 8693), for clients that are registered for it.
import { z } from 'zod'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Actor, delegated, exchangedScope, tokenTypes } from '../protocol/exchange.js'
import type { Resource } from '../protocol/resource.js'
import { includesResource } from '../protocol/resource-identifier.js'
import { type AccessToken, readAccessToken } from '../tokens/access-token.js'
import type { Grant } from './grant.js'
import { assertIdentity } from './id-jag.js'
import { findTarget } from './target.js'

const params = z.object({
  subject_token: z.string(),
  subject_token_type: z.string(),
  actor_token: z.string().optional(),
  actor_token_type: z.string().optional(),
  requested_token_type: z.string().default(tokenTypes.accessToken),
  scope: z.string().optional(),
  resource: z.array(z.string()),
  audience: z.array(z.string()),
})

type Asked = z.infer<typeof params>

/** The new token is made from the subject token and belongs to its grant: what ends either, ends it. */
export const tokenExchange: Grant<Asked> = {
  params,
  async redeem(asked, client, deps, jkt) {
    if (asked.requested_token_type === tokenTypes.idJag) return assertIdentity(asked, client, deps, jkt)
    const { token_exchange_audiences: audiences = [], token_exchange_scope: policy } = client.metadata
    if (audiences.length === 0) throw unapproved('this client is registered to exchange tokens for no API')
    const subject = await readSubject(asked, client, deps)
    const actor = await readActor(asked, client, deps)
    requireKeys([subject, actor], jkt)
    const act = actorFor(subject, actor, client)
    const resource = await findTarget(
      [...asked.resource, ...asked.audience],
      { client, among: audiences },
      deps,
    )
    const scope = exchangedScope({ asked: asked.scope, subject: subject.scope, policy, resource })
    const { grantId, sub, authTime, acr, amr } = subject
    return {
      client,
      grantId,
      sub,
      resource,
      scope,
      authTime,
      acr,
      amr,
      act,
      exchanged: {
        tokenType: issuedType(asked.requested_token_type, resource),
        notAfter: Math.min(subject.exp, actor?.exp ?? subject.exp),
        subject: { jti: subject.jti, text: asked.subject_token },
      },
    }
  },
}

/** To a client a token is as good as unknown that is neither its own nor for an API that it is (TX01). */
async function readSubject(asked: Asked, client: Client, deps: Deps): Promise<AccessToken> {
  const { subject_token: text, subject_token_type: type } = asked
  const subject = await readToken(text, type, 'subject_token', deps)
  if (subject.clientId !== client.id && !includesResource(client.metadata.resources ?? [], subject.aud)) {
    throw unusable('subject_token', 'of another client, for another API')
  }
  return subject
}

/** Who acts proves it by a token of its own, in which it acts for nobody. */
async function readActor(asked: Asked, client: Client, deps: Deps): Promise<AccessToken | undefined> {
  const { actor_token: text, actor_token_type: type } = asked
  if (text === undefined && type === undefined) return undefined
  if (text === undefined || type === undefined) {
    const parameter = text === undefined ? 'actor_token' : 'actor_token_type'
    throw new OAuthError('invalid_request', `${parameter} is missing`, { parameter })
  }
  const actor = await readToken(text, type, 'actor_token', deps)
  if (actor.clientId !== client.id) throw unusable('actor_token', 'of another client')
  if (actor.act !== undefined) throw unusable('actor_token', 'it acts for somebody itself')
  return actor
}

async function readToken(
  text: string,
  type: string,
  parameter: 'subject_token' | 'actor_token',
  deps: Deps,
): Promise<AccessToken> {
  if (type !== tokenTypes.accessToken && !(type === tokenTypes.jwt && text.includes('.'))) {
    throw new OAuthError('invalid_request', `tokens of this ${parameter}_type are not taken here`, {
      parameter: `${parameter}_type`,
    })
  }
  const token = await readAccessToken(text, deps)
  if (token === undefined) throw unusable(parameter, 'unknown, expired or revoked')
  return token
}

/** A token that is bound to a key is worth nothing to who cannot prove that key (RFC 9449 7.1, TX03). */
function requireKeys(tokens: readonly (AccessToken | undefined)[], proven: string | undefined): void {
  for (const token of tokens) {
    if (token?.jkt !== undefined && token.jkt !== proven) {
      throw new OAuthError('invalid_request', 'the key that a token is bound to was not proven')
    }
  }
}

/**
 * With an actor_token that one joins the chain; without, the client would pass for the subject itself, which is
 * a matter of its registration. Who acted before is never forgotten.
 * @throws OAuthError invalid_request when the subject has named somebody else (RFC 8693 4.4), unauthorized_client
 */
function actorFor(subject: AccessToken, actor: AccessToken | undefined, client: Client): Actor | undefined {
  const acting = actor?.sub ?? client.id
  if (subject.mayAct !== undefined && subject.mayAct.sub !== acting) {
    throw unusable('subject_token', `only ${subject.mayAct.sub} may act`)
  }
  if (actor !== undefined) return delegated(actor.sub, subject.act)
  if (client.metadata.token_exchange_impersonation) return subject.act
  throw unapproved('this client may not impersonate; an actor_token is needed')
}

/** @throws OAuthError invalid_request for a kind that is not issued, or not for this API */
function issuedType(requested: string, { tokenFormat }: Resource): string {
  const known =
    requested === tokenTypes.accessToken || (requested === tokenTypes.jwt && tokenFormat === 'jwt')
  if (known) return requested
  throw new OAuthError('invalid_request', 'tokens of this requested_token_type are not issued for it', {
    parameter: 'requested_token_type',
  })
}

/** RFC 8693 2.2.2: invalid for whatever reason, the client is told no more. */
function unusable(parameter: string, reason: string): OAuthError {
  return new OAuthError('invalid_request', `the ${parameter} cannot be used`, { parameter, reason })
}

function unapproved(description: string): OAuthError {
  return new OAuthError('unauthorized_client', description)
}
