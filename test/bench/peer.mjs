// Owns the other side of the comparison: oidc-provider in a process of its own, storing everything in memory.
// Plain JavaScript, so that it runs under bare `node` and no loader counts towards its memory.
// Usage: node peer.mjs FILE, where FILE holds a PeerSettings (peer.ts) as JSON.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import Provider from 'oidc-provider'

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const { issuer, port, clients, jwks, resources, claims, subs, ttl } = settings

/** Rows by model and id, and the secondary keys the adapter contract asks for: each look-up is one Map access. */
const rows = new Map()
const bySecondary = new Map()
const byGrant = new Map()
const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'])

class MapAdapter {
  constructor(model) {
    this.model = model
  }

  async upsert(id, payload) {
    const key = `${this.model}:${id}`
    rows.set(key, payload)
    if (payload.uid) bySecondary.set(`uid:${payload.uid}`, key)
    if (payload.userCode) bySecondary.set(`userCode:${payload.userCode}`, key)
    if (payload.grantId && grantable.has(this.model)) {
      const members = byGrant.get(payload.grantId)
      if (members) members.add(key)
      else byGrant.set(payload.grantId, new Set([key]))
    }
  }

  async find(id) {
    return rows.get(`${this.model}:${id}`)
  }

  async findByUid(uid) {
    return rows.get(bySecondary.get(`uid:${uid}`))
  }

  async findByUserCode(userCode) {
    return rows.get(bySecondary.get(`userCode:${userCode}`))
  }

  async consume(id) {
    rows.get(`${this.model}:${id}`).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    const key = `${this.model}:${id}`
    const payload = rows.get(key)
    if (payload?.grantId) byGrant.get(payload.grantId)?.delete(key)
    rows.delete(key)
  }

  async revokeByGrantId(grantId) {
    for (const key of byGrant.get(grantId) ?? []) rows.delete(key)
    byGrant.delete(grantId)
  }
}

const provider = new Provider(issuer, {
  adapter: MapAdapter,
  jwks,
  clients,
  cookies: { keys: ['a signing key for the cookies of the bench'] },
  scopes: ['openid', 'offline_access'],
  claims: {
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name'],
    email: ['email', 'email_verified'],
  },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  // What our server does: every client that may refresh gets a token, and a used one is replaced.
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  rotateRefreshToken: (ctx) => ctx.oidc.client.clientAuthMethod === 'none',
  pkce: { required: () => true },
  clientBasedCORS: () => true,
  renderError: (ctx, out) => {
    ctx.body = out
  },
  ttl: {
    AccessToken: ttl.accessToken,
    ClientCredentials: ttl.accessToken,
    IdToken: ttl.accessToken,
    AuthorizationCode: ttl.code,
    RefreshToken: 2_592_000,
    Interaction: 3600,
    Session: 86_400,
    Grant: 7_776_000,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, identifier) => {
        const resource = resources[identifier]
        return {
          scope: resource.scope,
          audience: identifier,
          accessTokenFormat: resource.format,
          ...(resource.format === 'jwt' && { jwt: { sign: { alg: resource.alg } } }),
        }
      },
    },
  },
})

/** Signs in who is hinted at and consents to everything asked: only preparation passes here, once per session. */
async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response)
  const accountId = subs[params.login_hint]
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope('openid profile email offline_access')
  for (const [identifier, { scope }] of Object.entries(resources)) grant.addResourceScope(identifier, scope)
  const grantId = await grant.save()
  const result = { login: { accountId, remember: true }, consent: { grantId } }
  await provider.interactionFinished(request, response, result)
}

const serve = provider.callback()
const server = http.createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return serve(request, response)
  interact(request, response).catch((error) => {
    response.writeHead(500).end(String(error?.stack))
  })
})
// One connection per client for the whole run: the default of 5 s would cut them between two workloads.
server.keepAliveTimeout = 120_000
server.listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
