// RFC 8707 2, RFC 3986 6.2: two spellings of one resource are compared alike at every endpoint.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tokenTypes } from '../../src/protocol/exchange.js'
import { jwtBearerType, tokenExchangeType } from '../../src/protocol/grant-type.js'
import { isSameResource, maxSpellings, spellingsOf } from '../../src/protocol/resource-identifier.js'
import { createBrowser } from '../support/browser.js'
import { ask, enter, poll } from '../support/device.js'
import {
  authenticatedPost,
  type Changes,
  claimsOf,
  exchange,
  getCode,
  redeem,
  refresh,
  tokenRequest,
  tokensOf,
  walk,
} from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { assertionFor, bearer, trustingScene } from '../support/trusted.js'

describe('PC01: isSameResource', () => {
  it.each([
    ['https://API.example:443/x', 'https://api.example/x'],
    ['HTTPS://api.example/x', 'https://api.example/x'],
    ['http://api.example:80', 'http://api.example/'],
    ['https://api.example:', 'https://api.example/'],
    ['https://API.example:8443/x', 'https://api.example:8443/x'],
    ['https://[2001:DB8::1]:443/x', 'https://[2001:db8::1]/x'],
    ['https://API.example?a=B', 'https://api.example:443?a=B'],
    ['URN:api:Calendar', 'urn:api:Calendar'],
  ])('%s is %s', (one, other) => {
    expect([isSameResource(one, other), isSameResource(other, one)]).toEqual([true, true])
    expect(spellingsOf(one)).toContain(other.toLowerCase())
    expect(spellingsOf(other)).toContain(one.toLowerCase())
    expect(spellingsOf(one).length).toBeLessThanOrEqual(maxSpellings)
  })

  it.each([
    ['https://api.example/x', 'https://api.example/X'],
    ['https://api.example/x', 'https://api.example/x/'],
    ['https://api.example/x?a=B', 'https://api.example/x?a=b'],
    ['https://api.example/x?', 'https://api.example/x'],
    ['https://api.example?a', 'https://api.example/?a'],
    ['https://api.example:8443', 'https://api.example'],
    ['https://api.example:80', 'https://api.example'],
    ['https://api.example:0443', 'https://api.example'],
    ['http://api.example', 'https://api.example'],
    ['https://api.example/%7Ex', 'https://api.example/~x'],
    ['https://api.example/a/../x', 'https://api.example/x'],
    ['https://User@api.example/x', 'https://user@api.example/x'],
    ['https://api.example.', 'https://api.example'],
    ['https://127.1/x', 'https://127.0.0.1/x'],
    ['https://api.example@evil.example:443/x', 'https://api.example/x'],
    // The Kelvin sign, which becomes a k.
    ['https://\u212Aelvin.example', 'https://kelvin.example'],
    ['urn:api:Calendar', 'urn:api:calendar'],
  ])('%s is not %s', (one, other) => {
    expect([isSameResource(one, other), isSameResource(other, one)]).toEqual([false, false])
  })
})

describe.each([
  ['https://API.example:443/v1?tenant=A', 'https://api.example/v1?tenant=A'],
  ['https://api.example/v1?tenant=A', 'HTTPS://API.example:443/v1?tenant=A'],
])('PC01: %s is registered, and %s is asked for', (registered, asked) => {
  let server: TestServer
  let app: Registered
  beforeEach(async () => {
    server = await createTestServer({ cheapPasswords: true })
    await server.addResource(registered, ['read', 'write'])
    app = await server.addClient('web', { resources: [asked] })
  })
  afterEach(() => server.close())
  const scope = 'read offline_access'
  const audOf = async (response: Response) => claimsOf((await tokensOf(response)).access_token).aud

  it('at /authorize, /token and when refreshing', async () => {
    const person = await server.addUser()
    const browser = createBrowser(server)
    const got = await getCode(server, browser, app, { person, params: { scope, resource: asked } })
    const tokens = await tokensOf(await exchange(server, app, got, { resource: asked }))
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: registered, scope: 'read' })
    const narrowed = await refresh(server, app, tokens.refresh_token ?? '', { resource: asked })
    expect(await audOf(narrowed)).toBe(registered)
    const both = { resource: [asked, registered] }
    expect(await audOf(await refresh(server, app, tokens.refresh_token ?? '', both))).toBe(registered)
    const other = await refresh(server, app, tokens.refresh_token ?? '', {
      resource: asked.replace('/v1', '/V1'),
    })
    expect(await other.json()).toMatchObject({ error: 'invalid_target' })
    // Remembered consent covers either spelling.
    await browser.open((await pushedUrl(server, app, { scope, resource: registered })).url)
    expect(browser.view.left?.params.get('code')).toBeTruthy()
  })

  it('at /par', async () => {
    const person = await server.addUser()
    const pushed = await pushedUrl(server, app, { scope, resource: asked })
    const browser = createBrowser(server)
    await browser.open(pushed.url)
    const code = (await walk(browser, person)).get('code') ?? ''
    expect(claimsOf((await redeem(server, app, { ...pushed, code })).access_token).aud).toBe(registered)
  })

  it('at /device_authorization', async () => {
    const person = await server.addUser()
    const tv = await server.addClient('device', { resources: [asked] })
    const browser = createBrowser(server)
    const request = await ask(server, tv, { scope, resource: asked })
    await enter(browser, request, person)
    await browser.allow()
    expect(await audOf(await poll(server, tv, request, { resource: asked }))).toBe(registered)
  })

  it('for client credentials, introspection and token exchange', async () => {
    const grant_types = ['client_credentials', tokenExchangeType]
    const policy = {
      token_exchange_audiences: [asked],
      token_exchange_scope: 'read',
      token_exchange_impersonation: true,
    }
    const service = await server.addClient('service', { grant_types, resources: [asked], ...policy })
    const own = await tokensOf(
      await tokenRequest(server, service, { grant_type: 'client_credentials', resource: asked }),
    )
    expect(claimsOf(own.access_token).aud).toBe(registered)
    const params = { grant_type: tokenExchangeType, subject_token_type: tokenTypes.accessToken }
    for (const named of [{ resource: asked }, { audience: asked }, {}] as Changes[]) {
      const exchanged = { ...params, subject_token: own.access_token, ...named }
      expect(await audOf(await tokenRequest(server, service, exchanged))).toBe(registered)
    }
    // An API introspects tokens for the resource that it is registered as.
    const api = await server.addClient('service', { resources: [asked] })
    const answer = await authenticatedPost(server, '/introspect', api, { token: own.access_token })
    expect(await answer.json()).toMatchObject({ active: true, aud: registered })
  })

  it('in the metadata of the resource, and where an API is registered twice', async () => {
    const document = await server.fetch(`/resource-metadata?${new URLSearchParams({ resource: asked })}`)
    expect(await document.json()).toMatchObject({ resource: registered })
    await expect(server.addResource(asked)).rejects.toThrow('exists')
  })
})

it('PC01: an issuer is trusted for another spelling, and its assertion has a third', async () => {
  const scene = await trustingScene()
  await scene.server.addResource('https://API.example:443/v1', ['read'])
  await scene.trust({ resources: ['https://api.example/v1'] })
  const claims = { resource: 'https://api.EXAMPLE/v1' }
  const answer = await bearer(scene, await assertionFor(scene, { claims }), {
    resource: 'HTTPS://api.example/v1',
  })
  expect(claimsOf((await tokensOf(answer)).access_token).aud).toBe('https://API.example:443/v1')
  expect(scene.client.client.metadata.grant_types).toEqual([jwtBearerType])
  await scene.server.close()
})
