// grantor/verify and Grantor itself: the library takes what this server issues, and fetches nothing else of it.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { createVerifier, type Verifier } from '../../src/verify/index.js'
import { tokenRequest, tokensOf } from '../support/flow.js'
import { handClock } from '../support/hand-clock.js'
import { refusal } from '../support/issuer.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let service: Registered
const verifiers: Verifier[] = []
beforeAll(async () => {
  server = await createTestServer()
  for (const alg of signingAlgs)
    await server.addResource(`https://${alg}.test`, ['read'], { signingAlg: alg })
  service = await server.addClient('service', { resources: signingAlgs.map((alg) => `https://${alg}.test`) })
})
afterAll(async () => {
  for (const { close } of verifiers) close()
  await server.close()
})

const verifierFor = (audience: string) => {
  const { later } = handClock()
  const fetch = (url: string, init: RequestInit) => server.fetch(url, init)
  const verifier = createVerifier({
    issuer: server.issuer,
    audience,
    fetch,
    later,
    now: () => server.clock.now,
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
