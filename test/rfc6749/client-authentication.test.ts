// Client authentication (RFC 6749 2.3, OAuth 2.1 2.4): who is named, and which secrets are good, how long.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/crypto/handle.js'
import { outcome } from '../support/connected.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'], { isDefault: true })
  service = await server.addClient('service')
})
afterEach(() => server.close())

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const basic = (id: string, secret: string) => `Basic ${base64(`${id}:${secret}`)}`

function ask(fields: Record<string, string>, authorization?: string): Promise<Response> {
  return server.fetch('/token', {
    method: 'POST',
    headers: authorization === undefined ? {} : { Authorization: authorization },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }),
  })
}

/** Registers a secret of our choice, as none that we make would need encoding. */
async function addSecret(id: string, secret: string, expiresAt?: number) {
  const { store } = server.deps
  const row = { id: `s${id.padEnd(15, '0')}`, clientId: service.client.id, hash: hashSecret(secret) }
  await store.clients.addSecret({ ...row, createdAt: server.clock.now, ...(expiresAt && { expiresAt }) })
}

describe('failing', () => {
  it('with two names is nobody', async () => {
    const { client, secret } = service
    const other = await server.addClient('service')
    expect(await outcome(await ask({ client_id: other.client.id }, basic(client.id, secret)))).toBe(
      '401 invalid_client',
    )
    expect(await outcome(await ask({ client_id: client.id }, basic(client.id, secret)))).toBe('200')
  })

  it('with an assertion, which is not supported, is not taken for a public client', async () => {
    const app = await server.addClient('spa')
    const assertion = { client_id: app.client.id, client_assertion: 'x', grant_type: 'authorization_code' }
    expect(await outcome(await ask(assertion))).toBe('401 invalid_client')
  })
})

describe('a secret', () => {
  it('that was not encoded still works where that makes no difference, so with ours', async () => {
    expect(await outcome(await ask({}, `bASIC   ${base64(`${service.client.id}:${service.secret}`)}`))).toBe(
      '200',
    )
    await addSecret('2', 'pässwörd')
    expect(await outcome(await ask({}, basic(service.client.id, 'pässwörd')))).toBe('200')
    await addSecret('3', 'a+b')
    expect(await outcome(await ask({}, basic(service.client.id, 'a+b')))).toBe('401 invalid_client')
  })

  it('may be one of two while one of them expires', async () => {
    await addSecret('4', 'the next one')
    const { clients } = server.deps.store
    await clients.expireSecrets(service.client.id, 's400000000000000', server.clock.now + 60)
    for (const secret of [service.secret, 'the next one'])
      expect(await outcome(await ask({}, basic(service.client.id, secret)))).toBe('200')
    server.clock.advance(60)
    expect(await outcome(await ask({}, basic(service.client.id, service.secret)))).toBe('401 invalid_client')
    expect(await outcome(await ask({}, basic(service.client.id, 'the next one')))).toBe('200')
  })
})
