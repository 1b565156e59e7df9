// Token exchange (RFC 8693): what a client that may gets, and how others see it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/verify/index.js'
import { introspect } from '../support/connected.js'
import {
  accessToken,
  type Exchange,
  exchangeScene,
  exchangeToken,
  jwt,
  orders,
  ownToken,
  stock,
} from '../support/exchange.js'
import { authenticatedPost, claimsOf, tokensOf } from '../support/flow.js'
import { handClock } from '../support/hand-clock.js'
import { refusal } from '../support/issuer.js'

let scene: Exchange
beforeEach(async () => {
  scene = await exchangeScene()
})
afterEach(() => scene.server.close())

describe('2.2.1 the answer', () => {
  it('is a token of the API that was named, for the same person, by the one who acts', async () => {
    const { server, api, person, tokens } = scene
    const answer = await exchangeToken(scene, { scope: 'stock:read' })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = await answer.json()
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'stock:read',
    })
    const subject = claimsOf(tokens.access_token)
    expect(claimsOf(body.access_token)).toEqual({
      iss: server.issuer,
      sub: person.user.sub,
      aud: stock,
      client_id: api.client.id,
      iat: server.clock.now,
      exp: subject.exp,
      jti: expect.any(String),
      scope: 'stock:read',
      auth_time: subject.auth_time,
      acr: subject.acr,
      amr: subject.amr,
      act: { sub: api.client.id },
      status: { status_list: { idx: expect.any(Number), uri: expect.any(String) } },
    })
  })

  it('says jwt where that was asked for, unless the API has sealed tokens', async () => {
    const { server } = scene
    const asJwt = { requested_token_type: jwt }
    expect(await (await exchangeToken(scene, asJwt)).json()).toMatchObject({ issued_token_type: jwt })
    const resource = await server.deps.store.resources.find(stock)
    if (resource)
      await server.deps.store.resources.update({ ...resource, tokenFormat: 'opaque' }, server.clock.now)
    expect((await exchangeToken(scene, asJwt)).status).toBe(400)
    const { access_token } = await tokensOf(await exchangeToken(scene))
    expect(await introspect(server, scene.api, access_token)).toMatchObject({
      active: true,
      sub: scene.person.user.sub,
      act: { sub: scene.api.client.id },
    })
  })

  it('takes a sealed token too, and one that a client has for itself', async () => {
    const { server, api } = scene
    await server.addResource('https://sealed.test', ['sealed:read'], { tokenFormat: 'opaque' })
    const own = await server.addClient('service', { resources: ['https://sealed.test'] })
    const sealed = await ownToken(server, own)
    const metadata = { ...api.client.metadata, resources: ['https://sealed.test'] }
    await server.deps.store.clients.update({ id: api.client.id, metadata, updatedAt: server.clock.now })
    const { access_token } = await tokensOf(await exchangeToken(scene, { subject_token: sealed }))
    expect(claimsOf(access_token)).toMatchObject({ sub: own.client.id, act: { sub: api.client.id } })
  })
})

describe('1.1 delegation and impersonation', () => {
  it('who may impersonate leaves no trace, unless it says who acts', async () => {
    await scene.server.close()
    scene = await exchangeScene({ token_exchange_impersonation: true })
    const alone = { actor_token: undefined, actor_token_type: undefined }
    const impersonated = await tokensOf(await exchangeToken(scene, alone))
    expect(claimsOf(impersonated.access_token)).not.toHaveProperty('act')
    const delegated = await tokensOf(await exchangeToken(scene))
    expect(claimsOf(delegated.access_token).act).toEqual({ sub: scene.api.client.id })
  })

  it('an app exchanges its own tokens', async () => {
    await scene.server.close()
    scene = await exchangeScene({ resources: undefined })
    const { server, api } = scene
    const own = await ownToken(server, api, { resource: orders })
    const { access_token } = await tokensOf(await exchangeToken(scene, { subject_token: own }))
    expect(claimsOf(access_token)).toMatchObject({ sub: api.client.id, aud: stock })
  })
})

describe('4.1 the act claim', () => {
  it('is told by introspection and by grantor/verify, and revocation reaches it', async () => {
    const { server, app, api, tokens } = scene
    const { access_token } = await tokensOf(await exchangeToken(scene))
    const act = { sub: api.client.id }
    expect(await introspect(server, api, access_token)).toMatchObject({ act, sub: scene.person.user.sub })
    const verifier = createVerifier({
      issuer: server.issuer,
      audience: stock,
      fetch: (url, init) => server.fetch(url, init),
      later: handClock().later,
      now: () => server.clock.now,
    })
    expect((await verifier.verify(access_token)).act).toEqual(act)
    await authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token })
    await server.deps.status.refresh()
    server.clock.advance(31)
    expect((await refusal(verifier.verify(access_token))).reason).toContain('revoked')
    verifier.close()
    server.deps.status.streams.end()
  })
})

it('the metadata names the grant type', async () => {
  const { server } = scene
  const metadata = await (await server.fetch('/.well-known/oauth-authorization-server')).json()
  expect(metadata.grant_types_supported).toContain('urn:ietf:params:oauth:grant-type:token-exchange')
})
