// Attacks on refresh tokens (OAuth 2.1 4.3, RFC 9700 4.14, RFC 6749 6 and 10.4), each named by its id.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createShell } from '../cli/support.js'
import { createBrowser } from '../support/browser.js'
import {
  atOnce,
  type Connected,
  connect,
  letIn,
  outcome,
  tally,
  userinfoStatus,
} from '../support/connected.js'
import {
  authenticatedPost,
  authorizeUrl,
  type Changes,
  claimsOf,
  codeFlow,
  refresh,
  tokenRequest,
  tokensOf,
  walk,
} from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { type Opened, raceKinds, temporaryFolder } from '../support/stores.js'

const api = 'https://api.test'
const offline = { scope: 'openid offline_access' }
let server: TestServer
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read', 'write'])
})
afterAll(() => server.close())

/** Refreshes as the scene's app; what it is told. */
const told = async ({ server: at, app }: Connected, token = '', more: Changes = {}) =>
  outcome(await refresh(at, app, token, more))
/** Refreshes as the scene's app; what it gets. */
const next = async ({ server: at, app }: Connected, token = '', more: Changes = {}) =>
  tokensOf(await refresh(at, app, token, more))

/** That nothing of these tokens is good for anything. */
async function expectDead(scene: Connected, ...all: { access_token: string; refresh_token?: string }[]) {
  for (const { access_token, refresh_token } of all) {
    expect(await userinfoStatus(scene.server, access_token)).toBe(401)
    expect(await told(scene, refresh_token)).toBe('400 invalid_grant')
  }
}

describe('RT01 a rotated token used later', () => {
  it('is refused and ends the family', async () => {
    const scene = await letIn(server)
    const bystander = await codeFlow(server, scene.browser, scene.app)
    const second = await next(scene, scene.tokens.refresh_token)
    const third = await next(scene, second.refresh_token)
    expect(await told(scene, scene.tokens.refresh_token)).toBe('400 invalid_grant')
    await expectDead(scene, scene.tokens, second, third)
    expect(await told(scene, bystander.refresh_token)).toBe('200')
    const trail = await server.deps.store.audit.list({ limit: 50, type: 'refresh_token.reused' })
    expect(trail.filter(({ clientId }) => clientId === scene.app.client.id)).toHaveLength(1)
  })

  it('with a wrong tag, generation or spelling is none, and ends nothing', async () => {
    const scene = await letIn(server)
    const { tokens } = scene
    const [id, , tag = ''] = tokens.refresh_token.split('.')
    const looseBit = String.fromCharCode(tag.charCodeAt(42) + 1)
    const forgeries = [
      `${id}.0.${'A'.repeat(43)}`,
      `${id}.1.${tag}`,
      `${id}.00.${tag}`,
      `${id}.+0.${tag}`,
      `${id}.-1.${tag}`,
      `${id}.0x0.${tag}`,
      `${id}.0e0.${tag}`,
      `${id}.999999999999.${tag}`,
      `${id}.0.${tag}=`,
      `${id}.0.${tag.slice(0, -1)}`,
      `${id}.0.${tag.slice(0, -1)}${looseBit}`,
      `${'0'.repeat(16)}.0.${tag}`,
      `__proto__.0.${tag}`,
      ` ${tokens.refresh_token}`,
      `${tokens.refresh_token}\n`,
      tokens.refresh_token.toUpperCase(),
      tokens.access_token,
      tokens.id_token,
      'x'.repeat(50_000),
      "' OR 1=1 --",
    ]
    for (const forged of forgeries) expect(await told(scene, forged), forged).toBe('400 invalid_grant')
    expect(await told(scene, tokens.refresh_token)).toBe('200')
  })
})

