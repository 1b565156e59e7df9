// Owns the moment an app is let in: the grant, its code, and the way back with it.
import type { Context } from 'hono'
import { newHandle, newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { toldAcr } from '../protocol/acr.js'
import type { AuthorizationRequest } from '../protocol/authorization.js'
import { essentialValues } from '../protocol/claims.js'
import { OAuthError } from '../protocol/error.js'
import type { Session } from '../store/store.js'
import { type Addressee, answer, refuse } from './answer.js'
import type { Visitor } from './session.js'

/** Seconds for which a used code is remembered, so that a replay ends the grant (RFC 6749 4.1.2). */
const rememberCodeFor = 86_400

/**
 * Gives the app a code for what was asked and allowed. The grant comes before the code, so that a crash between
 * leaves one that nothing can be redeemed for; it lives as long as the code until it is redeemed.
 * @param consented the person has said yes to this very request, and not some time before
 */
export async function issueCode(
  c: Context,
  deps: Deps,
  errand: Addressee & { readonly request: AuthorizationRequest },
  visitor: Visitor,
  { consented }: { consented: boolean },
): Promise<Response> {
  const { store, config, random } = deps
  const { session, user } = visitor
  const { client, request, redirect } = errand
  const now = deps.now()
  const sessionBound = request.scope.includes('openid') && !request.scope.includes('offline_access')
  const grantId = newId(now, random)
  const { list: statusList, index: statusIndex } = await deps.status.place()
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
    acr: toldAcr(session.acr, essentialValues(request.claims, 'acr') ?? request.acrValues),
    amr: session.amr,
    statusList,
    statusIndex,
    secret: newSecret(random),
    generation: 0,
    createdAt: now,
    // What is bound to a session never outlives it; redeeming the code may only shorten this.
    refreshExpiresAt: sessionBound ? session.expiresAt : undefined,
    expiresAt: now + config.codeTtl,
  })
  await oweLogout(deps, errand, session)
  const lost = await whatIsLost(deps, errand, visitor, consented)
  if (lost) {
    await store.grants.revoke(grantId, now, lost.description)
    return refuse(c, deps, errand, lost, { interacted: true })
  }
  const codeId = newId(now, random)
  const { handle, hash } = newHandle(codeId, random)
  await store.codes.create({
    id: codeId,
    secretHash: hash,
    grantId,
    clientId: client.id,
    redirectUri: redirect.uri,
    codeChallenge: request.codeChallenge,
    expiresAt: now + config.codeTtl,
    keepUntil: now + rememberCodeFor,
  })
  return answer(c, deps, errand, { code: handle })
}

/**
 * OIDC Back-Channel Logout 2.5: a client that gets ID tokens in a session is told of its end. Written down before
 * the session is looked at once more, so that an end from then on finds it.
 */
async function oweLogout(
  { store }: Deps,
  { client, request }: Addressee & { readonly request: AuthorizationRequest },
  { sid, sub, expiresAt }: Session,
): Promise<void> {
  if (client.metadata.backchannel_logout_uri === undefined || !request.scope.includes('openid')) return
  await store.logoutCalls.owe({ sid, sub, clientId: client.id, expiresAt })
}

/**
 * What the grant rests on, looked at once it is there: a sign-out or a disconnection before could not end it,
 * one from now on does (AZ16).
 */
async function whatIsLost(
  { store }: Deps,
  { client }: Addressee,
  { session, user }: Visitor,
  consented: boolean,
): Promise<OAuthError | undefined> {
  if (!(await store.sessions.find(session.id))) {
    return new OAuthError('login_required', 'the person has just signed out')
  }
  if (consented || client.metadata.skip_consent || (await store.consents.find(user.sub, client.id))) {
    return undefined
  }
  return new OAuthError('consent_required', 'the person has just disconnected the app')
}
