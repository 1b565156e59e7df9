// The security catalogue, group ST: what a stolen database is good for, what a sweep forgets, who is who.
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { createShell, useQuickKeys } from '../cli/support.js'
import { createBrowser } from '../support/browser.js'
import { atOnce, introspect, letIn, outcome, tally, userinfoStatus } from '../support/connected.js'
import {
  authenticatedPost,
  authorizeUrl,
  exchange,
  getCode,
  refresh,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { createDoor } from '../support/sign-in.js'
import { type Opened, raceKinds, temporaryFolder } from '../support/stores.js'

describe('a stolen database', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let server: TestServer
  let app: Registered
  let service: Registered
  /** Everything that opens a door, by what it is. */
  const held: Record<string, string> = {}
  beforeAll(async () => {
    folder = temporaryFolder()
    server = await createTestServer({ cheapPasswords: true, databaseUrl: `file:${folder.folder}/grantor.db` })
    await server.addResource('https://opaque.test', ['see'], { tokenFormat: 'opaque' })
    service = await server.addClient('service')
    const scene = await letIn(server, 'web', { params: { scope: 'openid offline_access' } })
    app = scene.app
    const { browser, tokens } = scene
    const next = await tokensOf(await refresh(server, app, tokens.refresh_token))
    const got = await getCode(server, browser, app)
    const sealed = await tokensOf(
      await tokenRequest(server, service, {
        grant_type: 'client_credentials',
        resource: 'https://opaque.test',
        scope: 'see',
      }),
    )
    await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    const csrf = browser.view.forms[0]?.fields.csrf ?? ''
    await browser.submit({ password: 'a wrong guess at it' })
    const cookies = browser.cookies
    Object.assign(held, {
      password: scene.person.password,
      'wrong password': 'a wrong guess at it',
      'client secret': app.secret,
      'service secret': service.secret,
      code: got.code.split('.')[1],
      verifier: got.verifier,
      'access token': tokens.access_token.split('.')[2],
      'opaque token': sealed.access_token,
      'ID token': tokens.id_token?.split('.')[2],
      'old refresh token': tokens.refresh_token.split('.').at(-1),
      'refresh token': next.refresh_token?.split('.').at(-1),
      'session cookie': cookies['__Host-grantor_session']?.split('.')[1],
      'browser cookie': cookies['__Host-grantor_browser']?.split('.').at(-1),
      'form token': csrf,
      'master key': Buffer.alloc(32, 7).toString('base64'),
    })
    for (const alg of signingAlgs) {
      const { d = '', p = d } = knownKey(alg).export({ format: 'jwk' })
      Object.assign(held, { [`${alg} key`]: d, [`${alg} prime`]: p })
    }
  })
  afterAll(async () => {
    await server.close()
    folder.remove()
  })

  it('ST01 holds none of it, in no spelling', () => {
    const files = readdirSync(folder.folder)
    expect(files).toContain('grantor.db')
    const dump = files.map((name) => readFileSync(path.join(folder.folder, name), 'latin1')).join('')
    // The dump is what it is taken for: this is in it.
    for (const kept of [app.client.id, 'https://opaque.test', 'argon2id', 'ES256'])
      expect(dump).toContain(kept)
    for (const [name, secret] of Object.entries(held)) {
      expect(secret.length, name).toBeGreaterThan(15)
      const bytes = Buffer.from(secret, /key|prime/.test(name) ? 'base64url' : 'latin1')
      for (const encoding of ['latin1', 'base64', 'base64url', 'hex'] as const) {
        expect(dump.includes(bytes.toString(encoding)), `${name} in ${encoding}`).toBe(false)
        expect(dump.includes(Buffer.from(secret).toString(encoding)), `${name} in ${encoding}`).toBe(false)
      }
    }
  })

  it('ST01 has nothing in it that is taken for what it was made from', async () => {
    const db = openDatabase(`${folder.folder}/grantor.db`, { readonly: true })
    const tables = db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]
    const rows = tables.flatMap((table) => db.prepare(`select * from "${table}"`).raw().all() as unknown[][])
    db.close()
    const textsOf = (row: unknown[]) => row.filter((cell) => typeof cell === 'string')
    const isSecret = (text: string) => /^[\w-]{43}$/.test(text) || text.startsWith('$argon2')
    const secrets = [...new Set(rows.flatMap(textsOf).filter(isSecret))]
    // What stands beside each other makes a handle: its id, and what is kept of its secret.
    const handles = rows.flatMap((row) => {
      const [id] = textsOf(row)
      return textsOf(row)
        .filter(isSecret)
        .map((secret) => `${id}.${secret}`)
    })
    expect(secrets.length).toBeGreaterThan(5)
    expect(handles.length).toBeGreaterThan(5)

    const { url } = authorizeUrl(server, app, { prompt: 'none' })
    for (const handle of handles) {
      const cookie = `__Host-grantor_session=${handle}`
      const location = (await server.fetch(url, { headers: { cookie } })).headers.get('location') ?? ''
      expect(location, handle).toContain('error=login_required')
      const offered = { grant_type: 'authorization_code', code: handle, code_verifier: held.verifier }
      const redirect_uri = app.client.metadata.redirect_uris[0]
      const answer = await tokenRequest(server, app, { ...offered, redirect_uri })
      expect(await outcome(answer), handle).toBe('400 invalid_grant')
      expect(await outcome(await refresh(server, app, handle))).toBe('400 invalid_grant')
      server.clock.advance(61)
    }
    for (const secret of secrets) {
      const answer = await tokenRequest(server, { ...service, secret }, { grant_type: 'client_credentials' })
      expect(await outcome(answer), secret).toBe('401 invalid_client')
      const door = createDoor(server, app)
      expect((await door.guess('alice', secret)).status).toBe(422)
      server.clock.advance(901)
    }
  })

  it('ST01 knows its secrets by their hashes', async () => {
    const [kept] = await server.deps.store.clients.secrets(service.client.id, server.clock.now)
    expect(kept?.hash).toBe(hash('sha256', service.secret, 'base64url'))
    expect(await outcome(await tokenRequest(server, service, { grant_type: 'client_credentials' }))).toBe(
      '200',
    )
  })
})

