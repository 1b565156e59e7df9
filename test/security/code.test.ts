// Attacks on authorization codes (OAuth 2.1 4.1.3 and 7.5, RFC 6749 4.1.2), each named by its id.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHandle } from '../../src/crypto/handle.js'
import { makeRefreshToken } from '../../src/crypto/refresh-token.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce, inactive, introspect, letIn, outcome, tally, userinfoStatus } from '../support/connected.js'
import { authorizeUrl, type Changes, exchange, getCode, refresh, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { type Opened, raceKinds, temporaryFolder } from '../support/stores.js'

let server: TestServer
let person: Person
let browser: Browser
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://api.test', ['read'])
  person = await server.addUser()
  browser = createBrowser(server)
})
afterAll(() => server.close())

/** A code of the app, and how to offer it. */
async function codeOf(app: Registered, params: Changes = {}) {
  const got = await getCode(server, browser, app, { person, params })
  return { ...got, offer: (changes: Changes = {}, by = app) => exchange(server, by, got, changes) }
}

describe('a code', () => {
  it('CD01 valid replay: refused, and everything that came of the grant is dead', async () => {
    const app = await server.addClient('web', { rotate_refresh_token: true })
    const [{ offer }, other] = [await codeOf(app), await codeOf(app)]
    const first = await tokensOf(await offer())
    const second = await tokensOf(await refresh(server, app, first.refresh_token ?? ''))
    const spared = await tokensOf(await other.offer())
    expect(await introspect(server, app, first.access_token)).toMatchObject({ active: true })

    expect(await outcome(await offer())).toBe('400 invalid_grant')
    for (const { access_token, refresh_token = '' } of [first, second]) {
      expect(await userinfoStatus(server, access_token)).toBe(401)
      expect(await introspect(server, app, access_token)).toEqual(inactive)
      expect(await introspect(server, app, refresh_token)).toEqual(inactive)
      expect(await outcome(await refresh(server, app, refresh_token))).toBe('400 invalid_grant')
    }
    expect(await userinfoStatus(server, spared.access_token)).toBe(200)
    const trail = await server.deps.store.audit.list({ limit: 50, type: 'code.reused' })
    expect(trail.filter(({ clientId }) => clientId === app.client.id)).toHaveLength(1)
  })

  it('CD01 valid replay long after the code has expired: the same', async () => {
    const { offer } = await codeOf(await server.addClient('spa'))
    const tokens = await tokensOf(await offer())
    server.clock.advance(server.config.codeTtl + 60)
    expect(await outcome(await offer())).toBe('400 invalid_grant')
    expect(await userinfoStatus(server, tokens.access_token)).toBe(401)
  })

  it('CD03 replay with a wrong verifier, by another client or nobody: refused, honest tokens live', async () => {
    const [app, thief] = [await server.addClient('web'), await server.addClient('web')]
    const { offer } = await codeOf(app)
    const tokens = await tokensOf(await offer())
    for (const code_verifier of [undefined, '', 'x', 'x'.repeat(43), 'x'.repeat(129)]) {
      expect(await outcome(await offer({ code_verifier }))).toBe('400 invalid_grant')
    }
    expect(await outcome(await offer({}, thief))).toBe('400 invalid_grant')
    expect(await outcome(await offer({}, { ...app, secret: 'guess' }))).toBe('401 invalid_client')
    expect(await userinfoStatus(server, tokens.access_token)).toBe(200)
    expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('200')
  })

  it.each(['web', 'spa', 'native'] as const)(
    'CD04 of a %s client is refused to every other, and stays good',
    async (kind) => {
      const app = await server.addClient(kind)
      const { offer } = await codeOf(app)
      const thieves = [await server.addClient('web'), await server.addClient('spa')]
      for (const thief of thieves) expect(await outcome(await offer({}, thief))).toBe('400 invalid_grant')
      // Who authenticates as one client and names the other is neither.
      const [web] = thieves
      expect(await outcome(await offer({ client_id: app.client.id }, web))).toBe('401 invalid_client')
      expect(await outcome(await offer())).toBe('200')
    },
  )

  it('CD05 dies on the second, for the right client with the right verifier', async () => {
    const app = await server.addClient('web')
    const { codeTtl } = server.config
    const [inTime, late, later] = [await codeOf(app), await codeOf(app), await codeOf(app)]
    server.clock.advance(codeTtl - 1)
    expect(await outcome(await inTime.offer())).toBe('200')
    server.clock.advance(1)
    expect(await outcome(await late.offer())).toBe('400 invalid_grant')
    server.clock.advance(1)
    expect(await outcome(await later.offer())).toBe('400 invalid_grant')
    // What has expired unused was not used twice: asking again ends nothing and revives nothing.
    expect(await outcome(await later.offer())).toBe('400 invalid_grant')
  })

  it('dies with the grant and with the person behind it (AZ16)', async () => {
    const { grants, users } = server.deps.store
    const app = await server.addClient('web')
    const { now } = server.clock
    const { offer } = await codeOf(app)
    expect(await grants.revokeByUserAndClient(person.user.sub, app.client.id, now, 'test')).toBe(1)
    expect(await outcome(await offer())).toBe('400 invalid_grant')
    const leaver = await letIn(server, 'web')
    const got = await getCode(server, leaver.browser, leaver.app)
    await users.setDisabled(leaver.person.user.sub, true, now)
    expect(await outcome(await exchange(server, leaver.app, got))).toBe('400 invalid_grant')
  })

  it('CD06 has one spelling, and no other one-time object is one', async () => {
    const app = await server.addClient('web')
    const [{ code, offer }, other] = [await codeOf(app), await codeOf(app)]
    const tokens = await tokensOf(await (await codeOf(app)).offer())
    const interaction = (await browser.request(authorizeUrl(server, app).url)).headers.get('location')
    const [id, secret] = code.split('.')
    const [otherId, otherSecret] = other.code.split('.')
    const forgeries = [
      code.slice(0, -1),
      code.slice(1),
      `${code}A`,
      `${code}=`,
      ` ${code}`,
      `${code}\n`,
      code.toLowerCase(),
      code.replace('.', '..'),
      code.replace('.', '%2e'),
      `${id}.${secret?.slice(0, -1)}${nextLetter(secret ?? '')}`,
      `${id}.${otherSecret}`,
      `${otherId}.${secret}`,
      `${id}.${'A'.repeat(43)}`,
      `${id}.`,
      `.${secret}`,
      '.',
      'null',
      'undefined',
      '__proto__',
      "' OR 1=1 --",
      'x'.repeat(50_000),
      tokens.refresh_token ?? '',
      tokens.access_token,
      tokens.id_token ?? '',
      interaction?.split('/').at(-1) ?? '',
      ...Object.values(browser.cookies),
    ]
    for (const forged of forgeries)
      expect(await outcome(await offer({ code: forged })), forged).toBe('400 invalid_grant')
    expect(await outcome(await offer({ code: '\0' }))).toBe('400 invalid_request')
    expect(await outcome(await offer({ code: '' }))).toBe('400 invalid_request')
    expect(await outcome(await offer())).toBe('200')
  })

  it('CD06 is nothing else either: no refresh token, access token, secret or session', async () => {
    const app = await server.addClient('web')
    const { code, offer } = await codeOf(app)
    expect(await outcome(await refresh(server, app, code))).toBe('400 invalid_grant')
    expect(await userinfoStatus(server, code)).toBe(401)
    expect(await introspect(server, app, code)).toEqual(inactive)
    expect(await outcome(await offer({}, { ...app, secret: code }))).toBe('401 invalid_client')
    const stranger = createBrowser(server)
    stranger.setCookie('__Host-grantor_session', code)
    const { left } = await stranger.open(authorizeUrl(server, app, { prompt: 'none' }).url)
    expect(left?.params.get('error')).toBe('login_required')
    expect(await outcome(await offer())).toBe('200')
  })

  it('CD07 in the address, as a verifier, a secret or a token there: refused, unspent, unlogged', async () => {
    const app = await server.addClient('web')
    const { code, verifier, offer } = await codeOf(app)
    const Authorization = `Basic ${Buffer.from(`${app.client.id}:${app.secret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier })
    const queries = [
      `code=${code}`,
      `c%6fde=${code}`,
      `x=1&code_verifier=${verifier}`,
      `client_id=${app.client.id}&client_secret=${app.secret}`,
      `client_assertion=${code}`,
      `refresh_token=${code}`,
      `token=${code}`,
      'grant_type=authorization_code',
      `code=${code}&code=${code}`,
      '%',
    ]
    for (const endpoint of ['/token', '/revoke', '/introspect'])
      for (const query of queries) {
        const address = `${endpoint}?${query}`
        const init = { method: 'POST', headers: { Authorization }, body }
        expect(await outcome(await server.fetch(address, init)), address).toBe('400 invalid_request')
      }
    for (const secret of [code, verifier, app.secret]) expect(server.log.join('')).not.toContain(secret)
    expect(await outcome(await offer())).toBe('200')
  })

  it('CD08 with a bad target is refused and keeps its worth; a scope beside it widens nothing', async () => {
    const app = await server.addClient('web')
    const { offer } = await codeOf(app, { scope: 'openid profile' })
    const targets = [
      'https://api.test',
      'https://nowhere.test',
      `${server.issuer}#x`,
      `${server.issuer}/userinfo`,
      'as.test',
      '//as.test',
      'javascript:alert(1)',
      'x'.repeat(50_000),
      [server.issuer, 'https://api.test'],
      Array.from({ length: 11 }, (_, i) => `https://api${i}.test`),
    ]
    for (const resource of targets)
      expect(await outcome(await offer({ resource })), String(resource)).toBe('400 invalid_target')
    const tokens = await tokensOf(
      await offer({ scope: 'openid profile email read', resource: server.issuer }),
    )
    expect(tokens.scope).toBe('openid profile')
  })

  it('CD09 neither the database nor the log holds anything to redeem', async () => {
    const { folder, remove } = temporaryFolder()
    const node = await createTestServer({ cheapPasswords: true, databaseUrl: `file:${folder}/grantor.db` })
    const scene = await letIn(node, 'web')
    const { app, tokens } = scene
    const got = await getCode(node, scene.browser, app)
    const spent = await getCode(node, scene.browser, app)
    await exchange(node, app, spent)
    await exchange(node, app, spent)
    await exchange(node, app, got, { code_verifier: 'x'.repeat(43) })
    const held = [
      ...[got, spent].flatMap(({ code, verifier }) => [code.split('.')[1] ?? '', verifier]),
      tokens.refresh_token.split('.')[2] ?? '',
      tokens.access_token,
      tokens.id_token ?? '',
      app.secret,
      scene.person.password,
      ...Object.values(scene.browser.cookies).map((cookie) => cookie.split('.').at(-1) ?? ''),
    ]
    const dump = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1'))
    expect(dump.join('')).toContain(parseHandle(got.code)?.id)
    for (const secret of held) {
      expect(secret.length).toBeGreaterThan(20)
      expect(dump.join('')).not.toContain(secret)
      expect(node.log.join('')).not.toContain(secret)
    }

    const row = await node.deps.store.grants.findForCode(parseHandle(got.code)?.id ?? '')
    const stolen = { ...got, code: `${row?.grant.id}.${row?.code.hash}` }
    expect(await outcome(await exchange(node, app, stolen))).toBe('400 invalid_grant')
    const grant = await node.deps.store.grants.find(tokens.refresh_token.split('.')[0] ?? '')
    if (!grant) throw new Error('no grant')
    const forged = makeRefreshToken(deriveSecrets(Buffer.alloc(32, 8)), grant)
    expect(await outcome(await refresh(node, app, forged))).toBe('400 invalid_grant')
    expect(await outcome(await exchange(node, app, got))).toBe('200')
    await node.close()
    remove()
  })
})

