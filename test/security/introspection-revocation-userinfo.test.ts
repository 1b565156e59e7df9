// Attacks on introspection (RFC 7662), revocation (RFC 7009) and UserInfo (RFC 6750 3), each named by its id.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/store/fault.js'
import type { Store } from '../../src/store/store.js'
import {
  atOnce,
  type Connected,
  inactive,
  introspect,
  letIn,
  outcome,
  tally,
  userinfoStatus,
} from '../support/connected.js'
import { authenticatedPost, codeFlow, refresh, tokenRequest, tokensOf } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

const api = 'https://api.test'
let server: TestServer
/** Another node on the same store. */
let node: TestServer
let apiClient: Registered
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  node = await createTestServer({ store: server.deps.store, startAt: server.clock.now })
  await server.addResource(api, ['read'])
  await server.addResource('https://sealed.test', ['look'], { tokenFormat: 'opaque' })
  apiClient = await server.addClient('service', { resources: [api] })
})
afterAll(async () => {
  await node.close()
  await server.close()
})

const revoke = async (as: Registered, token: string, at = server) =>
  outcome(await authenticatedPost(at, '/revoke', as, { token }))
const told = async ({ app }: Connected, token: string, at = server) => outcome(await refresh(at, app, token))

describe('IR01 introspection', () => {
  it('without client authentication, or with a public client’s, is a 401', async () => {
    const { app, tokens } = await letIn(server, 'spa')
    const { access_token: token } = tokens
    const send = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ token, ...fields })
      return outcome(await server.fetch('/introspect', { method: 'POST', body, headers }))
    }
    expect(await send({})).toBe('401 invalid_client')
    expect(await send({ client_id: app.client.id })).toBe('401 invalid_client')
    expect(await send({ client_id: apiClient.client.id })).toBe('401 invalid_client')
    expect(await send({}, { Authorization: `Bearer ${token}` })).toBe('401 invalid_client')
    expect(await introspect(server, { ...apiClient, secret: 'wrong' }, token)).toBe('401 invalid_client')
    expect((await server.fetch(`/introspect?token=${token}`)).status).toBe(405)
  })
})

describe('IR02 introspection of', () => {
  it('what is garbage, expired, revoked or somebody else’s says inactive and nothing else', async () => {
    const scene = await letIn(server, 'web', { params: { scope: 'openid read' } })
    const { app, tokens } = scene
    const [header, payload, signature] = tokens.access_token.split('.')
    const garbage = [
      'x',
      '.',
      '..',
      '__proto__',
      '<script>alert(1)</script>',
      "' OR 1=1 --",
      'é',
      `${header}.${payload}.`,
      `${header}.${payload}.${'A'.repeat(86)}`,
      `${header}..${signature}`,
      `go_${'A'.repeat(300)}`,
      'go_',
      `${'0'.repeat(16)}.0.${'A'.repeat(43)}`,
      tokens.id_token ?? '',
      app.secret,
      'x'.repeat(60_000),
    ]
    for (const token of garbage) expect(await introspect(server, app, token), token).toEqual(inactive)
    const others = [
      await server.addClient('web'),
      await server.addClient('service'),
      await server.addClient('service', { resources: ['https://sealed.test', server.issuer] }),
    ]
    for (const other of others)
      for (const token of [tokens.access_token, tokens.refresh_token])
        expect(await introspect(server, other, token)).toEqual(inactive)
    expect(await introspect(server, apiClient, tokens.refresh_token)).toEqual(inactive)

    expect(await introspect(server, apiClient, tokens.access_token)).toMatchObject({ active: true })
    const early = await codeFlow(server, scene.browser, app, { params: { scope: 'openid read' } })
    expect(await revoke(app, early.access_token)).toBe('200')
    expect(await introspect(server, apiClient, early.access_token)).toEqual(inactive)
    server.clock.advance(server.config.accessTokenTtl)
    expect(await introspect(server, app, tokens.access_token)).toEqual(inactive)
    server.clock.advance(server.config.refreshAbsoluteTtl)
    expect(await introspect(server, app, tokens.refresh_token)).toEqual(inactive)
    node.clock.advance(server.clock.now - node.clock.now)
  })

  it('a used-up refresh token says inactive, and looking is not using', async () => {
    const scene = await letIn(server, 'web', { metadata: { rotate_refresh_token: true } })
    const { app, tokens } = scene
    const { refresh_token: second = '' } = await tokensOf(await refresh(server, app, tokens.refresh_token))
    server.clock.advance(server.config.refreshGrace + 1)
    expect(await introspect(server, app, tokens.refresh_token)).toEqual(inactive)
    expect(await introspect(server, app, second)).toMatchObject({ active: true })
    expect(await told(scene, second)).toBe('200')
  })
})

