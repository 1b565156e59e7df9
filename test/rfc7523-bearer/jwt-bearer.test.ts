// The grant by assertion (RFC 7523 2.1): what it gives, and how it ends.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { publicJwk } from '../support/assertion.js'
import { inactive, introspect, outcome } from '../support/connected.js'
import { authenticatedPost, claimsOf, tokensOf } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { startTarget } from '../support/logout-target.js'
import { api, assertionFor, bearer, type Trusting, trustingScene } from '../support/trusted.js'

let scene: Trusting
beforeEach(async () => {
  scene = await trustingScene({ issuer: 'http://localhost:9000' })
})
afterEach(() => scene.server.close())

it('gives an access token for the person here, and no refresh token', async () => {
  const { server, client, person } = scene
  const answer = await bearer(scene, await assertionFor(scene), { scope: 'read' })
  const body = await answer.json()
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 300,
    scope: 'read',
  })
  const { status, ...claims } = claimsOf(body.access_token)
  expect(status).toBeDefined()
  expect(claims).toEqual({
    iss: server.issuer,
    sub: person.user.sub,
    aud: api,
    client_id: client.client.id,
    iat: server.clock.now,
    exp: server.clock.now + 300,
    jti: expect.any(String),
    scope: 'read',
  })
})

it('is a connection like others: it is listed, and ends when it is ended', async () => {
  const { server, client, person } = scene
  const { store } = server.deps
  const first = await tokensOf(await bearer(scene, await assertionFor(scene)))
  const second = await tokensOf(await bearer(scene, await assertionFor(scene)))
  const page = { after: '', limit: 10, now: server.clock.now }
  expect(await store.grants.list({ ...page, sub: person.user.sub })).toHaveLength(2)
  await authenticatedPost(server, '/revoke', client, { token: first.access_token })
  expect(await introspect(server, client, first.access_token)).toEqual(inactive)
  expect(await introspect(server, client, second.access_token)).toMatchObject({ active: true })
  await store.users.setDisabled(person.user.sub, true, server.clock.now)
  expect(await introspect(server, client, second.access_token)).toEqual(inactive)
})

it('takes keys from where the issuer publishes them', async () => {
  const keys = [publicJwk(knownKey('RS256'), { kid: 'idp' })]
  const target = await startTarget((response) => void response.writeHead(200).end(JSON.stringify({ keys })))
  await scene.trust({ jwks: undefined, jwks_uri: target.url })
  expect(await outcome(await bearer(scene, await assertionFor(scene, { alg: 'RS256' })))).toBe('200')
  expect(await outcome(await bearer(scene, await assertionFor(scene, { alg: 'RS256' })))).toBe('200')
  expect(target.received).toHaveLength(1)
  await target.close()
  // Not the assertion is at fault.
  await scene.trust({ jwks: undefined, jwks_uri: target.url.replace(/:\d+/, ':1') })
  const answer = await bearer(scene, await assertionFor(scene))
  expect(answer.headers.get('retry-after')).toBe('10')
  expect(await outcome(answer)).toBe('503 temporarily_unavailable')
})