/** The last of 43 characters carries four bits; the next letter carries the same and a loose one. */
function nextLetter(secret: string): string {
  return String.fromCharCode(secret.charCodeAt(42) + 1)
}

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

  it('CD02 fifty at once: one gives tokens, which the others, being replays, end', async () => {
    const [node] = nodes
    const { app, browser: own } = await letIn(node, 'web')
    const got = await getCode(node, own, app)
    const answers = await atOnce(async (index) => {
      const response = await exchange(index % 2 ? nodes[1] : node, app, got)
      return response.ok ? tokensOf(response) : outcome(response)
    })
    const refused = answers.filter((answer) => typeof answer === 'string')
    expect(tally(refused)).toEqual({ '400 invalid_grant': 49 })
    // As docs/decisions.md has it: of two who hold code and verifier, nobody can say which is the thief.
    for (const tokens of answers.filter((answer) => typeof answer !== 'string')) {
      expect(await userinfoStatus(node, tokens.access_token)).toBe(401)
      expect(await outcome(await refresh(node, app, tokens.refresh_token ?? ''))).toBe('400 invalid_grant')
    }
  })

  it('CD02 of fifty at once with a wrong verifier none spends the code, and five end it (PK07)', async () => {
    const [node] = nodes
    const { app, browser: own } = await letIn(node, 'web')
    const got = await getCode(node, own, app)
    const wrong = { code_verifier: 'x'.repeat(43) }
    const answers = await atOnce(async () => outcome(await exchange(node, app, got, wrong)))
    expect(tally(answers)).toEqual({ '400 invalid_grant': 50 })
    expect(await outcome(await exchange(node, app, got))).toBe('400 invalid_grant')
  })
})

it('CD01 a replay after a restart is still a replay', async () => {
  const { folder, remove } = temporaryFolder()
  const databaseUrl = `file:${folder}/grantor.db`
  const before = await createTestServer({ cheapPasswords: true, databaseUrl })
  const { app, browser: own, tokens } = await letIn(before, 'web')
  const got = await getCode(before, own, app)
  const later = await tokensOf(await exchange(before, app, got))
  await before.close()
  const after = await createTestServer({ databaseUrl, startAt: before.clock.now })
  expect(await outcome(await exchange(after, app, got))).toBe('400 invalid_grant')
  expect(await userinfoStatus(after, later.access_token)).toBe(401)
  expect(await userinfoStatus(after, tokens.access_token)).toBe(200)
  await after.close()
  remove()
})
