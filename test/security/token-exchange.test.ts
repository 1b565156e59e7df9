// Attacks on token exchange (RFC 8693). Each is named by its id.
import { afterEach, describe, expect, it } from 'vitest'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { maxActors, maxExchanges } from '../../src/protocol/exchange.js'
import { jwtBearerType, tokenExchangeType } from '../../src/protocol/grant-type.js'
import { readSelfMade, registrationAuthMethods } from '../../src/protocol/registration.js'
import { createBrowser } from '../support/browser.js'
import { inactive, introspect, outcome, userinfoStatus } from '../support/connected.js'
import { createProver } from '../support/dpop.js'
import {
  accessToken,
  type Exchange,
  exchangeParams,
  exchangeScene,
  exchangeToken,
  jwt,
  orders,
  ownToken,
  stock,
} from '../support/exchange.js'
import { authenticatedPost, type Changes, claimsOf, codeFlow, refresh, tokensOf } from '../support/flow.js'
import type { Registered } from '../support/server.js'
import { placeOf, publishedStatus } from '../support/status.js'
import { refusal } from '../support/values.js'

let scene: Exchange
// Some tests need no server.
afterEach(() => scene?.server.close())

const asked = async (changes: Changes = {}, client?: Registered) =>
  outcome(await exchangeToken(scene, changes, client))
const exchanged = async (changes: Changes = {}, client?: Registered) =>
  tokensOf(await exchangeToken(scene, changes, client))
const reasons = () => scene.server.log.join('')

describe('TX01: a subject token', () => {
  it('that is forged, cut, empty of meaning or no token at all', async () => {
    scene = await exchangeScene()
    const { access_token: token, refresh_token, id_token = '' } = scene.tokens
    const [header = '', payload = '', signature = ''] = token.split('.')
    const claims = { ...claimsOf(token), scope: 'orders:read orders:write' }
    const altered = Buffer.from(JSON.stringify(claims)).toString('base64url')
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    const texts = [
      `${header}.${altered}.${signature}`,
      `${none}.${payload}.`,
      token.slice(0, -2),
      `${header}.${payload}`,
      refresh_token,
      id_token,
      scene.app.client.id,
      'go_AAAA',
      'x'.repeat(20_000),
    ]
    for (const text of texts) {
      expect(await asked({ subject_token: text }), text).toBe('400 invalid_request')
      expect(await asked({ actor_token: text }), text).toBe('400 invalid_request')
    }
    expect(await asked()).toBe('200')
  })

  it('that has expired', async () => {
    scene = await exchangeScene()
    scene.server.clock.advance(300)
    const actor = await ownToken(scene.server, scene.api)
    expect(await asked({ actor_token: actor })).toBe('400 invalid_request')
  })

  it('that is revoked, or whose grant, person or app has ended', async () => {
    const ends: ((scene: Exchange) => Promise<unknown>)[] = [
      ({ server, app, tokens }) => authenticatedPost(server, '/revoke', app, { token: tokens.access_token }),
      ({ server, app, tokens }) => authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token }),
      ({ server, person }) => server.deps.store.users.setDisabled(person.user.sub, true, server.clock.now),
      ({ server, person }) => server.deps.store.users.remove(person.user.sub, server.clock.now),
      ({ server, app }) => server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now),
    ]
    for (const end of ends) {
      scene = await exchangeScene()
      expect(await asked()).toBe('200')
      await end(scene)
      expect(await asked(), String(end)).toBe('400 invalid_request')
      if (end !== ends.at(-1)) await scene.server.close()
    }
  })

  it('of another client, shown by one that is registered without resources', async () => {
    scene = await exchangeScene({ resources: undefined })
    expect(await asked()).toBe('400 invalid_request')
    expect(reasons()).toContain('of another client')
    const own = await ownToken(scene.server, scene.api, { resource: orders })
    expect(await asked({ subject_token: own })).toBe('200')
  })

  it('of another client, for an API that this client is not', async () => {
    scene = await exchangeScene()
    const { server, person } = scene
    const params = { scope: 'other:read', resource: 'https://other.test' }
    const other = await codeFlow(server, createBrowser(server), await server.addClient('web'), {
      person,
      params,
    })
    expect(await asked({ subject_token: other.access_token })).toBe('400 invalid_request')
    expect(reasons()).toContain('of another client')
    // What an actor has to show is its own, also where it is the API that the token is for.
    expect(await asked({ actor_token: scene.tokens.access_token })).toBe('400 invalid_request')
  })

  it('of a kind that it is not, or that is not taken', async () => {
    scene = await exchangeScene()
    const { tokens, server } = scene
    for (const type of [
      'urn:ietf:params:oauth:token-type:id_token',
      'urn:ietf:params:oauth:token-type:refresh_token',
      'urn:ietf:params:oauth:token-type:saml2',
      'access_token',
      '__proto__',
    ]) {
      expect(await asked({ subject_token_type: type }), type).toBe('400 invalid_request')
      expect(await asked({ actor_token_type: type }), type).toBe('400 invalid_request')
    }
    expect(await asked({ subject_token: tokens.id_token, subject_token_type: jwt })).toBe(
      '400 invalid_request',
    )
    expect(await asked({ subject_token_type: jwt })).toBe('200')
    await server.deps.store.resources.update(
      { ...(await server.addResource('https://sealed.test', [])), tokenFormat: 'opaque' },
      server.clock.now,
    )
    const sealed = await ownToken(server, await server.addClient('service'), {
      resource: 'https://sealed.test',
    })
    expect(await asked({ subject_token: sealed, subject_token_type: jwt })).toBe('400 invalid_request')
  })
})

