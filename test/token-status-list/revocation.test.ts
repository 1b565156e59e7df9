// What the lists tell: every way in which a grant or its tokens end sets the bit, in the very commit that ends them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.js'
import { type Connected, letIn } from '../support/connected.js'
import { authenticatedPost, authorizeUrl, getCode, redeem, refresh } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { placeOf, publishedStatus } from '../support/status.js'
import { temporaryFolder } from '../support/stores.js'

let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'])
})
afterEach(() => server.close())

const scope = 'openid offline_access read'
const statusOf = async (token: string) => {
  await server.deps.status.refresh()
  return publishedStatus(server, token)
}
const post = (scene: Connected, path: string, fields: Record<string, string>) =>
  authenticatedPost(server, path, scene.app, fields)

type Ending = (scene: Connected, store: Store) => Promise<unknown>

const now = () => server.clock.now
const grantIdOf = (token: string) =>
  Buffer.from(token.split('.')[1] ?? '', 'base64url')
    .toString()
    .match(/"jti":"(\w+)\./)?.[1] ?? ''

const endings: Record<string, Ending> = {
  'its refresh token revoked by the app': (scene) =>
    post(scene, '/revoke', { token: scene.tokens.refresh_token }),
  'itself revoked by the app': (scene) => post(scene, '/revoke', { token: scene.tokens.access_token }),
  'its app disconnected by the person': async ({ browser }) => {
    await browser.open(`${server.issuer}/account/connections`)
    await browser.submit({}, 'Disconnect')
  },
  'a refresh token used again after its successor': async (scene) => {
    const next = await refresh(server, scene.app, scene.tokens.refresh_token)
    const { refresh_token } = (await next.json()) as { refresh_token: string }
    await refresh(server, scene.app, refresh_token)
    await refresh(server, scene.app, scene.tokens.refresh_token)
  },
  'its person disabled': ({ person }, { users }) => users.setDisabled(person.user.sub, true, now()),
  'its person deleted': ({ person }, { users }) => users.remove(person.user.sub, now()),
  'its app disabled': ({ app }, { clients }) => clients.setDisabled(app.client.id, true, now()),
  'its app deleted': ({ app }, { clients }) => clients.remove(app.client.id, now()),
  'its API disabled': async (_, { resources }) => {
    const api = await resources.find('https://api.test')
    if (api) await resources.update({ ...api, disabled: true }, now())
  },
  'its API deleted': (_, { resources }) => resources.remove('https://api.test', now()),
  'its grant revoked by an administrator': ({ tokens }, { grants }) =>
    grants.revoke(grantIdOf(tokens.access_token), now(), 'administrator'),
  'all grants of its person revoked': ({ person }, { grants }) =>
    grants.revokeByUser(person.user.sub, now(), 'administrator'),
}

describe('a token is on the list with', () => {
  it.each(Object.entries(endings))('%s', async (name, end) => {
    const scene = await letIn(server, 'web', { params: { scope }, metadata: { rotate_refresh_token: true } })
    const params = { scope: 'openid offline_access' }
    const bystander = await letIn(server, 'web', { params })
    const { access_token } = scene.tokens
    expect([await statusOf(access_token), await statusOf(bystander.tokens.access_token)]).toEqual([0, 0])
    await end(scene, server.deps.store)
    expect(await statusOf(access_token)).toBe(1)
    expect(await statusOf(bystander.tokens.access_token), name).toBe(0)
  })

  it('the session over that it was bound to, while a durable connection goes on', async () => {
    const bound = await letIn(server, 'web', { params: { scope: 'openid read' } })
    const { browser, app } = bound
    const durable = await redeem(server, app, await getCode(server, browser, app, { params: { scope } }))
    await browser.open(`${server.issuer}/account`)
    await browser.submit({}, 'Sign out')
    expect(await statusOf(bound.tokens.access_token)).toBe(1)
    expect(await statusOf(durable.access_token)).toBe(0)
  })

  it('its code used a second time', async () => {
    const scene = await letIn(server, 'web', { params: { scope } })
    const got = await getCode(server, scene.browser, scene.app, { params: { scope } })
    const tokens = await redeem(server, scene.app, got)
    await expect(redeem(server, scene.app, got)).rejects.toThrow()
    expect(await statusOf(tokens.access_token)).toBe(1)
    expect(await statusOf(scene.tokens.access_token)).toBe(0)
  })
})

describe('a client that acts for itself', () => {
  const token = async (app: Connected['app']) => {
    const answer = await authenticatedPost(server, '/token', app, {
      grant_type: 'client_credentials',
      scope: 'read',
    })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  it('has one place for its tokens, until one is revoked: then all so far are, and the next has another', async () => {
    const service = await server.addClient('service')
    const tokens = [await token(service), await token(service)]
    expect(new Set(tokens.map((one) => placeOf(one).idx)).size).toBe(1)
    await authenticatedPost(server, '/revoke', service, { token: tokens[0] ?? '' })
    const next = await token(service)
    for (const one of tokens) expect(await statusOf(one)).toBe(1)
    expect(await statusOf(next)).toBe(0)
    expect(placeOf(next)).not.toEqual(placeOf(tokens[0] ?? ''))
  })

  it('loses its tokens with the API that they were for', async () => {
    const service = await server.addClient('service')
    const before = await token(service)
    const api = await server.deps.store.resources.find('https://api.test')
    if (!api) throw new Error('no API')
    await server.deps.store.resources.update({ ...api, disabled: true }, now())
    expect(await statusOf(before)).toBe(1)
    await server.deps.store.resources.update(api, now())
    expect(await statusOf(await token(service))).toBe(0)
  })

  it('shares its place among tokens asked for at once, also the first ones', async () => {
    const service = await server.addClient('service')
    const tokens = await Promise.all(Array.from({ length: 50 }, () => token(service)))
    expect(new Set(tokens.map((one) => placeOf(one).idx)).size).toBe(1)
  })
})

describe('EX05: a status list entry', () => {
  const store = () => server.deps.store
  const grantOf = (code: string) => store().grants.find(code.split('.')[0] ?? '')

  it('EX05: is assigned when a token is made, not when a code is made', async () => {
    const { app, browser } = await letIn(server, 'web', { params: { scope } })
    const got = await getCode(server, browser, app, { params: { scope } })
    expect(await grantOf(got.code)).toMatchObject({ live: true })
    expect((await grantOf(got.code))?.statusIndex).toBeUndefined()
    const { access_token } = await redeem(server, app, got)
    expect((await grantOf(got.code))?.statusIndex).toBe(placeOf(access_token).idx)
    expect(await statusOf(access_token)).toBe(0)
  })

  it('EX05: is not assigned for an opaque token, and comes with the first JWT', async () => {
    await server.addResource('https://opaque.test', ['peek'], { tokenFormat: 'opaque' })
    const scene = await letIn(server, 'web')
    const params = { scope: 'openid offline_access read peek', resource: 'https://opaque.test' }
    const got = await getCode(server, scene.browser, scene.app, { params })
    const tokens = await redeem(server, scene.app, got)
    expect(tokens.access_token).not.toContain('.')
    expect((await grantOf(got.code))?.statusIndex).toBeUndefined()
    const service = await server.addClient('service')
    const answer = await authenticatedPost(server, '/token', service, {
      grant_type: 'client_credentials',
      scope: 'peek',
    })
    expect(answer.status).toBe(200)
    const own = (await store().clients.find(service.client.id))?.ownGrantId ?? ''
    expect((await store().grants.find(own))?.statusIndex).toBeUndefined()
    const next = await authenticatedPost(server, '/token', service, {
      grant_type: 'client_credentials',
      scope: 'read',
    })
    const { access_token } = (await next.json()) as { access_token: string }
    expect((await store().grants.find(own))?.statusIndex).toBe(placeOf(access_token).idx)
  })
})

describe('a place', () => {
  it("is no other grant's, however many begin at once", async () => {
    const scenes = await Promise.all(Array.from({ length: 10 }, () => letIn(server, 'web')))
    const more = scenes.flatMap(({ app, browser }) =>
      Array.from({ length: 3 }, () => browser.newTab().open(authorizeUrl(server, app).url)),
    )
    await Promise.all(more)
    const places = scenes.map(({ tokens }) => placeOf(tokens.access_token).idx)
    expect(new Set(places).size).toBe(10)
    const sorted = [...places].sort((a, b) => a - b)
    expect(sorted).not.toEqual(places)
  })

  it('is set free on the list when no token can carry it any more', async () => {
    const { tokens, app } = await letIn(server, 'web', { params: { scope } })
    await authenticatedPost(server, '/revoke', app, { token: tokens.refresh_token })
    server.clock.advance(86_400)
    expect(await statusOf(tokens.access_token)).toBe(1)
    server.clock.advance(301)
    // Nothing has been revoked: the next list comes when half of this one's life is over.
    await statusOf(tokens.access_token)
    expect(await statusOf(tokens.access_token)).toBe(0)
  })

  it('is given to a grant that is older than the lists', async () => {
    const { tokens, app } = await letIn(server, 'web', { params: { scope } })
    const { list, index } = { list: 1, index: placeOf(tokens.access_token).idx }
    await server.deps.store.grants.retire(grantIdOf(tokens.access_token), { list, index }, now())
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => (await refresh(server, app, tokens.refresh_token)).json()),
    )
    const places = answers.map((answer) => placeOf((answer as { access_token: string }).access_token).idx)
    expect(new Set(places).size).toBe(1)
    expect(places[0]).not.toBe(index)
  })
})

it('what was revoked is still told after a restart', async () => {
  const { folder, remove } = temporaryFolder()
  const options = { cheapPasswords: true, databaseUrl: `file:${folder}/grantor.db` }
  const before = await createTestServer(options)
  const { tokens, app } = await letIn(before, 'web')
  await authenticatedPost(before, '/revoke', app, { token: tokens.access_token })
  await before.close()
  const after = await createTestServer(options)
  expect(await publishedStatus(after, tokens.access_token)).toBe(1)
  await after.close()
  remove()
})