describe('RT03 a repetition', () => {
  // The window is 30 s by default, without a count: docs/decisions.md says why.
  it('within the window gives the same successor, however often; past it the family dies', async () => {
    const scene = await letIn(server)
    const { refresh_token } = scene.tokens
    const second = await next(scene, refresh_token)
    server.clock.advance(server.config.refreshGrace)
    const answers = await atOnce(() => next(scene, refresh_token), 20)
    expect(tally(answers.map((answer) => answer.refresh_token ?? ''))).toEqual({
      [second.refresh_token ?? '']: 20,
    })
    server.clock.advance(1)
    expect(await told(scene, refresh_token)).toBe('400 invalid_grant')
    await expectDead(scene, second, ...answers)
  })

  it('within the window, but after the successor was used, is a theft', async () => {
    const scene = await letIn(server)
    const second = await next(scene, scene.tokens.refresh_token)
    const third = await next(scene, second.refresh_token)
    expect(await next(scene, second.refresh_token)).toMatchObject({ refresh_token: third.refresh_token })
    expect(await told(scene, scene.tokens.refresh_token)).toBe('400 invalid_grant')
    await expectDead(scene, second, third)
  })

  it('without a window is a theft at once', async () => {
    const scene = await connect('spa', { config: { refreshGrace: 0 } })
    const second = await next(scene, scene.tokens.refresh_token)
    expect(await told(scene, scene.tokens.refresh_token)).toBe('400 invalid_grant')
    await expectDead(scene, second)
    await scene.server.close()
  })
})

it('RT04 after a restart a rotated token is still a theft, and the newest still good', async () => {
  const { folder, remove } = temporaryFolder()
  const databaseUrl = `file:${folder}/grantor.db`
  const scene = await connect('spa', { databaseUrl })
  const { app, browser, tokens } = scene
  const honest = await codeFlow(scene.server, browser, app)
  const second = await next(scene, tokens.refresh_token)
  const kept = await next(scene, honest.refresh_token)
  await scene.server.close()

  const startAt = scene.server.clock.now + scene.server.config.refreshGrace + 1
  const again = { ...scene, server: await createTestServer({ databaseUrl, startAt }) }
  expect(await told(again, tokens.refresh_token)).toBe('400 invalid_grant')
  await expectDead(again, second)
  expect(await told(again, kept.refresh_token)).toBe('200')
  await again.server.close()
  remove()
})

it('RT06 by another client, or by nobody, is refused and costs its owner nothing', async () => {
  for (const kind of ['spa', 'web'] as const) {
    const scene = await letIn(server, kind)
    const { app, tokens } = scene
    const body = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    for (const thief of [await server.addClient('spa'), await server.addClient('web')]) {
      expect(await outcome(await refresh(server, thief, tokens.refresh_token))).toBe('400 invalid_grant')
      if (thief.secret === '') continue
      const lie = await tokenRequest(server, thief, { ...body, client_id: app.client.id })
      expect(await outcome(lie)).toBe('401 invalid_client')
    }
    const anonymous = await server.fetch('/token', { method: 'POST', body: new URLSearchParams(body) })
    expect(await outcome(anonymous)).toBe('401 invalid_client')
    const unknown = new URLSearchParams({ ...body, client_id: 'nobody' })
    expect(await outcome(await server.fetch('/token', { method: 'POST', body: unknown }))).toBe(
      '401 invalid_client',
    )
    expect(await told(scene, tokens.refresh_token)).toBe('200')
  }
})