describe('IR03 revocation of', () => {
  it('what is unknown or dead already is done', async () => {
    const { app, tokens } = await letIn(server, 'web')
    const nothing = ['x', '..', 'go_x', `${'0'.repeat(16)}.0.${'A'.repeat(43)}`, 'x'.repeat(60_000)]
    for (const token of [...nothing, tokens.id_token ?? '']) expect(await revoke(app, token)).toBe('200')
    expect(await userinfoStatus(server, tokens.access_token)).toBe(200)
    for (const token of [tokens.refresh_token, tokens.refresh_token, tokens.access_token]) {
      const answer = await authenticatedPost(server, '/revoke', app, { token })
      expect([answer.status, await answer.text()]).toEqual([200, ''])
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('another client’s token is refused and leaves it alive', async () => {
    const scene = await letIn(server, 'web')
    const { app, tokens } = scene
    for (const thief of [await server.addClient('web'), await server.addClient('spa'), apiClient])
      for (const token of [tokens.refresh_token, tokens.access_token])
        expect(await revoke(thief, token)).toBe('400 invalid_request')
    expect(await revoke({ ...app, secret: 'wrong' }, tokens.refresh_token)).toBe('401 invalid_client')
    expect(await userinfoStatus(server, tokens.access_token)).toBe(200)
    expect(await told(scene, tokens.refresh_token)).toBe('200')
  })
})

describe('IR04 revoking', () => {
  it('a refresh token, of any generation, ends its access tokens on every node at once', async () => {
    for (const generation of [0, 1]) {
      const scene = await letIn(server, 'spa')
      const { app, tokens } = scene
      const second = await tokensOf(await refresh(server, app, tokens.refresh_token))
      const bystander = await codeFlow(server, scene.browser, app)
      expect(await userinfoStatus(node, second.access_token)).toBe(200)
      expect(await revoke(app, [tokens, second][generation]?.refresh_token ?? '')).toBe('200')
      for (const each of [server, node])
        for (const { access_token, refresh_token } of [tokens, second]) {
          expect(await userinfoStatus(each, access_token)).toBe(401)
          expect(await told(scene, refresh_token ?? '', each)).toBe('400 invalid_grant')
        }
      expect(await userinfoStatus(node, bystander.access_token)).toBe(200)
    }
  })

  it('a JWT ends those of its grant that were issued until then, on every node, and none that follow', async () => {
    const { app, tokens } = await letIn(server, 'web')
    const before = await tokensOf(await refresh(server, app, tokens.refresh_token))
    const answers = await atOnce((index) => revoke(app, tokens.access_token, index % 2 ? node : server))
    expect(tally(answers)).toEqual({ '200': 50 })
    for (const each of [server, node]) {
      expect(await introspect(each, app, tokens.access_token)).toEqual(inactive)
      expect(await introspect(each, app, before.access_token)).toEqual(inactive)
    }
    const next = await tokensOf(await refresh(server, app, tokens.refresh_token))
    for (const each of [server, node])
      expect(await introspect(each, app, next.access_token)).toMatchObject({ active: true })
  })

  it('an opaque access token ends that one alone', async () => {
    const { app, tokens } = await letIn(server, 'web', { params: { scope: 'openid offline_access look' } })
    const second = await tokensOf(await refresh(server, app, tokens.refresh_token))
    expect(await revoke(app, tokens.access_token)).toBe('200')
    for (const each of [server, node]) {
      expect(await introspect(each, app, tokens.access_token)).toEqual(inactive)
      expect(await introspect(each, app, second.access_token)).toMatchObject({ active: true })
    }
  })
})

describe('IR05, I4 a store that fails', () => {
  const fails = () => Promise.reject(new StoreUnavailable('test'))
  const breaks: [string, (store: Store) => Partial<Store>][] = [
    ['when it is read', ({ grants }) => ({ grants: { ...grants, find: fails, findForToken: fails } })],
    ['when a grant is revoked', ({ grants }) => ({ grants: { ...grants, revoke: fails } })],
    ['when tokens are put on the list', ({ grants }) => ({ grants: { ...grants, retire: fails } })],
    ['when it commits', () => ({ committed: fails })],
  ]

  it.each(breaks)('%s gets no 200 out of revocation', async (_, breaking) => {
    const { app, tokens } = await letIn(server, 'web')
    const { store } = server.deps
    const broken = await createTestServer({
      store: { ...store, ...breaking(store) },
      startAt: server.clock.now,
    })
    const said = new Set<string>()
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const answer = await authenticatedPost(broken, '/revoke', app, { token })
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      said.add(await outcome(answer))
      // Whoever was told 200 can rely on it.
      if (answer.ok) expect(await introspect(server, app, token)).toEqual(inactive)
    }
    expect([...said]).toContain('503 temporarily_unavailable')
    await broken.close()
  })

  it('calls no token active, gives no claims and no new tokens', async () => {
    const { app, tokens } = await letIn(server, 'web')
    const { store } = server.deps
    for (const breaking of [breaks[0], breaks[3]]) {
      const broken = await createTestServer({
        store: { ...store, ...breaking?.[1](store) },
        startAt: server.clock.now,
      })
      expect(await introspect(broken, app, tokens.access_token)).toBe('503 temporarily_unavailable')
      expect(await introspect(broken, app, tokens.refresh_token)).toBe('503 temporarily_unavailable')
      expect(await userinfoStatus(broken, tokens.access_token)).toBe(503)
      expect(await outcome(await refresh(broken, app, tokens.refresh_token))).toBe(
        '503 temporarily_unavailable',
      )
      await broken.close()
    }
  })
})

it('IR06 of all that can end a token, the strictest wins, and none undoes another', async () => {
  const { users, clients, grants, sessions } = server.deps.store
  const scene = await letIn(server, 'web', { params: { scope: 'openid read' } })
  const { app, person, browser } = scene
  const { now } = server.clock
  const [id, sub] = [app.client.id, person.user.sub]
  const [session] = await sessions.list({ sub, now, limit: 1 })
  const grantOf = (refreshToken = '') => refreshToken.split('.')[0] ?? ''
  const ends: Record<string, (grantId: string) => Promise<unknown>> = {
    grant: (grantId) => grants.revoke(grantId, now, 'test'),
    session: () => grants.revokeBySession({ sub, sid: session?.sid ?? '' }, now, 'test'),
    connection: () => grants.revokeByUserAndClient(sub, id, now, 'test'),
    client: async () => {
      await clients.setDisabled(id, true, now)
      await clients.setDisabled(id, false, now)
    },
    person: async () => {
      await users.setDisabled(sub, true, now)
      await users.setDisabled(sub, false, now)
    },
  }
  for (const [name, end] of Object.entries(ends)) {
    const tokens = await codeFlow(server, browser, app, { person, params: { scope: 'openid read' } })
    expect(await introspect(server, apiClient, tokens.access_token), name).toMatchObject({ active: true })
    await end(grantOf(tokens.refresh_token))
    for (const each of [server, node])
      for (const caller of [app, apiClient])
        expect(await introspect(each, caller, tokens.access_token), name).toEqual(inactive)
    expect(await userinfoStatus(server, tokens.access_token), name).toBe(401)
    expect(await told(scene, tokens.refresh_token ?? ''), name).toBe('400 invalid_grant')
  }
  const alive = await codeFlow(server, browser, app, { person, params: { scope: 'openid read' } })
  expect(await introspect(server, apiClient, alive.access_token)).toMatchObject({ active: true })
})

it('JW06 an opaque token of the future, made before the clock was set back, is inactive', async () => {
  const own = await createTestServer()
  await own.addResource('https://sealed.test', ['look'], { tokenFormat: 'opaque' })
  const service = await own.addClient('service', { resources: ['https://sealed.test'] })
  own.clock.advance(100)
  const params = { grant_type: 'client_credentials', scope: 'look' }
  const { access_token: token } = await tokensOf(await tokenRequest(own, service, params))
  expect(await introspect(own, service, token)).toMatchObject({ active: true })
  own.clock.advance(-61)
  expect(await introspect(own, service, token)).toEqual(inactive)
  // As far as the clocks of two nodes may differ.
  own.clock.advance(1)
  expect(await introspect(own, service, token)).toMatchObject({ active: true })
  await own.close()
})

it('IR07 an opaque token has one spelling', async () => {
  const service = await server.addClient('service', { resources: ['https://sealed.test'] })
  const answer = await tokenRequest(server, service, { grant_type: 'client_credentials', scope: 'look' })
  const { access_token: token } = await tokensOf(answer)
  expect(token).toMatch(/^go_[\w-]{100,}$/)
  expect(await introspect(server, service, token)).toMatchObject({ active: true, scope: 'look' })
  const changed = [
    token.slice(0, -1),
    token.slice(0, 10),
    token.slice(3),
    `${token}A`,
    `${token}AAAA`,
    `${token}=`,
    ` ${token}`,
    token.toUpperCase(),
    token.toLowerCase(),
    `GO_${token.slice(3)}`,
    `go_${token}`,
    `go_${Buffer.from(token.slice(3), 'base64url').toString('base64')}/`,
    ...Array.from({ length: token.length - 3 }, (_, index) => {
      const at = index + 3
      return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    }),
  ]
  for (const other of changed) expect(await introspect(server, service, other), other).toEqual(inactive)
  expect(await revoke(service, token)).toBe('200')
  expect(await introspect(server, service, token)).toEqual(inactive)
})

describe('IR08 UserInfo', () => {
  let scene: Connected
  beforeAll(async () => {
    scene = await letIn(server, 'web')
  })
  const ask = (headers: Record<string, string>, init: RequestInit = {}, query = '') =>
    server.fetch(`/userinfo${query}`, { ...init, headers })

  async function refusal(response: Response): Promise<[string, string | null]> {
    const challenge = response.headers.get('www-authenticate')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    return [await outcome(response), challenge]
  }

  it('without a token, with Basic, or with one in the address: a bare 401', async () => {
    const { access_token } = scene.tokens
    const { client, secret } = scene.app
    const credentials = Buffer.from(`${client.id}:${secret}`).toString('base64')
    for (const response of [
      await ask({}),
      await ask({}, { method: 'POST' }),
      await ask({}, { method: 'POST', body: new URLSearchParams({ token: access_token }) }),
      await ask({}, { method: 'POST', body: JSON.stringify({ access_token }) }),
      await ask({}, {}, `?access_token=${access_token}`),
      await ask({}, { method: 'POST' }, `?access_token=${access_token}`),
      await ask({ Authorization: `Basic ${access_token}` }),
      await ask({ Authorization: `Basic ${credentials}` }),
      await ask({ Authorization: access_token }),
      await ask({ Authorization: '' }),
      await ask({ Cookie: `access_token=${access_token}` }),
    ])
      expect(await refusal(response)).toEqual([
        '401 invalid_token',
        expect.stringMatching(/^Bearer, DPoP algs=/),
      ])
    expect(server.log.join('')).not.toContain(access_token)
  })

  it('with what is no access token: 401 invalid_token', async () => {
    const { access_token, id_token = '', refresh_token } = scene.tokens
    const bad = ['', ' ', 'x', 'a b', '"x"', '=', `${access_token},`, `${access_token} x`, 'x'.repeat(10_000)]
    for (const token of [...bad, id_token, refresh_token, `Bearer ${access_token}`]) {
      const [said, challenge] = await refusal(await ask({ Authorization: `Bearer ${token}` }))
      expect(said, token).toBe('401 invalid_token')
      expect(challenge, token).toMatch(/^Bearer error="invalid_token", error_description="[ !#-;=?-[\]-~]+"$/)
    }
  })

  it('with a token that is for it but may not: 403 insufficient_scope', async () => {
    const service = await server.addClient('service')
    const resource = server.issuer
    const own = await tokensOf(
      await tokenRequest(server, service, { grant_type: 'client_credentials', resource }),
    )
    const [said, challenge] = await refusal(await ask({ Authorization: `Bearer ${own.access_token}` }))
    expect(said).toBe('403 insufficient_scope')
    expect(challenge).toMatch(
      /^Bearer error="insufficient_scope", error_description="[^"]+", scope="openid"$/,
    )
  })

  it('with two tokens, or one in two places: 400 invalid_request', async () => {
    const { access_token } = scene.tokens
    const body = new URLSearchParams({ access_token })
    const twice = new URLSearchParams([...body, ...body])
    const inBoth = await ask({ Authorization: `Bearer ${access_token}` }, { method: 'POST', body })
    expect(await outcome(inBoth)).toBe('400 invalid_request')
    expect(await outcome(await ask({}, { method: 'POST', body: twice }))).toBe('400 invalid_request')
    const listed = await ask({ Authorization: `Bearer ${access_token}, Bearer ${access_token}` })
    expect(await outcome(listed)).toBe('401 invalid_token')
  })
})