describe.each(raceKinds)('on $name: what has been swept', ({ open }) => {
  let opened: Opened
  let here: TestServer
  let ahead: TestServer
  beforeEach(async () => {
    opened = await open()
    here = await createTestServer({ cheapPasswords: true, store: opened.store })
    // The clocks of two nodes differ by as much as we bear with.
    ahead = await createTestServer({ store: opened.store, startAt: here.clock.now + 60 })
  })
  afterEach(async () => {
    await here.close()
    await ahead.close()
    await opened.dispose()
  })

  async function advance(seconds: number): Promise<void> {
    for (const node of [here, ahead]) {
      node.clock.advance(seconds)
      while ((await node.deps.store.sweep(node.clock.now, 100)) > 0);
    }
  }

  it('ST02 stays revoked while any node could still believe it', async () => {
    await here.addResource('https://opaque.test', ['see'], { tokenFormat: 'opaque' })
    const { app, browser, tokens } = await letIn(here, 'web', { params: { scope: 'openid offline_access' } })
    const got = await getCode(here, browser, app, { params: { scope: 'see' } })
    const sealed = await tokensOf(await exchange(here, app, got))
    const revoked = [tokens.access_token, sealed.access_token]
    for (const token of revoked)
      expect(await outcome(await authenticatedPost(here, '/revoke', app, { token }))).toBe('200')
    const dead = async () => {
      for (const token of revoked) {
        for (const node of [here, ahead]) {
          expect(await introspect(node, app, token)).toEqual({ active: false })
          expect(await userinfoStatus(node, token)).toBe(401)
        }
      }
    }
    const ttl = here.config.accessTokenTtl
    for (const seconds of [0, ttl - 61, 1, 1, 57, 1, 1, 1, 1, 57, 1, 1, 3600]) {
      await advance(seconds)
      await dead()
    }
  })

  it('ST02 stays spent: a code, a refresh token, a journey, a session', async () => {
    const { app, browser, person, tokens } = await letIn(here, 'web', { params: { scope: 'openid' } })
    const got = await getCode(here, browser, app)
    await tokensOf(await exchange(here, app, got))
    const started = authorizeUrl(here, app, { prompt: 'login' })
    await browser.open(started.url)
    const journey = browser.view.url
    await browser.submit({ password: person.password })
    const cookies = { ...browser.cookies }
    await browser.open('/account')
    await browser.submit({}, 'Sign out')
    const thief = createBrowser(here)
    for (const [name, value] of Object.entries(cookies)) thief.setCookie(name, value)
    const { codeTtl, accessTokenTtl, sessionAbsoluteTtl } = here.config
    const day = 86_400
    for (const seconds of [
      0,
      31,
      codeTtl,
      61,
      accessTokenTtl,
      sessionAbsoluteTtl,
      61,
      day,
      61,
      90 * day,
      61,
    ]) {
      await advance(seconds)
      expect(await outcome(await exchange(here, app, got))).toBe('400 invalid_grant')
      expect(await outcome(await refresh(here, app, tokens.refresh_token))).toBe('400 invalid_grant')
      const again = await thief.open(journey)
      expect([again.status, again.left]).toEqual([400, undefined])
      const { left } = await thief.open(authorizeUrl(here, app, { prompt: 'none' }).url)
      expect(left?.params.get('error')).toBe('login_required')
    }
  })

  it('ST02 stays used: a marker, until its time and the difference of clocks are over', async () => {
    const { replay } = opened.store
    const until = here.clock.now + 100
    expect(await replay.once('jti', until, 'trusted')).toBe(true)
    for (const seconds of [0, 38, 1, 1, 1, 58, 1]) {
      await advance(seconds)
      expect(await replay.once('jti', until, 'trusted'), String(until - here.clock.now)).toBe(false)
    }
    expect(here.clock.now).toBe(until)
  })
})

