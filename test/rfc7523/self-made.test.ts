// Apps that make themselves known and sign with a key of their own (RFC 7523), and push their requests (RFC 9126).

import { decodeJwt } from 'jose'
import { afterEach, expect, it } from 'vitest'
import { makeInvitation } from '../../src/crypto/client-registration.js'
import { useOf } from '../../src/crypto/foreign-jwt.js'
import { hashSecret, newId } from '../../src/crypto/handle.js'
import { assertedPost, assertionOf, signing } from '../support/assertion.js'
import { createBrowser } from '../support/browser.js'
import { createWorld } from '../support/client-documents.js'
import { outcome } from '../support/connected.js'
import { authorizeUrl, redeem, refresh, tokenRequest, walk } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { appOf, manage, registerApp } from '../support/registration.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
afterEach(() => server.close())

const redirect_uris = ['https://app.test/cb']

/** The whole way, each request authenticated as the app is known. */
async function goes(app: Registered): Promise<void> {
  const person = await server.addUser()
  const pushed = await pushedUrl(server, app, { redirect_uri: redirect_uris[0] })
  const browser = createBrowser(server)
  await browser.open(pushed.url)
  const code = (await walk(browser, person)).get('code') ?? ''
  const { refresh_token = '' } = await redeem(server, app, { ...pushed, code })
  expect((await refresh(server, app, refresh_token)).status).toBe(200)
  const impostor = { ...app, client: { ...app.client, metadata: { ...app.client.metadata } } }
  Object.assign(impostor.client.metadata, { token_endpoint_auth_method: 'none' })
  const asked = { grant_type: 'refresh_token', refresh_token }
  expect(await outcome(await tokenRequest(server, impostor, asked))).toBe('401 invalid_client')
}

it('by a metadata document with keys in it', async () => {
  const world = createWorld()
  server = await createTestServer({ cheapPasswords: true, fetch: world.fetch })
  await goes(world.publish('https://app.test/client.json', { redirect_uris, ...signing() }))
})

it('by a metadata document that says where the keys are', async () => {
  const world = createWorld()
  server = await createTestServer({ cheapPasswords: true, fetch: world.fetch })
  const { jwks } = signing()
  const bytes = Buffer.from(JSON.stringify(jwks))
  world.answer('https://app.test/jwks', { status: 200, headers: {}, bytes })
  const keys = { jwks: undefined, jwks_uri: 'https://app.test/jwks' }
  await goes(world.publish('https://app.test/client.json', { redirect_uris, ...signing('ES256', keys) }))
})

it('by a free registration, which gets no secret', async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
  const information = await registerApp(server, { redirect_uris, ...signing() })
  expect(information).not.toHaveProperty('client_secret')
  await goes(appOf(information))
})

it('PC03: may name the token endpoint as audience where its registration asks for that', async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
  const asked = { redirect_uris, ...signing(), accept_token_endpoint_audience: true }
  const [legacy, usual] = [
    appOf(await registerApp(server, asked)),
    appOf(await registerApp(server, { ...asked, accept_token_endpoint_audience: undefined })),
  ]
  expect(legacy.client.metadata.accept_token_endpoint_audience).toBe(true)
  const push = async (app: Registered, aud: unknown) => {
    const params = Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams)
    const assertion = await assertionOf(server, app, { claims: { aud } })
    return outcome(await assertedPost(server, '/par', assertion, params))
  }
  for (const aud of [`${server.issuer}/token`, [`${server.issuer}/token`], [server.issuer]])
    expect(await push(legacy, aud)).toBe('201')
  expect(await push(legacy, `${server.issuer}/par`)).toBe('401 invalid_client')
  expect(await push(usual, `${server.issuer}/token`)).toBe('401 invalid_client')
  expect(await push(usual, [server.issuer])).toBe('201')
})

it('PC03: what self-registered clients leave for hours of assertions is bounded', async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
  const app = appOf(await registerApp(server, { redirect_uris, ...signing() }))
  const claims = { exp: server.clock.now + 3600 }
  const assertion = await assertionOf(server, app, { claims })
  await assertedPost(server, '/token', assertion, { grant_type: 'authorization_code' })
  const [use] = useOf('client assertion', app.client.id, { claims: decodeJwt(assertion) })
  const { replay } = server.deps.store
  expect(await replay.has(use)).toBe(true)
  // Counted for its address: others of that address make it the oldest, which makes room.
  const origin = { address: '192.0.2.1' }
  for (let n = 0; n < 40_000 && (await replay.has(use)); n += 1000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, at) => replay.once(`other ${n + at}`, claims.exp, origin)),
    )
  expect(await replay.has(use)).toBe(false)
})

it('PC12: by a secret that signs, in a free registration and after a change of the method', async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
  const asked = { redirect_uris, token_endpoint_auth_method: 'client_secret_jwt' }
  const information = await registerApp(server, asked)
  expect(information).toMatchObject({ client_secret: expect.stringMatching(/^[\w-]{43}$/) })
  await goes(appOf(information))
  expect(await server.deps.store.clients.secrets(information.client_id, server.clock.now)).toHaveLength(1)
  // A secret of which only the hash is known cannot verify an HMAC, so the client gets another one.
  const invited = await registerApp(server, { redirect_uris }, await invitation())
  const change = await manage(server, invited, 'PUT', { ...asked, client_id: invited.client_id })
  const changed = (await change.json()) as typeof invited
  expect(changed.client_secret).not.toBe(invited.client_secret)
  const service = appOf(changed)
  expect(await outcome(await tokenRequest(server, service, { grant_type: 'refresh_token' }))).toBe(
    '400 invalid_request',
  )
  const wrong = { ...service, secret: invited.client_secret ?? '' }
  expect(await outcome(await tokenRequest(server, wrong, { grant_type: 'refresh_token' }))).toBe(
    '401 invalid_client',
  )
})

it('PC12: by a secret that signs, with an initial access token', async () => {
  server = await createTestServer({ cheapPasswords: true })
  const asked = { redirect_uris, token_endpoint_auth_method: 'client_secret_jwt' }
  const app = appOf(await registerApp(server, asked, await invitation()))
  await goes(app)
  const rows = await server.deps.store.clients.secrets(app.client.id, server.clock.now)
  expect(rows.map(({ hash }) => hash)).toEqual([hashSecret(app.secret)])
})

async function invitation(): Promise<Record<string, string>> {
  const { secrets, random } = server.deps
  const granted = { id: newId(server.clock.now, random), exp: server.clock.now + 3600, uses: 1 }
  return { Authorization: `Bearer ${makeInvitation(secrets, granted, random)}` }
}
