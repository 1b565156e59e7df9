// grantor/verify and Grantor itself: the library takes what this server issues, and hears what it revokes.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/verify/index.js'
import { letIn } from '../support/connected.js'
import { createProver, hashOf, type Prover } from '../support/dpop.js'
import { authenticatedPost, tokenRequest, tokensOf } from '../support/flow.js'
import { handClock } from '../support/hand-clock.js'
import { refusal } from '../support/issuer.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
const verifiers: Verifier[] = []
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  for (const alg of signingAlgs)
    await server.addResource(`https://${alg}.test`, ['read'], { signingAlg: alg })
  service = await server.addClient('service', { resources: signingAlgs.map((alg) => `https://${alg}.test`) })
})
afterAll(async () => {
  for (const { close } of verifiers) close()
  server.deps.status.streams.end()
  await server.close()
})

const verifierFor = (audience: string, options: Partial<VerifierOptions> = {}) => {
  const { later } = handClock()
  const fetch = (url: string, init: RequestInit) => server.fetch(url, init)
  const verifier = createVerifier({
    issuer: server.issuer,
    audience,
    fetch,
    later,
    now: () => server.clock.now,
    ...options,
  })
  verifiers.push(verifier)
  return verifier
}
const tokenFor = async (resource: string) => {
  const params = { grant_type: 'client_credentials', scope: 'read', resource }
  return (await tokensOf(await tokenRequest(server, service, params))).access_token
}

it.each(signingAlgs)('takes its tokens, signed with %s', async (alg) => {
  const resource = `https://${alg}.test`
  const token = await tokenFor(resource)
  const claims = await verifierFor(resource).verify(token, { scope: 'read' })
  expect(claims).toMatchObject({ sub: service.client.id, client_id: service.client.id, aud: resource })
  expect((await refusal(verifierFor('https://other.test').verify(token))).reason).toContain('aud is')
  server.clock.advance(306)
  expect((await refusal(verifierFor(resource).verify(token))).reason).toContain('expired')
})

it('takes its tokens that are bound to a key, from who proves it', async () => {
  const resource = 'https://ES256.test'
  const prover = createProver(server)
  const params = { grant_type: 'client_credentials', scope: 'read', resource }
  const { access_token } = await tokensOf(await prover.token(service, params))
  const verifier = verifierFor(resource)
  const request = async (by: Prover, authorization = `DPoP ${access_token}`) => {
    const claims = { htu: `${resource}/things`, ath: hashOf(access_token) }
    const dpop = await by.proof('/things', claims, { method: 'GET' })
    return { method: 'GET', url: '/things?page=2', headers: { authorization, dpop } }
  }
  expect(await verifier.verify(await request(prover))).toMatchObject({ cnf: { jkt: prover.jkt } })
  for (const refused of [
    await request(createProver(server)),
    await request(prover, `Bearer ${access_token}`),
  ])
    expect((await refusal(verifier.verify(refused))).code).toBe('invalid_token')
})

describe('what Grantor revokes', () => {
  const scene = async () => {
    const app = await letIn(server, 'web')
    const revoke = async () => {
      const list = async () => (await server.fetch('/status-lists/1')).text()
      const before = await list()
      await authenticatedPost(server, '/revoke', app.app, { token: app.tokens.refresh_token })
      await server.deps.status.refresh()
      await vi.waitFor(async () => expect(await list()).not.toBe(before))
    }
    return { token: app.tokens.access_token, revoke }
  }

  it('is refused within one ttl', async () => {
    const verifier = verifierFor(server.issuer)
    const { token, revoke } = await scene()
    await verifier.verify(token)
    await revoke()
    server.clock.advance(31)
    expect((await refusal(verifier.verify(token))).reason).toContain('revoked')
  })

  it('is refused at once where it is pushed', async () => {
    const api = await server.addClient('service')
    const push = { clientId: api.client.id, clientSecret: api.secret }
    const faults: string[] = []
    const verifier = verifierFor(server.issuer, { push, onFault: (reason) => faults.push(reason) })
    const { token, revoke } = await scene()
    await verifier.verify(token)
    await revoke()
    await vi.waitFor(async () => expect((await refusal(verifier.verify(token))).reason).toContain('revoked'))
    expect(faults).toEqual([])
  })

  it('is known before the first token, where lists are fetched ahead', async () => {
    const { token, revoke } = await scene()
    await revoke()
    const verifier = verifierFor(server.issuer, { prefetchLists: true })
    await verifier.ready()
    expect((await refusal(verifier.verify(token))).reason).toContain('revoked')
  })
})
