// The clients of a plan, registered by an administrator on the command line, as the suite's configuration has them.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Plan } from './plans.js'

/** A client with its secret or its private key. */
export type ExportedClient = Record<string, unknown>

/** Runs a command of Grantor and returns what it has printed. */
export type RunCommand = (args: string[], input?: string) => string

type Member = [name: string, value: unknown]

/**
 * @param suite address of the suite
 * @param folder for the public keys
 */
export async function createClients(
  { name, clients, scope }: Plan,
  suite: string,
  run: RunCommand,
  folder: string,
): Promise<ExportedClient[]> {
  const address = `${suite}/test/a/${name}`
  const create = (id: string, args: string[], members: Member[]): Record<string, unknown> => {
    const set = members.flatMap(([member, value]) => ['--set', `${member}=${JSON.stringify(value)}`])
    return JSON.parse(run(['client', 'create', '--id', id, '--name', id, '--json', ...args, ...set]))
  }
  const callback = ['--redirect-uri', `${address}/callback`]

  function withSecret(id: string, method: string, metadata: Record<string, unknown>): ExportedClient {
    const back = [...callback, '--post-logout-redirect-uri', `${address}/post_logout_redirect`]
    const members: Member[] = [
      // The plans of OpenID Connect send a code challenge in one module only, and want the claims from UserInfo.
      ['require_pkce', false],
      ['id_token_claims', 'minimal'],
      ...Object.entries(metadata),
    ]
    const { client_secret } = create(id, ['--kind', 'web', '--auth-method', method, ...back], members)
    return { client_id: id, client_secret, scope }
  }

  async function withKeys(id: string, number: number): Promise<ExportedClient> {
    if (clients.kind !== 'keys') throw new Error(`${name} has no keys`)
    const { algorithm, signedRequests = false, grant } = clients
    const { privateJwk, publicJwk } = await keyPair(algorithm, id)
    const file = path.join(folder, `${id}.jwks`)
    writeFileSync(file, JSON.stringify({ keys: [publicJwk] }))
    const args = ['--auth-method', 'private_key_jwt', '--jwks', file]
    const members: Member[] = [['dpop_bound_access_tokens', true]]
    if (grant === 'client_credentials') create(id, ['--kind', 'service', ...args], members)
    else {
      // A module sends the second client back to an address with a query.
      const query = number === 2 ? ['--redirect-uri', `${address}/callback?dummy1=lorem&dummy2=ipsum`] : []
      members.push(
        ['require_pushed_authorization_requests', true],
        ['id_token_signed_response_alg', algorithm],
      )
      if (signedRequests) members.push(['require_signed_request_object', true])
      create(id, ['--kind', 'web', ...args, ...callback, ...query], members)
    }
    return { client_id: id, jwks: { keys: [privateJwk] }, dpop_signing_alg: algorithm, scope }
  }

  switch (clients.kind) {
    case 'registered': {
      if (!clients.invited) return []
      const invitation = run(['registration', 'invite', '--uses', '200', '--allow-no-pkce', '--json'])
      const { initial_access_token } = JSON.parse(invitation)
      return ['Conformance 1', 'Conformance 2'].map((client_name) => ({ client_name, initial_access_token }))
    }
    case 'secret': {
      const metadata = clients.members?.(address) ?? {}
      return [
        withSecret(`${name}-1`, 'client_secret_basic', metadata),
        withSecret(`${name}-2`, 'client_secret_basic', metadata),
        withSecret(`${name}-post`, 'client_secret_post', {}),
      ]
    }
    case 'keys':
      return [await withKeys(`${name}-1`, 1), await withKeys(`${name}-2`, 2)]
  }
}

async function keyPair(alg: string, kid: string): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const about = { kid, alg, use: 'sig' }
  return {
    privateJwk: { ...(await exportJWK(privateKey)), ...about },
    publicJwk: { ...(await exportJWK(publicKey)), ...about },
  }
}