describe('TX02', () => {
  it('what is missing or empty is invalid_request, and never a token of the client', async () => {
    scene = await exchangeScene({ token_exchange_impersonation: true })
    for (const name of ['subject_token', 'subject_token_type']) {
      expect(await asked({ [name]: undefined }), name).toBe('400 invalid_request')
      expect(await asked({ [name]: '' }), name).toBe('400 invalid_request')
      expect(await asked({ [name]: ['a', 'b'] }), name).toBe('400 invalid_request')
    }
    for (const name of ['actor_token', 'actor_token_type'])
      expect(await asked({ [name]: undefined }), name).toBe('400 invalid_request')
    expect(await asked({ actor_token: undefined, actor_token_type: undefined })).toBe('200')
  })
})

describe('TX03', () => {
  it('no scope comes out that neither the subject token nor the registration has', async () => {
    scene = await exchangeScene()
    for (const scope of [
      'stock:write',
      'orders:read stock:write',
      'orders:write',
      'openid',
      'offline_access',
    ])
      expect(await asked({ scope }), scope).toBe('400 invalid_scope')
    expect((await exchanged()).scope).toBe('stock:read orders:read')
    expect((await exchanged({ scope: 'orders:read' })).scope).toBe('orders:read')
  })

  it('offline_access does not survive: what is exchanged is never refreshed', async () => {
    scene = await exchangeScene()
    const { server, browser, person } = scene
    const metadata = {
      grant_types: ['authorization_code', 'refresh_token', tokenExchangeType],
      token_exchange_audiences: [server.issuer],
      token_exchange_impersonation: true,
    }
    const app = await server.addClient('web', metadata)
    const params = { scope: 'openid offline_access', resource: server.issuer }
    const { access_token, scope } = await codeFlow(server, browser, app, { person, params })
    expect(scope).toBe('openid offline_access')
    const alone = { subject_token: access_token, actor_token: undefined, actor_token_type: undefined }
    const asking = { ...alone, resource: server.issuer }
    const all = await tokensOf(await exchangeToken(scene, asking, app))
    expect(all).toMatchObject({ scope: 'openid' })
    expect(all).not.toHaveProperty('refresh_token')
    expect(claimsOf(all.access_token).scope).toBe('openid')
    const both = { ...asking, scope: 'openid offline_access' }
    expect(await outcome(await exchangeToken(scene, both, app))).toBe('400 invalid_scope')
  })

  it('a narrow token does not become a wide one by way of a second exchange', async () => {
    scene = await exchangeScene({ token_exchange_audiences: [orders, stock], resources: [orders, stock] })
    const narrow = await exchanged({ scope: 'orders:read' })
    const again = await exchanged({ subject_token: narrow.access_token, resource: orders })
    expect(again.scope).toBe('orders:read')
    expect(await asked({ subject_token: narrow.access_token, resource: orders, scope: 'orders:write' })).toBe(
      '400 invalid_scope',
    )
  })

  it('no API comes out that the registration does not name, nor several', async () => {
    scene = await exchangeScene()
    const { issuer } = scene.server
    const targets: Changes[] = [
      { resource: orders },
      { resource: 'https://other.test' },
      { resource: issuer },
      { resource: 'https://unknown.test' },
      { resource: 'stock' },
      { resource: `${stock}#fragment` },
      { resource: undefined, audience: orders },
      { resource: [stock, orders] },
      { resource: stock, audience: orders },
      { resource: Array.from({ length: 11 }, () => stock) },
    ]
    for (const target of targets)
      expect(await asked(target), JSON.stringify(target)).toBe('400 invalid_target')
    for (const fine of [{ resource: undefined }, { resource: `${stock}/` }, { audience: stock }])
      expect(await asked(fine)).toBe('200')
  })

  it('with several APIs to choose from it has to choose', async () => {
    scene = await exchangeScene({ token_exchange_audiences: [stock, 'https://other.test'] })
    expect(await asked({ resource: undefined })).toBe('400 invalid_target')
    expect(await asked({ resource: stock })).toBe('200')
  })

  it('it lives no longer than the subject token, nor than the actor token', async () => {
    scene = await exchangeScene()
    const { server, tokens, api } = scene
    const { exp } = claimsOf(tokens.access_token)
    server.clock.advance(250)
    const actor = await ownToken(server, api)
    const late = await exchanged({ actor_token: actor })
    expect(late.expires_in).toBe(50)
    expect(claimsOf(late.access_token).exp).toBe(exp)
    expect(await asked({ actor_token: actor, subject_token: tokens.access_token })).toBe('200')
    server.clock.advance(50)
    expect(await introspect(server, api, late.access_token)).toEqual(inactive)
  })

  it('it ends with the actor token, also where the subject token was refreshed since', async () => {
    scene = await exchangeScene()
    const { server, app, actor } = scene
    const { exp } = claimsOf(actor)
    server.clock.advance(250)
    const { access_token: refreshed } = await tokensOf(await refresh(server, app, scene.tokens.refresh_token))
    expect(claimsOf(refreshed).exp).toBe(Number(exp) + 250)
    const made = await exchanged({ subject_token: refreshed })
    expect(made.expires_in).toBe(50)
    expect(claimsOf(made.access_token).exp).toBe(exp)
  })

  it('a token that is bound to a key is worth nothing without it', async () => {
    scene = await exchangeScene({ resources: [orders, stock] })
    const { server, api } = scene
    const [prover, thief] = [createProver(server), createProver(server)]
    const bound = await tokensOf(await prover.token(api, exchangeParams(scene)))
    expect(bound.token_type).toBe('DPoP')
    for (const name of ['subject_token', 'actor_token']) {
      const own = await tokensOf(await prover.token(api, { grant_type: 'client_credentials' }))
      const params = { [name]: name === 'subject_token' ? bound.access_token : own.access_token }
      expect(await asked(params), name).toBe('400 invalid_request')
      expect(await outcome(await thief.token(api, { ...exchangeParams(scene), ...params }))).toBe(
        '400 invalid_request',
      )
      const proven = await tokensOf(await prover.token(api, { ...exchangeParams(scene), ...params }))
      expect(claimsOf(proven.access_token).cnf).toEqual({ jkt: prover.jkt })
    }
  })

  it('nothing but an access token comes out', async () => {
    scene = await exchangeScene()
    const answer = await (await exchangeToken(scene)).json()
    expect(Object.keys(answer).sort()).toEqual([
      'access_token',
      'expires_in',
      'issued_token_type',
      'scope',
      'token_type',
    ])
    for (const type of ['refresh_token', 'id_token', 'saml2'].map((kind) =>
      accessToken.replace('access_token', kind),
    ))
      expect(await asked({ requested_token_type: type })).toBe('400 invalid_request')
  })

  it('what the app has asked for by name stays with the app', async () => {
    const claims = JSON.stringify({ userinfo: { email: null } })
    scene = await exchangeScene(
      { token_exchange_audiences: ['https://as.test'], token_exchange_scope: 'openid' },
      { params: { claims } },
    )
    const { server } = scene
    const { access_token: token } = await exchanged({ resource: server.issuer, scope: 'openid' })
    const headers = { Authorization: `Bearer ${token}` }
    expect(await (await server.fetch('/userinfo', { headers })).json()).toEqual({
      sub: scene.person.user.sub,
    })
  })
})

