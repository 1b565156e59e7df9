// Owns access tokens: minting them (RFC 9068, or opaque where the resource wants it) and reading them back alive.
import { verifyOwnJwt } from '../crypto/jwt.js'
import { makeOpaqueToken, type OpaqueClaims, readOpaqueToken } from '../crypto/opaque.js'
import type { Deps } from '../deps.js'
import type { Entitlement, Exchanged } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import { type Actor, exchangedJti, exchangesOf } from '../protocol/exchange.js'
import { formatScope } from '../protocol/scope.js'
import { placeIn, type StatusPlace, statusClaim } from '../protocol/status-list.js'
import type { TokenGrant } from '../store/store.js'
import { entryFor, placeOfTokens } from './place.js'
import { remembering } from './verified.js'

/** What an access token says. A JWT also says where its revocation will be told. */
export type AccessClaims = OpaqueClaims & { readonly place?: StatusPlace | undefined }

/** A token of ours that is alive: signed, unexpired, not revoked, of a live grant. Times are epoch seconds. */
export type AccessToken = AccessClaims & { readonly grant: TokenGrant }

/** `expiresIn` is in seconds. */
export type MintedToken = { readonly token: string; readonly expiresIn: number }

const typ = 'at+jwt'
/** Bytes of a JWT; longer ones are not ours. */
const maxLength = 16_384
/** How far in the future `iat` may lie, in seconds: another node's clock, not ours turned back (JW06). */
const skew = 60

/** Signs or seals the access token of an entitlement. */
export async function mintAccessToken(entitlement: Entitlement, deps: Deps): Promise<MintedToken> {
  const { resource, grantId, exchanged } = entitlement
  const iat = deps.now()
  const ttl = resource.tokenTtl ?? deps.config.accessTokenTtl
  const expiresIn = exchanged ? Math.min(ttl, exchanged.notAfter - iat) : ttl
  const claims: OpaqueClaims = {
    grantId,
    jti: jtiOf(entitlement, deps.random(12).toString('base64url')),
    clientId: entitlement.client.id,
    sub: entitlement.sub,
    aud: resource.identifier,
    scope: [...entitlement.scope],
    iat,
    exp: iat + expiresIn,
    authTime: entitlement.authTime,
    acr: entitlement.acr,
    amr: entitlement.amr && [...entitlement.amr],
    jkt: entitlement.jkt,
    act: entitlement.act,
    mayAct: entitlement.client.metadata.may_act,
  }
  const own = exchanged && (await recordExchange(claims, exchanged, entitlement, deps))
  if (resource.tokenFormat === 'opaque') {
    return { token: makeOpaqueToken(deps.secrets, claims, deps.random), expiresIn }
  }
  const signer = await deps.keyring.signer(resource.signingAlg ?? 'ES256')
  const place = own ?? (await placeOfTokens(entitlement, deps))
  return { token: await signer.sign(typ, toWire({ ...claims, place }, deps.config.issuer)), expiresIn }
}

function jtiOf({ grantId, exchanged }: Entitlement, own: string): string {
  return exchanged ? exchangedJti(exchanged.subject.jti, own) : `${grantId}.${own}`
}

/**
 * Writes an exchanged token down with a status list entry of its own, and only then looks once more at the token that
 * it is made from: what ends that from now on ends this one, too.
 * @throws OAuthError invalid_request when the subject token has ended meanwhile
 */
async function recordExchange(
  { jti, exp }: OpaqueClaims,
  { subject }: Exchanged,
  { resource }: Entitlement,
  deps: Deps,
): Promise<StatusPlace | undefined> {
  const { store, now } = deps
  const place = await entryFor(resource, deps)
  await store.exchangedTokens.create({
    jti,
    statusList: place?.list,
    statusIndex: place?.index,
    expiresAt: exp,
  })
  if (await readAccessToken(subject.text, deps)) return place
  await store.exchangedTokens.revokeFrom(jti, now())
  throw new OAuthError('invalid_request', 'the subject_token cannot be used', {
    parameter: 'subject_token',
    reason: 'it has just ended',
  })
}

/**
 * Revokes an access token and what was made from it. An exchanged one has a status list entry of its own. Another JWT
 * is revoked with all others that its grant has been given so far: offline
 * verifiers know it by the place that they share, and what they refuse is refused here, too.
 */
export async function revokeAccessToken(
  { jti, exp, grantId, place }: AccessToken,
  { store, now }: Pick<Deps, 'store' | 'now'>,
): Promise<void> {
  if (exchangesOf(jti) > 0) await store.exchangedTokens.revokeFrom(jti, now())
  else if (place) await store.grants.retire(grantId, place, now())
  else {
    // First what was made from it, so that a crash between leaves a token that can be revoked again.
    await store.exchangedTokens.revokeFrom(jti, now())
    await store.revokedTokens.add(jti, exp)
    await store.exchangedTokens.revokeFrom(jti, now())
  }
}

