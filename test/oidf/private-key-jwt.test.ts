// The OpenID Foundation's modules that are about the keys of a client which authenticates by private_key_jwt.
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assertionOf, publicJwk } from '../support/assertion.js'
import { createWorld } from '../support/client-documents.js'
import { refresh } from '../support/flow.js'
import { appOf, registerApp } from '../support/registration.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { checkedTokens, createRelyingParty, type RelyingParty } from './relying-party.js'

const world = createWorld()

let server: TestServer
let rp: RelyingParty
beforeAll(async () => {
  const config = { clientRegistration: 'open' as const }
  server = await createTestServer({ cheapPasswords: true, fetch: world.fetch, config })
  rp = await createRelyingParty(server)
})
afterAll(() => server.close())

type Key = { kid: string; key: KeyObject }

const newKey = (): Key => ({
  kid: randomUUID(),
  key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
})

/** Each client has an address of its own: what is fetched from one is kept. */
function publish({ kid, key }: Key, jwksUri: string): { keys: object[] } {
  const set = { keys: [publicJwk(key, { kid, alg: 'ES256', use: 'sig' })] }
  const bytes = Buffer.from(JSON.stringify(set))
  world.answer(jwksUri, { status: 200, headers: { 'content-type': 'application/json' }, bytes })
  return set
}

async function register(members: Record<string, unknown>) {
  const information = await registerApp(server, {
    client_name: 'client of the suite',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: ['https://app.test/cb'],
    token_endpoint_auth_method: 'private_key_jwt',
    ...members,
  })
  expect(information.client_secret).toBeUndefined()
  return appOf(information)
}

/** What signs the next request of the app. */
const signedBy = async (app: ReturnType<typeof appOf>, { kid, key }: Key, claims = {}) => ({
  client_assertion: await assertionOf(server, app, { key, header: { kid }, claims }),
})

it('oidcc-registration-jwks-uri', async () => {
  const key = newKey()
  publish(key, 'https://app.test/jwks')
  const app = await register({ jwks_uri: 'https://app.test/jwks' })
  const { tokens, idToken } = await rp.signIn({ app, changes: await signedBy(app, key) })
  expect((await rp.userInfo(tokens.access_token)).sub).toBe(idToken.sub)
})

it('oidcc-ensure-client-assertion-with-iss-aud-succeeds', async () => {
  const key = newKey()
  const app = await register({ jwks: publish(key, 'https://app.test/unread') })
  const changes = await signedBy(app, key, { aud: server.issuer })
  expect((await rp.signIn({ app, changes })).tokens.access_token).toBeDefined()
})

it('oidcc-refresh-token-rp-key-rotation', async () => {
  const first = newKey()
  const jwks_uri = 'https://app.test/rotated'
  publish(first, jwks_uri)
  const app = await register({ jwks_uri })
  const params = { scope: 'openid offline_access', prompt: 'consent' }
  const { tokens } = await rp.signIn({ app, params, changes: await signedBy(app, first) })
  const [second, text] = [newKey(), tokens.refresh_token ?? '']
  publish(second, jwks_uri)
  // The suite lets a minute go by between the two.
  server.clock.advance(60)
  const response = await refresh(server, app, text, await signedBy(app, second))
  expect((await checkedTokens(response)).id_token).toBeDefined()
  const withOld = await refresh(server, app, text, await signedBy(app, first))
  expect([withOld.status, await withOld.json()]).toEqual([
    401,
    expect.objectContaining({ error: 'invalid_client' }),
  ])
})
