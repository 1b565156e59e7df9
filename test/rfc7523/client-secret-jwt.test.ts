// RFC 7523 2.2 with a shared secret (OIDC Core 9): which secrets sign, and how long.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { derivedClientSecret } from '../../src/crypto/client-secret.js'
import { hashSecret } from '../../src/crypto/handle.js'
import { assertedPost, assertionOf } from '../support/assertion.js'
import { outcome } from '../support/connected.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'], { isDefault: true })
  service = await server.addClient('service', { token_endpoint_auth_method: 'client_secret_jwt' })
})
afterEach(() => server.close())

async function ask(secret: string): Promise<string> {
  const assertion = await assertionOf(server, { ...service, secret })
  return outcome(await assertedPost(server, '/token', assertion, { grant_type: 'client_credentials' }))
}

async function addSecret(id: string, secret: string): Promise<void> {
  const { clients } = server.deps.store
  const clientId = service.client.id
  await clients.addSecret({ id, clientId, hash: hashSecret(secret), createdAt: server.clock.now })
}

it('takes the old secret beside the new one for as long as it is valid', async () => {
  const { clients } = server.deps.store
  const { id } = service.client
  const next = derivedClientSecret(id, 'zzzzzzzzzzzzzzzz', server.deps.secrets)
  await addSecret('zzzzzzzzzzzzzzzz', next)
  await clients.expireSecrets(id, 'zzzzzzzzzzzzzzzz', server.clock.now + 60)
  for (const secret of [service.secret, next]) expect(await ask(secret)).toBe('200')
  server.clock.advance(60)
  expect(await ask(service.secret)).toBe('401 invalid_client')
  expect(await ask(next)).toBe('200')
})

it('cannot use a secret of which only the hash is known', async () => {
  const random = 'k'.repeat(43)
  await addSecret('yyyyyyyyyyyyyyyy', random)
  expect(await ask(random)).toBe('401 invalid_client')
  expect(await ask(service.secret)).toBe('200')
})

it('cannot use the secret that would be derived for a row which holds another', async () => {
  const { id } = service.client
  await addSecret('yyyyyyyyyyyyyyyy', 'k'.repeat(43))
  const derived = derivedClientSecret(id, 'yyyyyyyyyyyyyyyy', server.deps.secrets)
  expect(await ask(derived)).toBe('401 invalid_client')
})

it('keeps no secret in the database, only hashes', async () => {
  const rows = await server.deps.store.clients.secrets(service.client.id, server.clock.now)
  expect(rows.map(({ hash }) => hash)).toEqual([hashSecret(service.secret)])
})
