// Owns the start of oidc-provider with the clients, keys and APIs that our server has.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { JWK } from 'jose'
import {
  type Api,
  apis,
  type Clients,
  type Contestant,
  idTokenAlg,
  type Keys,
  redirectUri,
  ttl,
  user,
} from './scenario.js'
import { discover, freePort, startServer } from './server-process.js'

export type PeerSettings = {
  issuer: string
  port: number
  clients: Record<string, unknown>[]
  jwks: { keys: JWK[] }
  /** By identifier. */
  resources: Record<string, Api>
  /** Everybody's. */
  claims: Record<string, unknown>
  /** By username. */
  subs: Record<string, string>
  ttl: typeof ttl
}

/** Starts oidc-provider with settings written to `folder`. */
export async function startPeer(
  folder: string,
  clients: Clients,
  keys: Keys,
  subs: Record<string, string>,
): Promise<Contestant> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const common = { redirect_uris: [redirectUri], id_token_signed_response_alg: idTokenAlg }
  const codeFlow = {
    ...common,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }
  const machine = { redirect_uris: [], grant_types: ['client_credentials'], response_types: [] }
  const secretOf = (client: { id: string; secret: string }) => ({
    client_id: client.id,
    client_secret: client.secret,
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const settings: PeerSettings = {
    issuer,
    port,
    clients: [
      { ...secretOf(clients.service), ...machine },
      { ...secretOf(clients.api), ...machine },
      { ...secretOf(clients.web), ...codeFlow },
      { client_id: clients.app.id, token_endpoint_auth_method: 'none', ...codeFlow },
    ],
    jwks: { keys: [keys.es256, keys.rs256] },
    resources: Object.fromEntries(Object.values(apis).map((api) => [api.identifier, api])),
    claims: { name: user.name, email: user.email, email_verified: true },
    subs,
    ttl,
  }
  const file = path.join(folder, 'peer.json')
  writeFileSync(file, JSON.stringify(settings))
  const script = path.join(import.meta.dirname, 'peer.mjs')
  const server = await startServer([script, file], {}, `${issuer}/.well-known/openid-configuration`)
  const endpoints = await discover(issuer)
  return {
    name: 'oidc-provider',
    port,
    issuer,
    sub: subs[user.username] as string,
    clients,
    endpoints,
    ...server,
  }
}
