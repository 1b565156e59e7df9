// Owns the grant by assertion of a trusted issuer (RFC 7523 2.1), the identity assertion grant (ID-JAG) among them.
import { z } from 'zod'
import { useOf } from '../crypto/foreign-jwt.js'
import { newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { exchangedScope } from '../protocol/exchange.js'
import type { PermittedResource } from '../protocol/permitted-resource.js'
import { includesResource, isSameResource } from '../protocol/resource-identifier.js'
import { isScopeToken } from '../protocol/scope.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import { entryFor } from '../tokens/place.js'
import { type Assertion, readAssertion, unusable } from './assertion.js'
import type { Grant } from './grant.js'
import { findTarget } from './target.js'

const params = z.object({
  assertion: z.string(),
  scope: z.string().optional(),
  resource: z.array(z.string()),
})

export const jwtBearer: Grant<z.infer<typeof params>> = {
  params,
  async redeem(asked, client, deps, jkt) {
    const assertion = await readAssertion(asked.assertion, client, deps)
    requireKey(assertion, jkt)
    const user = await findPerson(assertion, deps)
    const resource = await targetOf(assertion, asked.resource, client, deps)
    const scope = exchangedScope({
      asked: asked.scope,
      subject: reachOf(assertion, client),
      namesScope: assertion.claims.scope !== undefined,
      policy: undefined,
      resource,
    })
    const { replay } = deps.store
    if (!(await replay.once(...useOf('authorization grant', assertion.trusted.issuer, assertion), 'trusted')))
      throw unusable('used before')
    return beginGrant({ client, sub: user.sub, resource, scope }, deps)
  },
}

/** RFC 7800 3.1: one that names a key is for whoever proves that key, and no key is proven but by DPoP. */
function requireKey({ claims: { cnf } }: Assertion, proven: string | undefined): void {
  if (cnf === undefined) return
  const { jkt, ...others } = Object(cnf) as Record<string, unknown>
  if (Object.keys(others).length > 0) throw unusable('it is bound to a key in a way that is not supported')
  if (typeof jkt !== 'string' || jkt !== proven) throw unusable('it is bound to a key that was not proven')
}

/** The person here whom the assertion speaks of, by the one member that the issuer is trusted to name. */
async function findPerson({ claims, trusted }: Assertion, deps: Deps): Promise<User> {
  const { person, claim = person === 'email' ? 'email' : 'sub' } = trusted.rules
  const value = claims[claim]
  if (typeof value !== 'string' || value === '' || value.length > 255) throw unusable(`no ${claim} in it`)
  const user = await findBy(person, value, claims, deps)
  if (user === undefined || user.disabled) throw unusable('nobody here is that person')
  return user
}

async function findBy(
  person: Assertion['trusted']['rules']['person'],
  value: string,
  claims: Assertion['claims'],
  { store }: Deps,
): Promise<User | undefined> {
  if (person === undefined) return undefined
  if (person === 'sub') return value.startsWith('u_') ? store.users.find(value) : undefined
  const key = canonicalIdentifier(value)
  const user = await store.users.findByIdentifier(key)
  if (person === 'username') return user && canonicalIdentifier(user.username) === key ? user : undefined
  // An address that one of the two has not confirmed may be anybody's.
  if (claims.email_verified !== true || !user?.emailVerified || user.email === undefined) return undefined
  return canonicalIdentifier(user.email) === key ? user : undefined
}

/** APIs that the issuer is trusted for, the client may use, and the assertion names if it names any. */
function targetOf(
  { claims, trusted }: Assertion,
  asked: string[],
  client: Client,
  deps: Deps,
): Promise<PermittedResource> {
  const own = client.metadata.resources
  const named = [claims.resource, claims.audience].filter((claim) => claim !== undefined).map(identifiersIn)
  const among = (trusted.rules.resources ?? []).filter(
    (identifier) =>
      (own === undefined || includesResource(own, identifier)) &&
      named.every((uris) => uris.some((uri) => isSameResource(identifier, uri))),
  )
  return findTarget(asked, { client, among }, deps)
}

function identifiersIn(claim: unknown): string[] {
  const uris = [claim].flat()
  if (uris.every((uri) => typeof uri === 'string')) return uris
  throw unusable('its resource or audience is neither a text nor a list of texts')
}

/** Scopes that the issuer is trusted for, the client may ask for, and the assertion holds if it holds any. */
function reachOf({ claims: { scope }, trusted }: Assertion, client: Client): string[] {
  const own = client.metadata.scope?.split(' ')
  const usable = trusted.rules.scope.filter((name) => own?.includes(name) ?? true)
  if (scope === undefined) return usable
  const held = typeof scope === 'string' ? scope.split(' ') : undefined
  if (!held?.every((name) => name === '' || isScopeToken(name))) throw unusable('scope is no list of scopes')
  return usable.filter((name) => held.includes(name))
}

/** A connection of its own for each assertion, as short as its one token: there is nothing to refresh (RFC 7521 4.1). */
async function beginGrant(
  {
    client,
    sub,
    resource,
    scope,
  }: { client: Client; sub: string; resource: PermittedResource; scope: string[] },
  deps: Deps,
) {
  const { store, config, now, random } = deps
  const at = now()
  const grantId = newId(at, random)
  const place = await entryFor(resource, deps)
  await store.grants.create({
    id: grantId,
    kind: 'user',
    sub,
    clientId: client.id,
    sessionBound: false,
    scope,
    resources: [resource.identifier],
    explicitResource: true,
    statusList: place?.list,
    statusIndex: place?.index,
    secret: newSecret(random),
    generation: 0,
    createdAt: at,
    expiresAt: at + (resource.tokenTtl ?? config.accessTokenTtl),
  })
  // A person or client that was disabled meanwhile took what was there along, and this with it only if it is there.
  if (!(await store.grants.find(grantId))?.live) {
    throw new OAuthError('invalid_grant', 'the person or the client was disabled meanwhile')
  }
  return { client, grantId, place, sub, resource, scope }
}