describe('an identity', () => {
  it('ST03 is one, however it is spelt: a second of the same name or address is refused', async () => {
    const shell = createShell()
    await useQuickKeys(shell)
    const create = (username: string, email?: string) =>
      shell.run(
        ['user', 'create', '--username', username, ...(email ? ['--email', email] : []), '--password-stdin'],
        'seven quiet otters at dawn',
      )
    expect((await create('admin', 'root@example.test')).code).toBe(0)
    expect((await create('kelvin')).code).toBe(0)
    const twins: [string, string?][] = [
      ['ADMIN'],
      ['admin '],
      [' Admin'],
      ['\uff41\uff44\uff4d\uff49\uff4e'],
      ['\u212aelvin'],
      ['root@example.test'],
      ['ROOT\uff20EXAMPLE.TEST'],
      ['root\uff20example.test', 'root\uff20example.test'],
      ['other1', 'Root@Example.Test'],
      ['other2', 'root\uff20example.test'],
      ['someone@else.test'],
      ['ad\u200bmin'],
      ['\u202eadmin'],
      [' '],
    ]
    for (const [username, email] of twins) {
      const { code, out, err } = await create(username, email)
      expect([1, 2], username).toContain(code)
      expect(out, username).toBe('')
      expect(err, username).not.toMatch(/SQLITE|constraint| at \w+ \(|\n.*\n.*\n.*\n/)
    }
    expect(await shell.json('user list')).toHaveLength(2)
  })

  it('ST03 signs in under every spelling, as the one it is', async () => {
    const server = await createTestServer({ cheapPasswords: true })
    const app = await server.addClient('web')
    const { user, password } = await server.addUser({ username: 'Admin', email: 'Root@Example.Test' })
    const spellings = [
      'ADMIN',
      ' admin ',
      '\uff21dmin',
      'root@example.test',
      'ROOT\uff20EXAMPLE.TEST',
      '\u24b6dmin',
    ]
    for (const username of spellings) {
      const browser = createBrowser(server)
      const got = await getCode(server, browser, app, { person: { user: { ...user, username }, password } })
      const { access_token } = await tokensOf(await exchange(server, app, got))
      const Authorization = `Bearer ${access_token}`
      const claims = await (await server.fetch('/userinfo', { headers: { Authorization } })).json()
      expect(claims, username).toEqual({ sub: user.sub })
    }
    const door = createDoor(server, app)
    for (const other of ['ad\u200bmin', '\u0430dmin', 'admin%20', 'admin\u0301', 'admin@example.test'])
      expect((await door.guess(other, password)).status, other).toBe(422)
    await server.close()
  })
})

describe.each(raceKinds)('on $name: at once', ({ open }) => {
  let opened: Opened
  let nodes: TestServer[]
  beforeEach(async () => {
    opened = await open()
    const first = await createTestServer({ cheapPasswords: true, store: opened.store })
    const second = await createTestServer({
      cheapPasswords: true,
      store: opened.store,
      startAt: first.clock.now,
    })
    nodes = [first, second]
  })
  afterEach(async () => {
    for (const node of nodes) await node.close()
    await opened.dispose()
  })
  const node = (index: number) => nodes[index % 2] as TestServer

  it('ST04 fifty who take one name, address or id are told no, all but one', async () => {
    const spellings = ['alice', 'ALICE', ' alice', '\uff41lice']
    const people = await atOnce((i) =>
      node(i)
        .addUser({ username: spellings[i % 4] ?? '', email: `a${i}@example.test` })
        .then(() => 'made')
        .catch((error: Error) => error.message.replace(/.*(?= is taken)/, '')),
    )
    expect(tally(people)).toEqual({ made: 1, ' is taken': 49 })
    const addresses = await atOnce((i) =>
      node(i)
        .addUser({ username: `bob${i}`, email: i % 2 ? 'bob@example.test' : 'BOB@example.test' })
        .then(() => 'made')
        .catch((error: Error) => error.message.replace(/.*(?= is taken)/, '')),
    )
    expect(tally(addresses)).toEqual({ made: 1, ' is taken': 49 })
    const made = await Promise.all(
      ['carol', 'dave', 'erin'].map(async (username) => (await node(0).addUser({ username })).user),
    )
    const moved = await atOnce(async (i) => {
      const user = made[i % made.length]
      if (!user) throw new Error('nobody')
      return String(await opened.store.users.update({ ...user, username: 'frank', updatedAt: i }))
    })
    expect(tally(moved).true).toBeGreaterThan(0)
    const [frank] = (await opened.store.users.list({ limit: 100 })).filter(
      ({ username }) => username === 'frank',
    )
    expect(made.map(({ sub }) => sub)).toContain(frank?.sub)
    const apps = await atOnce((i) =>
      node(i)
        .addClient('spa', {}, { id: 'the-app' })
        .then(() => 'made')
        .catch((error: Error) => error.message),
    )
    expect(tally(apps)).toEqual({ made: 1, 'the client the-app exists': 49 })
  })

  it('ST04 fifty answers to one question, or to fifty, are no failure', async () => {
    const [first] = nodes as [TestServer]
    const app = await first.addClient('web')
    const person = await first.addUser()
    const browser = createBrowser(first)
    await browser.open(authorizeUrl(first, app, { prompt: 'consent' }).url)
    await browser.signIn(person)
    const one = browser.view
    const send = async (form = one.forms[0], fields: Record<string, string> = {}) => {
      const sent = { method: 'POST', fields: { ...form?.fields, ...fields }, from: first.issuer } as const
      return (await browser.request(form?.action ?? '', sent)) as Response
    }
    const allow = one.forms.find(({ buttons }) => buttons.some(({ value }) => value === 'allow'))
    const same = await atOnce(() => send(allow, { decision: 'allow' }))
    expect(tally(same.map(({ status }) => String(status)))).toEqual({ 303: 50 })
    const codes = same.map(({ headers }) => new URL(headers.get('location') ?? '').searchParams.get('code'))
    expect(new Set(codes).size).toBe(1)
    expect(codes[0]).toBeTruthy()
    const tabs = await atOnce(async () => {
      const tab = browser.newTab()
      await tab.open(authorizeUrl(first, app, { prompt: 'consent' }).url)
      return tab.view.forms.find(({ buttons }) => buttons.some(({ value }) => value === 'allow'))
    })
    const other = await Promise.all(tabs.map((form) => send(form, { decision: 'allow' })))
    expect(tally(other.map(({ status }) => String(status)))).toEqual({ 303: 50 })
  })

  it('ST04 fifty sign-ins in one browser, each in a tab of its own, are no failure', async () => {
    const [first] = nodes as [TestServer]
    const app = await first.addClient('web')
    const person = await first.addUser()
    const browser = createBrowser(first)
    await browser.open(authorizeUrl(first, app).url)
    const forms = await atOnce(async () => {
      const tab = browser.newTab()
      await tab.open(authorizeUrl(first, app).url)
      return tab.view.forms[0]
    })
    const fields = { username: person.user.username, password: person.password }
    const statuses = await Promise.all(
      forms.map(async (form) => {
        const sent = { method: 'POST', fields: { ...form?.fields, ...fields }, from: first.issuer } as const
        return String((await browser.request(form?.action ?? '', sent)).status)
      }),
    )
    expect(tally(statuses)).toEqual({ 303: 50 })
    expect(await createDoor(first, app).silently(browser)).toBe('consent_required')
  })

  it('ST04 who is deleted in the middle of it all leaves no failure and no way in', async () => {
    const [first] = nodes as [TestServer]
    const app = await first.addClient('web')
    const person = await first.addUser()
    const browser = createBrowser(first)
    await getCode(first, browser, app, { person })
    const answers = await atOnce(async (i) => {
      if (i === 25) {
        await opened.store.users.remove(person.user.sub, first.clock.now)
        return '303'
      }
      const response = await browser.request(authorizeUrl(first, app).url)
      return String(response.status)
    })
    expect(tally(answers)).toEqual({ 303: 50 })
    expect(await createDoor(first, app).silently(browser)).toBe('login_required')
    expect((await createDoor(first, app).guess(person.user.username, person.password)).status).toBe(422)
  })
})

it('ST04 an administrator who makes a person, an app or an API again hears it in one sentence', async () => {
  const shell = createShell()
  await useQuickKeys(shell)
  const verbs = [
    ['user', 'create', '--username', 'ada', '--password-stdin'],
    ['client', 'create', '--kind', 'service', '--name', 'Backup', '--id', 'backup'],
    ['resource', 'create', '--identifier', 'https://api.test', '--name', 'API'],
  ]
  for (const verb of verbs) {
    expect((await shell.run(verb, 'seven quiet otters at dawn')).code, verb.join(' ')).toBe(0)
    const again = await shell.run(verb, 'seven quiet otters at dawn')
    expect(again, verb.join(' ')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^.{10,200}\n$/),
    })
    expect(again.err).not.toMatch(/SQLITE|constraint|StoreConflict/i)
  }
})