describe('TX04', () => {
  it('a client that is not registered for it gets nothing', async () => {
    scene = await exchangeScene()
    const { server, tokens } = scene
    const without = [
      await server.addClient('service', { resources: [orders] }),
      await server.addClient('service', { resources: [orders], grant_types: [tokenExchangeType] }),
      await server.addClient('spa'),
      scene.app,
    ]
    for (const client of without) expect(await asked({}, client)).toBe('400 unauthorized_client')
    const spa = await server.addClient('spa')
    expect(await asked({ subject_token: tokens.access_token }, spa)).toBe('400 unauthorized_client')
  })

  it('a public client cannot be registered for it', () => {
    for (const kind of ['spa', 'native'] as const) {
      const input = {
        client_name: 'A',
        redirect_uris: [kind === 'spa' ? 'https://a.test/cb' : 'http://127.0.0.1/cb'],
        grant_types: ['authorization_code', tokenExchangeType],
      }
      expect(refusal(() => parseClientMetadata(kind, input)).code).toBe('invalid_client_metadata')
    }
  })

  it('an app that registers itself is not asked what it may have', () => {
    const input = {
      client_name: 'A',
      redirect_uris: ['https://a.test/cb'],
      grant_types: ['authorization_code', tokenExchangeType, jwtBearerType],
      token_exchange_audiences: [stock],
      token_exchange_scope: 'stock:read',
      token_exchange_impersonation: true,
      id_jag_audiences: { 'https://other.test': 'a' },
      may_act: { sub: 'a' },
    }
    const { metadata } = readSelfMade(input, { authMethods: registrationAuthMethods, nativeSchemes: [] })
    expect(metadata.grant_types).toEqual(['authorization_code'])
    for (const member of Object.keys(input).filter((name) => /exchange|jag|act/.test(name)))
      expect(metadata).not.toHaveProperty(member)
  })

  it('nobody passes for another unless registered to', async () => {
    scene = await exchangeScene()
    const alone = { actor_token: undefined, actor_token_type: undefined }
    expect(await asked(alone)).toBe('400 unauthorized_client')
  })

  it('who acts is told, whoever has acted before, and the chain has an end', async () => {
    scene = await exchangeScene({
      resources: [orders, stock],
      token_exchange_impersonation: true,
    })
    const { api } = scene
    let token = scene.tokens.access_token
    let act: object | undefined
    for (let actors = 1; actors <= maxActors; actors++) {
      token = (await exchanged({ subject_token: token })).access_token
      act = { sub: api.client.id, ...(act && { act }) }
      expect(claimsOf(token)).toMatchObject({ sub: scene.person.user.sub, act })
    }
    expect(await asked({ subject_token: token })).toBe('400 invalid_request')
    // To impersonate does not wash it off.
    const alone = { actor_token: undefined, actor_token_type: undefined }
    const washed = await exchanged({ subject_token: token, ...alone })
    expect(claimsOf(washed.access_token).act).toEqual(act)
  })

  it('a token in which somebody acts already is nobody to act', async () => {
    scene = await exchangeScene()
    const { access_token: delegated } = await exchanged()
    expect(await asked({ actor_token: delegated })).toBe('400 invalid_request')
  })

  it('may_act holds everybody else off', async () => {
    scene = await exchangeScene({ token_exchange_impersonation: true })
    const { server, app, api, person } = scene
    const named = async (sub: string) => {
      const metadata = { ...app.client.metadata, may_act: { sub } }
      await server.deps.store.clients.update({ id: app.client.id, metadata, updatedAt: server.clock.now })
      const params = { scope: 'orders:read', resource: orders }
      return (await codeFlow(server, createBrowser(server), app, { person, params })).access_token
    }
    const alone = { actor_token: undefined, actor_token_type: undefined }
    const foreign = await named('somebody-else')
    expect(await asked({ subject_token: foreign })).toBe('400 invalid_request')
    expect(await asked({ subject_token: foreign, ...alone })).toBe('400 invalid_request')
    const own = await named(api.client.id)
    expect(claimsOf(own).may_act).toEqual({ sub: api.client.id })
    expect(await asked({ subject_token: own })).toBe('200')
    expect(await asked({ subject_token: own, ...alone })).toBe('200')
  })
})