describe('RT07 dies with', () => {
  it('the person disabled, and stays dead when they are back; or deleted', async () => {
    const { users } = server.deps.store
    const [disabled, deleted] = [await letIn(server), await letIn(server)]
    await users.setDisabled(disabled.person.user.sub, true, server.clock.now)
    await expectDead(disabled, disabled.tokens)
    await users.setDisabled(disabled.person.user.sub, false, server.clock.now)
    await expectDead(disabled, disabled.tokens)
    await users.remove(deleted.person.user.sub, server.clock.now)
    await expectDead(deleted, deleted.tokens)
  })

  it('the password, by `grantor user set-password`', async () => {
    const shell = createShell()
    const databaseUrl = shell.env.GRANTOR_DATABASE_URL ?? ''
    const scene = await connect('spa', { databaseUrl, startAt: shell.clock.now, params: offline })
    const done = await shell.run(`user set-password ${scene.person.user.username}`, 'a new password, long')
    expect(done.code, done.err).toBe(0)
    await expectDead(scene, scene.tokens)
    await scene.server.close()
  })

  it('the consent, when the person disconnects the app', async () => {
    const scene = await letIn(server, 'spa', { params: offline })
    await scene.browser.open(`${server.issuer}/account/connections`)
    await scene.browser.submit({}, 'Disconnect')
    await expectDead(scene, scene.tokens)
  })

  it('the grant type, of which the client is told by its own code, until it is registered again', async () => {
    const scene = await letIn(server)
    const { id, metadata } = scene.app.client
    const { clients } = server.deps.store
    const without = { ...metadata, grant_types: ['authorization_code' as const] }
    await clients.update({ id, metadata: without, updatedAt: server.clock.now })
    expect(await told(scene, scene.tokens.refresh_token)).toBe('400 unauthorized_client')
    await clients.update({ id, metadata, updatedAt: server.clock.now })
    expect(await told(scene, scene.tokens.refresh_token)).toBe('200')
  })

  it('a scope: narrowed to what client and API still have, and asking for it is refused', async () => {
    const scope = 'openid email offline_access read write'
    const scene = await letIn(server, 'spa', { params: { scope } })
    const { id, metadata } = scene.app.client
    const allowed = { ...metadata, scope: 'openid offline_access read write' }
    await server.deps.store.clients.update({ id, metadata: allowed, updatedAt: server.clock.now })
    const narrowed = await next(scene, scene.tokens.refresh_token)
    expect(narrowed.scope).toBe('openid offline_access read write')
    expect(claimsOf(narrowed.access_token).scope).toBe(narrowed.scope)

    const resource = await server.deps.store.resources.find(api)
    if (!resource) throw new Error('no resource')
    const scopes = resource.scopes.filter(({ name }) => name === 'read')
    await server.deps.store.resources.update({ ...resource, scopes }, server.clock.now)
    const more = await next(scene, narrowed.refresh_token)
    expect(more.scope).toBe('openid offline_access read')
    await server.deps.store.resources.update(resource, server.clock.now)

    const none = { ...metadata, resources: [] }
    await server.deps.store.clients.update({ id, metadata: none, updatedAt: server.clock.now })
    expect(await told(scene, more.refresh_token)).toBe('400 invalid_target')
  })
})

it('RT08 a wider scope or a bad resource is refused without consuming', async () => {
  const scene = await letIn(server, 'spa', { params: { scope: 'openid profile read' } })
  const { refresh_token } = scene.tokens
  const wider = ['openid email', 'write', 'openid profile read write', 'offline_access', 'OPENID', 'unknown']
  const twisted = ['openid "', 'é', '<script>', 'x'.repeat(50_000), 'a b '.repeat(1000)]
  for (const scope of [...wider, ...twisted])
    expect(await told(scene, refresh_token, { scope }), scope).toBe('400 invalid_scope')
  const targets = [
    'https://other.test',
    `${api}#x`,
    `${api}/x`,
    'api.test',
    'x'.repeat(50_000),
    [api, server.issuer],
  ]
  for (const resource of targets)
    expect(await told(scene, refresh_token, { resource }), String(resource)).toBe('400 invalid_target')

  const { sub } = scene.person.user
  const grants = await server.deps.store.grants.list({ sub, limit: 9, now: server.clock.now })
  expect(grants).toMatchObject([{ clientId: scene.app.client.id, generation: 0 }])
  const less = await next(scene, refresh_token, { scope: 'openid openid' })
  expect(less.scope).toBe('openid')
  const all = await next(scene, less.refresh_token)
  expect(all.scope).toBe('openid profile read')
  // Within the window the old token may not ask for more, either.
  expect(await told(scene, less.refresh_token, { scope: 'email' })).toBe('400 invalid_scope')
})

