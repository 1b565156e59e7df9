// Owns the moment an app is let in: the grant, its code, and the way back with it.
import type { Context } from 'hono'
import { newHandle, newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { toldAcr } from '../protocol/acr.js'
import type { AuthorizationRequest } from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { requestedAcr } from '../protocol/strength.js'
import type { NewCode, Session } from '../store/store.js'
import { type Addressee, answer, refuse } from './answer.js'
import { findCurrentConsent } from './current-consent.js'
import type { Visitor } from './session.js'

/**
 * Gives the app a code for what was asked and allowed.
 * @param consented the person has said yes to this very request, and not some time before
 */
export async function issueCode(
  c: Context,
  deps: Deps,
  errand: Addressee & { readonly request: AuthorizationRequest },
  visitor: Visitor,
  { consented }: { consented: boolean },
): Promise<Response> {
  const { client, request, redirect } = errand
  const now = deps.now()
  const grantId = newId(now, deps.random)
  const { handle, hash } = newHandle(grantId, deps.random)
  const challenge = request.codeChallenge
  const code = { hash, redirectUri: redirect.uri, challenge, expiresAt: now + deps.config.codeTtl }
  // A row that came with a consent lasts as long as what is given to it: silent renewal prolongs it too.
  if (!consented && !client.verified) await deps.clients.keep(client)
  await beginGrant(deps, { grantId, client, request, code }, visitor)
  const lost = await endIfLost(deps, grantId, client, visitor, { consented })
  if (lost) return refuse(c, deps, errand, lost, { interacted: true })
  return answer(c, deps, errand, { code: handle })
}

export type NewConnection = {
  readonly grantId: string
  readonly client: Client
  readonly request: Pick<
    AuthorizationRequest,
    'scope' | 'resources' | 'explicitResource' | 'claims' | 'nonce' | 'acrValues' | 'dpopJkt'
  >
  /** What the app redeems it by. */
  readonly code: NewCode
}

/** Writes down what a person has allowed, here and now. It lives as long as its code until that is redeemed. */
export async function beginGrant(
  deps: Deps,
  { grantId, client, request, code }: NewConnection,
  { session, user }: Visitor,
): Promise<void> {
  const { store, random } = deps
  const now = deps.now()
  const sessionBound = request.scope.includes('openid') && !request.scope.includes('offline_access')
  await store.grants.create({
    id: grantId,
    kind: 'user',
    sub: user.sub,
    clientId: client.id,
    sid: session.sid,
    sessionBound,
    scope: request.scope,
    resources: request.resources,
    explicitResource: request.explicitResource,
    claims: request.claims,
    nonce: request.nonce,
    authTime: session.authTime,
    acr: toldAcr(session.acr, requestedAcr(request).values),
    amr: session.amr,
    jkt: request.dpopJkt,
    secret: newSecret(random),
    generation: 0,
    createdAt: now,
    // What is bound to a session never outlives it; redeeming the code may only shorten this.
    refreshExpiresAt: sessionBound ? session.expiresAt : undefined,
    expiresAt: code.expiresAt,
    code,
  })
  await oweLogout(deps, { client, request }, session)
}

/**
 * OIDC Back-Channel Logout 2.5, Front-Channel Logout 3: a client that gets ID tokens in a session is told of its end.
 * Written down before the session is looked at once more, so that an end from then on finds it.
 */
async function oweLogout(
  { store }: Deps,
  { client, request }: Pick<NewConnection, 'client' | 'request'>,
  { sid, sub, expiresAt }: Session,
): Promise<void> {
  const { backchannel_logout_uri, frontchannel_logout_uri } = client.metadata
  if ((backchannel_logout_uri ?? frontchannel_logout_uri) === undefined) return
  if (!request.scope.includes('openid')) return
  await store.logoutCalls.owe({ sid, sub, clientId: client.id, expiresAt })
}

/**
 * Looks at what a grant rests on once it is there: a sign-out or a disconnection before could not end it, one from
 * now on does (AZ16). Where something is lost the grant is over.
 */
export async function endIfLost(
  deps: Deps,
  grantId: string,
  client: Client,
  visitor: Visitor,
  { consented }: { consented: boolean },
): Promise<OAuthError | undefined> {
  const lost = await whatIsLost(deps, client, visitor, consented)
  if (lost) await deps.store.grants.revoke(grantId, deps.now(), lost.description)
  return lost
}

async function whatIsLost(
  deps: Deps,
  client: Client,
  { session, user }: Visitor,
  consented: boolean,
): Promise<OAuthError | undefined> {
  if (!(await deps.store.sessions.find(session.id))) {
    return new OAuthError('login_required', 'the person has just signed out')
  }
  if (consented || client.metadata.skip_consent || (await findCurrentConsent(deps, user.sub, client))) {
    return undefined
  }
  return new OAuthError('consent_required', 'the person has just disconnected the app')
}