describe('TX05', () => {
  it('an exchanged token ends with the grant, the person, the app, and the client that holds it', async () => {
    const ends: ((scene: Exchange) => Promise<unknown>)[] = [
      ({ server, app, tokens }) => authenticatedPost(server, '/revoke', app, { token: tokens.access_token }),
      ({ server, app, tokens }) => authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token }),
      ({ server, person }) => server.deps.store.users.setDisabled(person.user.sub, true, server.clock.now),
      ({ server, app }) => server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now),
      ({ server, api }) => server.deps.store.clients.setDisabled(api.client.id, true, server.clock.now),
      ({ server, api }) => server.deps.store.clients.remove(api.client.id, server.clock.now),
    ]
    for (const end of ends) {
      scene = await exchangeScene({
        token_exchange_audiences: [stock, 'https://as.test'],
        token_exchange_scope: 'openid',
      })
      const { server } = scene
      const reader = await server.addClient('service', { resources: [stock] })
      const { access_token } = await exchanged()
      const { access_token: own } = await exchanged({ resource: server.issuer, scope: 'openid' })
      expect(await introspect(server, reader, access_token)).toMatchObject({ active: true })
      expect(await userinfoStatus(server, own)).toBe(200)
      await end(scene)
      expect(await introspect(server, reader, access_token), String(end)).toEqual(inactive)
      expect(await userinfoStatus(server, own)).toBe(401)
      if (end !== ends.at(-1)) await server.close()
    }
  })

  it('an API that is disabled is no target', async () => {
    scene = await exchangeScene()
    const { server, api } = scene
    const { store } = server.deps
    const { access_token } = await exchanged()
    const resource = await store.resources.find(stock)
    if (resource) await store.resources.update({ ...resource, disabled: true }, server.clock.now)
    expect(await asked({ actor_token: await ownToken(server, api) })).toBe('400 invalid_target')
    expect(await introspect(server, api, access_token)).toEqual(inactive)
  })
})