describe('RT09 the absolute end', () => {
  const ttls = { refreshIdleTtl: 1000, refreshAbsoluteTtl: 2500, sessionAbsoluteTtl: 86_400 }

  it.each(['native', 'web'] as const)('comes under constant use, for a %s client', async (kind) => {
    const scene = await connect(kind, { config: ttls, params: offline })
    let token = scene.tokens.refresh_token
    for (const wait of [900, 900, 699]) {
      scene.server.clock.advance(wait)
      token = (await next(scene, token)).refresh_token ?? ''
    }
    const last = await next(scene, token)
    scene.server.clock.advance(1)
    expect(await told(scene, last.refresh_token)).toBe('400 invalid_grant')
    expect(await told(scene, token)).toBe('400 invalid_grant')
    await scene.server.close()
  })

  it('ends the connection too, however long it was in use', async () => {
    const scene = await connect('native', { config: { ...ttls, accessTokenTtl: 60 }, params: offline })
    const { server: at, person } = scene
    let token = scene.tokens.refresh_token
    for (const wait of [900, 900, 699]) {
      at.clock.advance(wait)
      token = (await next(scene, token)).refresh_token ?? ''
    }
    const connections = () => at.deps.store.grants.list({ sub: person.user.sub, limit: 9, now: at.clock.now })
    expect(await connections()).toHaveLength(1)
    // The last access token outlives the absolute end by a minute; nothing else does.
    at.clock.advance(60)
    expect(await connections()).toEqual([])
    await at.close()
  })

  it('of disuse comes sooner, and the session’s end for what is bound to it', async () => {
    const scene = await connect('native', { config: { ...ttls, sessionAbsoluteTtl: 1500 }, params: offline })
    const bound = await codeFlow(scene.server, scene.browser, scene.app)
    scene.server.clock.advance(999)
    const used = await next(scene, bound.refresh_token)
    scene.server.clock.advance(1)
    expect(await told(scene, scene.tokens.refresh_token)).toBe('400 invalid_grant')
    scene.server.clock.advance(499)
    const last = await next(scene, used.refresh_token)
    scene.server.clock.advance(1)
    expect(await told(scene, last.refresh_token)).toBe('400 invalid_grant')
    await scene.server.close()
  })
})

describe('RT11 signing out', () => {
  it.each([
    [
      'by the app',
      async ({ browser, tokens }: Connected) => {
        await browser.open(`${server.issuer}/end-session?id_token_hint=${tokens.id_token}`)
      },
    ],
    [
      'from the account page',
      async ({ browser }: Connected) => {
        await browser.open(`${server.issuer}/account/connections`)
        await browser.submit({}, 'Sign out')
      },
    ],
  ])('%s ends what is bound to the session, and nothing else', async (_, signOut) => {
    const scene = await letIn(server)
    const lasting = await codeFlow(server, scene.browser, scene.app, { params: offline })
    const plain = await codeFlow(server, scene.browser, scene.app, { params: { scope: 'read' } })
    await signOut(scene)
    expect(scene.browser.view.status).toBe(200)
    await expectDead(scene, scene.tokens)
    expect(await told(scene, lasting.refresh_token)).toBe('200')
    expect(await told(scene, plain.refresh_token)).toBe('200')
  })

  it('in one browser leaves another one alone', async () => {
    const scene = await letIn(server)
    const phone = createBrowser(server)
    const there = await codeFlow(server, phone, scene.app, { person: scene.person })
    await scene.browser.open(`${server.issuer}/end-session?id_token_hint=${scene.tokens.id_token}`)
    await expectDead(scene, scene.tokens)
    expect(await told(scene, there.refresh_token)).toBe('200')
  })
})