/** What telling a token from another needs. */
type Reading = Pick<Deps, 'config' | 'store' | 'keyring' | 'secrets' | 'now'>

/**
 * The access token behind a text, or undefined when it is not ours, has expired, was revoked, or belongs to a
 * grant that is no longer live. Whose audience it has is for the caller to judge.
 */
export async function readAccessToken(text: string, deps: Reading): Promise<AccessToken | undefined> {
  if (text.length > maxLength) return undefined
  const claims = await remembering(text, () => readClaims(text, deps), deps)
  const now = deps.now()
  if (claims === undefined || claims.exp <= now || claims.iat > now + skew) return undefined
  const grant = await deps.store.grants.findForToken(claims.grantId, claims.jti)
  if (!grant?.live || !(await isCurrent(claims, grant, deps))) return undefined
  if (grant.clientId === claims.clientId) return { ...claims, grant }
  // What the app has asked for by name is not for another client.
  return { ...claims, grant: { ...grant, claims: undefined } }
}

/** Not revoked without its grant: by itself, with its resource, or with the client that has exchanged another for it. */
async function isCurrent(
  { jti, place, aud, act, clientId }: AccessClaims,
  grant: TokenGrant,
  { config, store }: Reading,
): Promise<boolean> {
  const hasRow = exchangesOf(jti) > 0
  if (hasRow && !(await store.exchangedTokens.isActive(jti))) return false
  if (!hasRow && place && (grant.statusList !== place.list || grant.statusIndex !== place.index)) return false
  const ofAnother = clientId !== grant.clientId
  if (!hasRow && place && !ofAnother && act === undefined) return true
  if (ofAnother && (await store.clients.find(clientId))?.disabled !== false) return false
  // The entry is that of a grant for other resources, perhaps, so it does not tell what becomes of this one.
  return aud === config.issuer || (await store.resources.find(aud))?.disabled === false
}

/** What a token and its introspection say of the key that it is bound to (RFC 9449 6.1, 6.2). */
export function confirmation({ jkt }: Pick<AccessClaims, 'jkt'>): {
  readonly cnf?: { readonly jkt: string }
} {
  return jkt === undefined ? {} : { cnf: { jkt } }
}

/** RFC 6749 7.1: how a token is presented. */
export function tokenType({ jkt }: Pick<AccessClaims, 'jkt'>): 'Bearer' | 'DPoP' {
  return jkt === undefined ? 'Bearer' : 'DPoP'
}

/** RFC 9068 2.2. */
function toWire(claims: AccessClaims & { readonly place: StatusPlace }, issuer: string): object {
  return {
    iss: issuer,
    sub: claims.sub,
    aud: claims.aud,
    client_id: claims.clientId,
    iat: claims.iat,
    exp: claims.exp,
    jti: claims.jti,
    ...(claims.scope.length > 0 && { scope: formatScope(claims.scope) }),
    auth_time: claims.authTime,
    acr: claims.acr,
    amr: claims.amr,
    ...confirmation(claims),
    act: claims.act,
    may_act: claims.mayAct,
    status: statusClaim(issuer, claims.place),
  }
}

/** What the token says, once it is proven to be ours. */
async function readClaims(text: string, deps: Reading): Promise<AccessClaims | undefined> {
  return readOpaqueToken(deps.secrets, text) ?? readJwt(text, deps)
}

/** Our own claims again; their types are known because our own signature is on them. */
async function readJwt(text: string, deps: Reading): Promise<AccessClaims | undefined> {
  const { keyring, config, now } = deps
  const result = await verifyOwnJwt(text, { keyring, typ, issuer: config.issuer, now: now() })
  if ('fault' in result) return undefined
  const { claims } = result
  const jti = String(claims.jti)
  return {
    grantId: jti.slice(0, jti.indexOf('.')),
    jti,
    clientId: String(claims.client_id),
    sub: claims.sub,
    aud: claims.aud,
    scope: typeof claims.scope === 'string' ? claims.scope.split(' ') : [],
    iat: claims.iat,
    exp: claims.exp,
    authTime: claims.auth_time as number | undefined,
    acr: claims.acr as string | undefined,
    amr: claims.amr as string[] | undefined,
    jkt: (claims.cnf as { jkt: string } | undefined)?.jkt,
    act: claims.act as Actor | undefined,
    mayAct: claims.may_act as { sub: string } | undefined,
    // Absent in tokens from before there were status lists.
    place: claims.status === undefined ? undefined : placeIn(config.issuer, claims.status),
  }
}