describe('PO06', () => {
  const both = { resources: [orders, stock], token_exchange_audiences: [orders, stock] }
  /** Active for introspection; 0 on the published list. */
  async function statesOf(...tokens: string[]): Promise<(readonly [boolean, number])[]> {
    const { server, api } = scene
    await server.deps.status.refresh()
    const states = tokens.map(async (token) => {
      const { active } = (await introspect(server, api, token)) as { active: boolean }
      return [active, await publishedStatus(server, token)] as const
    })
    return Promise.all(states)
  }
  const [good, ended] = [[true, 0] as const, [false, 1] as const]
  const revoke = (token: string, client = scene.api) =>
    authenticatedPost(scene.server, '/revoke', client, { token })

  it("PO06: revoking an exchanged token ends it and what was made from it, not the app's tokens", async () => {
    scene = await exchangeScene(both)
    const { server, app, tokens } = scene
    const { access_token: first } = await exchanged()
    const { access_token: second } = await exchanged({ subject_token: first })
    const { access_token: third } = await exchanged({ subject_token: second, resource: orders })
    const { access_token: sibling } = await exchanged()
    const all = [tokens.access_token, first, second, third, sibling]
    expect(new Set(all.map((token) => placeOf(token).idx)).size).toBe(5)
    expect(await statesOf(...all)).toEqual([good, good, good, good, good])
    expect((await revoke(second)).status).toBe(200)
    expect(await statesOf(...all)).toEqual([good, good, ended, ended, good])
    expect(await asked({ subject_token: second })).toBe('400 invalid_request')
    const next = await tokensOf(await refresh(server, app, tokens.refresh_token))
    expect(placeOf(next.access_token)).toEqual(placeOf(tokens.access_token))
    await revoke(tokens.access_token, app)
    expect(await statesOf(...all)).toEqual([ended, ended, ended, ended, ended])
  })

  it('PO06: the push tells of each token that ends', async () => {
    scene = await exchangeScene(both)
    const { server } = scene
    const { access_token: first } = await exchanged()
    const { access_token: second } = await exchanged({ subject_token: first })
    await server.deps.status.refresh()
    const stream = await server.deps.status.streams.open(1, '0', { client: 'c' })
    const reader = stream?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    await revoke(first)
    await server.deps.status.refresh()
    const heard = String((await reader?.read())?.value)
    const { invalid } = JSON.parse(heard.split('data: ')[1] ?? '{}') as { invalid: number[] }
    expect(invalid.sort()).toEqual([placeOf(first).idx, placeOf(second).idx].sort())
    server.deps.status.streams.end()
  })

  it('PO06: what ends the grant ends every token that was exchanged under it, on the list too', async () => {
    const ends: ((scene: Exchange) => Promise<unknown>)[] = [
      ({ app, tokens }) => revoke(tokens.refresh_token, app),
      ({ server, person }) => server.deps.store.users.setDisabled(person.user.sub, true, server.clock.now),
      ({ server, person }) => server.deps.store.users.remove(person.user.sub, server.clock.now),
      ({ server, app }) => server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now),
    ]
    for (const end of ends) {
      scene = await exchangeScene(both)
      const { access_token: first } = await exchanged()
      const { access_token: second } = await exchanged({ subject_token: first })
      await end(scene)
      expect(await statesOf(first, second), String(end)).toEqual([ended, ended])
      if (end !== ends.at(-1)) await scene.server.close()
    }
  })

  it('PO06: so it is for sealed tokens, as the first and as the exchanged ones', async () => {
    const sealedApi = 'https://sealed.test'
    scene = await exchangeScene({
      resources: [orders, stock, sealedApi],
      token_exchange_audiences: [orders, stock, sealedApi],
    })
    const { server, api } = scene
    await server.addResource(sealedApi, ['orders:read'], { tokenFormat: 'opaque' })
    const isActive = async (token: string) => (await introspect(server, api, token)) as { active: boolean }
    const { access_token: sealed } = await exchanged({ resource: sealedApi })
    const { access_token: after } = await exchanged({ subject_token: sealed })
    await revoke(sealed)
    expect(await isActive(sealed)).toEqual(inactive)
    expect(await statesOf(scene.tokens.access_token, after)).toEqual([good, ended])
    const own = await ownToken(server, api, { resource: sealedApi })
    const { access_token: fromOwn } = await exchanged({ subject_token: own })
    await revoke(own)
    expect(await statesOf(fromOwn)).toEqual([ended])
  })

  it('PO06: a subject token that ends during the exchange yields nothing', async () => {
    scene = await exchangeScene(both)
    const { exchangedTokens } = scene.server.deps.store
    const { access_token: first } = await exchanged()
    const { create } = exchangedTokens
    Object.assign(exchangedTokens, {
      create: async (token: Parameters<typeof create>[0]) => {
        await revoke(first)
        await create(token)
      },
    })
    expect(await asked({ subject_token: first })).toBe('400 invalid_request')
    expect(reasons()).toContain('it has just ended')
  })

  it('PO06: a chain of exchanges has an end', async () => {
    scene = await exchangeScene({ ...both, token_exchange_impersonation: true })
    const alone = { actor_token: undefined, actor_token_type: undefined }
    let token = scene.tokens.access_token
    for (let exchanges = 0; exchanges < maxExchanges; exchanges++)
      token = (await exchanged({ ...alone, subject_token: token })).access_token
    expect(await asked({ ...alone, subject_token: token })).toBe('400 invalid_request')
  })
})