it('RT12 the ID token after a refresh says the same, whoever has signed in since', async () => {
  const scene = await letIn(server)
  server.clock.advance(100)
  await scene.browser.open(authorizeUrl(server, scene.app, { prompt: 'login' }).url)
  await walk(scene.browser, scene.person)
  const renamed = {
    ...scene.person.user,
    username: `renamed${server.clock.now}`,
    updatedAt: server.clock.now,
  }
  expect(await server.deps.store.users.update({ ...renamed, email: undefined })).toBe(true)
  const again = await next(scene, scene.tokens.refresh_token)
  const [first, second] = [claimsOf(scene.tokens.id_token ?? ''), claimsOf(again.id_token ?? '')]
  for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'sid', 'acr', 'amr'])
    expect(second[claim], claim).toEqual(first[claim])
  expect(first.auth_time).toBe(server.clock.now - 100)
  expect(second).not.toHaveProperty('nonce')
  expect(second).not.toHaveProperty('azp')
  expect(second.iat).toBe(server.clock.now)
  const plain = await next(scene, again.refresh_token, { scope: 'openid', resource: server.issuer })
  expect(claimsOf(plain.id_token ?? '').sub).toBe(first.sub)
})

describe.each(raceKinds)('on $name', ({ open }) => {
  let opened: Opened
  let nodes: [TestServer, TestServer]
  beforeAll(async () => {
    opened = await open()
    const first = await createTestServer({ cheapPasswords: true, store: opened.store })
    nodes = [first, await createTestServer({ store: opened.store, startAt: first.clock.now })]
  })
  afterAll(async () => {
    for (const node of nodes) await node.close()
    await opened.dispose()
  })
  const nodeOf = (index: number) => (index % 2 ? nodes[1] : nodes[0])

  it('RT02 fifty at once leave one lineage, and it lives', async () => {
    const scene = await letIn(nodes[0])
    const { app, tokens } = scene
    const answers = await atOnce(async (index) =>
      tokensOf(await refresh(nodeOf(index), app, tokens.refresh_token)),
    )
    const successors = new Set(answers.map((answer) => answer.refresh_token))
    expect(successors.size).toBe(1)
    const [successor] = successors
    const child = await next(scene, successor)
    expect(child.refresh_token).toMatch(/^[0-9A-Za-z]{16}\.2\./)
    const statuses = answers.map(({ access_token }) => userinfoStatus(scene.server, access_token))
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]))
  })

  it('RT02 fifty at once without a window: one answer, and nothing for a thief to go on with', async () => {
    const strict = await createTestServer({
      store: opened.store,
      startAt: nodes[0].clock.now,
      config: { refreshGrace: 0 },
    })
    const scene = { ...(await letIn(nodes[0])), server: strict }
    const answers = await atOnce(async () => {
      const response = await refresh(strict, scene.app, scene.tokens.refresh_token)
      return response.ok ? tokensOf(response) : outcome(response)
    })
    const got = answers.filter((answer) => typeof answer !== 'string')
    expect(tally(answers.filter((answer) => typeof answer === 'string'))).toEqual({ '400 invalid_grant': 49 })
    await expectDead(scene, ...got)
    await strict.close()
  })

  it.each([
    [
      'revocation',
      async ({ app, tokens }: Connected) => {
        const { refresh_token: token } = tokens
        expect(await outcome(await authenticatedPost(nodes[0], '/revoke', app, { token }))).toBe('200')
      },
    ],
    [
      'sign-out',
      async ({ browser, tokens }: Connected) => {
        await browser.open(`${nodes[0].issuer}/end-session?id_token_hint=${tokens.id_token}`)
      },
    ],
    [
      'disabling',
      async ({ person }: Connected) => {
        await opened.store.users.setDisabled(person.user.sub, true, nodes[0].clock.now)
      },
    ],
  ])('RT05 a %s that races refreshes leaves no living child', async (_, end) => {
    const scene = await letIn(nodes[0])
    const answers = await atOnce(async (index) => {
      if (index === 10) await end(scene)
      const response = await refresh(nodeOf(index), scene.app, scene.tokens.refresh_token)
      return response.ok ? tokensOf(response) : outcome(response)
    })
    const refused = answers.filter((answer) => typeof answer === 'string')
    expect(Object.keys(tally(refused))).toEqual(['400 invalid_grant'])
    await expectDead(scene, scene.tokens, ...answers.filter((answer) => typeof answer !== 'string'))
  })
})
