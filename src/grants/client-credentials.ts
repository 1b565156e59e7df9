// Owns the client that acts for itself (OAuth 2.1 4.2): no person, no refresh token, no ID token.
import { z } from 'zod'
import { newId, newSecret } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { type Client, isPublic } from '../protocol/client.js'
import { type Entitlement, ownGrantLifetime } from '../protocol/entitlement.js'
import { OAuthError } from '../protocol/error.js'
import { issuerResource, permittedResources } from '../protocol/permitted-resource.js'
import { type Resource, resolveResources } from '../protocol/resource.js'
import type { GrantStanding } from '../store/store.js'
import { entryFor, placeOf } from '../tokens/place.js'
import type { Grant } from './grant.js'

const params = z.object({ scope: z.string().optional(), resource: z.array(z.string()) })

export const clientCredentials: Grant<z.infer<typeof params>> = {
  params,
  async redeem({ scope, resource: asked }, client, deps) {
    if (isPublic(client.metadata)) {
      throw new OAuthError('unauthorized_client', 'a public client cannot act for itself')
    }
    const { issuer } = deps.config
    const [registered, standing] = await Promise.all([
      registeredFor(client, deps),
      deps.store.grants.standing(client.ownGrantId),
    ])
    const target = resolveResources({ scope, resources: asked, client, registered, issuer, strict: true })
    const [identifier, another] = target.resources
    if (another !== undefined) {
      throw new OAuthError('invalid_target', 'one token is for one resource', { parameter: 'resource' })
    }
    const permitted = permittedResources({ client, registered })
    const resource = permitted.find((one) => one.identifier === identifier) ?? issuerResource(issuer)
    const own = await ownGrant(client, standing, resource, deps)
    return { client, ...own, sub: client.id, resource, scope: target.scope }
  },
}

async function registeredFor(client: Client, deps: Deps): Promise<Resource[]> {
  const { resources } = client.metadata
  if (resources === undefined) return deps.store.resources.all()
  const found = await Promise.all(resources.map((identifier) => deps.store.resources.find(identifier)))
  return found.filter((resource) => resource !== undefined)
}

/**
 * The grant that the client's own tokens belong to. The first token begins it, and the first one after it has
 * been revoked or has grown old begins a new one: revoking it ends the tokens issued so far, while only
 * disabling the client ends its access.
 */
async function ownGrant(
  client: Client,
  standing: GrantStanding | undefined,
  resource: Resource,
  deps: Deps,
): Promise<Pick<Entitlement, 'grantId' | 'place'>> {
  const at = deps.now()
  const lastToken = at + (resource.tokenTtl ?? deps.config.accessTokenTtl)
  if (standing?.live && standing.expiresAt > lastToken) {
    return { grantId: client.ownGrantId, place: placeOf(standing) }
  }
  const id = newId(at, deps.random)
  const place = await entryFor(resource, deps)
  await deps.store.grants.create({
    id,
    kind: 'client',
    clientId: client.id,
    sessionBound: false,
    scope: [],
    resources: [],
    explicitResource: false,
    statusList: place?.list,
    statusIndex: place?.index,
    secret: newSecret(deps.random),
    generation: 0,
    createdAt: at,
    expiresAt: lastToken + ownGrantLifetime,
  })
  if (await deps.store.clients.adoptGrant(client.id, client.ownGrantId, id)) return { grantId: id, place }
  // Another request was faster; what it began serves both, and the row made here is swept.
  const grantId = (await deps.store.clients.find(client.id))?.ownGrantId ?? id
  const winner = await deps.store.grants.standing(grantId)
  return { grantId, place: winner && placeOf(winner) }
}
