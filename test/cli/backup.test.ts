// grantor backup and grantor restore: a copy beside a running server, and an old state that brings nothing back (F09).
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { createBrowser } from '../support/browser.js'
import { letIn } from '../support/connected.js'
import {
  authenticatedPost,
  authorizeUrl,
  claimsOf,
  codeFlow,
  exchange,
  getCode,
  refresh,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { aTotp } from '../support/rows.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { placeOf, publishedStatus } from '../support/status.js'
import { createShell, type Shell } from './support.js'

let shell: Shell
const database = () => `${shell.folder}/grantor.db`
const copy = () => `${shell.folder}/copy.db`
const backup = (...more: string[]) => shell.run(['backup', copy(), ...more])
const restore = () => shell.run(['restore', copy()])

/** A server over the shell's database, under its clock. */
async function open(): Promise<TestServer> {
  const server = await createTestServer({
    databaseUrl: `file:${database()}`,
    cheapPasswords: true,
    startAt: shell.clock.now,
  })
  onTestFinished(() => server.close().catch(() => {}))
  return server
}

beforeEach(() => {
  shell = createShell()
  // The key of every server of the tests.
  writeFileSync(`${shell.folder}/master.key`, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
})

const error = async (response: Response) => `${response.status} ${(await response.json()).error ?? ''}`
const introspected = async (server: TestServer, app: Registered, token: string) =>
  (await (await authenticatedPost(server, '/introspect', app, { token })).json()).active

describe('grantor backup', () => {
  it('makes a whole copy beside a running server, for its owner only', async () => {
    const server = await open()
    await server.addClient('web')
    await server.deps.store.committed(0)
    expect(await backup()).toMatchObject({ code: 0, out: expect.stringContaining('whole copy') })
    expect(statSync(copy()).mode & 0o777).toBe(0o600)
    const raw = openDatabase(copy(), { readonly: true })
    expect(raw.prepare('select count(*) from client').pluck().get()).toBe(1)
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
    raw.close()
    expect(readdirSync(shell.folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
  })

  it('puts itself in the place of nothing, unless told to, and never of the database', async () => {
    await (await open()).close()
    writeFileSync(copy(), 'precious')
    expect(await backup()).toMatchObject({ code: 1, err: expect.stringContaining('--force') })
    expect(readFileSync(copy(), 'utf8')).toBe('precious')
    expect(await backup('--force')).toMatchObject({ code: 0 })
    expect(await shell.run(['backup', database(), '--force'])).toMatchObject({ code: 1 })
  })

  it('says what cannot be done, and leaves nothing behind', async () => {
    expect(await backup()).toMatchObject({ code: 1, err: expect.stringContaining('There is no database') })
    await (await open()).close()
    const nowhere = await shell.run(['backup', `${shell.folder}/none/copy.db`])
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringMatching(/^the backup .* was not made.*\n$/) })
    writeFileSync(database(), readFileSync(database()).fill(0xa5, 4096))
    expect((await backup()).code).toBe(1)
    expect(readdirSync(shell.folder).filter((name) => name.startsWith('copy'))).toEqual([])
  })

  it('F06: copies no damaged database: a page or a row that is not as it should be', async () => {
    await (await open()).close()
    const whole = readFileSync(database())
    const refused = {
      code: 1,
      err: expect.stringMatching(/^the backup .* was not made: [^\n]{10,}\n$/),
    }
    const expectNoCopy = async () => {
      expect(await backup()).toMatchObject(refused)
      expect(readdirSync(shell.folder).filter((name) => name.startsWith('copy'))).toEqual([])
    }
    // A leaf whose cells lead nowhere: the copy has every page as it is, and can be read elsewhere.
    const pageSize = whole.readUInt16BE(16)
    writeFileSync(database(), Buffer.from(whole).fill(0xa5, whole.length - pageSize + 8))
    await expectNoCopy()
    writeFileSync(database(), whole)
    const raw = openDatabase(database())
    raw.pragma('foreign_keys = off')
    raw.exec("insert into client_secret (id, client_id, hash, created_at) values ('s', 'nobody', 'h', 1)")
    raw.close()
    await expectNoCopy()
  })

  it('sends those with PostgreSQL to its own tools', async () => {
    shell.env.GRANTOR_DATABASE_URL = 'postgres://localhost/none'
    expect(await backup()).toMatchObject({ code: 1, err: expect.stringContaining('pg_dump') })
    expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('pg_restore') })
  })
})

describe('grantor restore', () => {
  it('F09: brings back nothing that was ended, used or rotated since, and ends the rest', async () => {
    const before = await open()
    const kept = await letIn(before, 'web', { metadata: { rotate_refresh_token: true } })
    const { app, person, browser, tokens } = kept
    const service = await before.addClient('service')
    const own = await tokensOf(await tokenRequest(before, service, { grant_type: 'client_credentials' }))
    const pending = await getCode(before, browser, app)
    const { sub } = (await before.addUser({ username: 'zoe' })).user
    await before.deps.store.totps.put(aTotp(sub, { lastStep: 1 }))
    await before.deps.store.recoveryCodes.add(sub, `codes of ${sub}`, ['hash'], shell.clock.now)
    await before.deps.store.committed(0)
    expect((await backup()).code).toBe(0)

    const next = await tokensOf(await refresh(before, app, tokens.refresh_token))
    const redeemed = await tokensOf(await exchange(before, app, pending))
    const later = await codeFlow(before, createBrowser(before), app, { person })
    await authenticatedPost(before, '/revoke', app, { token: redeemed.refresh_token as string })
    await before.close()
    const done = await restore()
    expect(done).toMatchObject({ code: 0 })
    expect(done.err).toContain('.before-')

    const after = await open()
    const { store } = after.deps
    for (const { refresh_token = '' } of [tokens, next, later]) {
      expect(await error(await refresh(after, app, refresh_token))).toBe('400 invalid_grant')
    }
    expect(await error(await exchange(after, app, pending))).toBe('400 invalid_grant')
    const same = createBrowser(after)
    for (const [name, value] of Object.entries(browser.cookies)) same.setCookie(name, value)
    await same.open(authorizeUrl(after, app, { prompt: 'none' }).url)
    expect(same.view.left?.params.get('error')).toBe('login_required')
    const old = [tokens, next, redeemed, later, own].map(({ access_token }) => access_token)
    for (const token of old) {
      expect(await introspected(after, app, token)).toBe(false)
      expect(await publishedStatus(after, token)).toBe(1)
    }
    const { keys } = await (await after.fetch('/jwks')).json()
    const kids = old.map(
      (token) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid,
    )
    for (const { kid } of keys) expect(kids).not.toContain(kid)
    expect((await store.totps.find(sub))?.lastStep).toBe(Math.floor(shell.clock.now / 30) + 1)
    expect(await store.recoveryCodes.count(sub)).toBe(0)
    expect(await store.consents.listByUser(person.user.sub, { limit: 1 })).toEqual([])

    const fresh = await codeFlow(after, createBrowser(after), app, { person })
    const again = await tokensOf(await tokenRequest(after, service, { grant_type: 'client_credentials' }))
    for (const { access_token } of [fresh, again]) {
      expect(await publishedStatus(after, access_token)).toBe(0)
      expect(old.map((token) => placeOf(token).uri)).not.toContain(placeOf(access_token).uri)
    }
    expect(claimsOf(fresh.access_token).sub).toBe(person.user.sub)
  })

  it('F09: opens another list each time, also where what was there is lost', async () => {
    const newest = async () => {
      const server = await open()
      const app = await server.addClient('service', {}, { id: `c${shell.clock.now}` })
      const { access_token } = await tokensOf(
        await tokenRequest(server, app, { grant_type: 'client_credentials' }),
      )
      await server.close()
      return placeOf(access_token).uri
    }
    const lists = [await newest()]
    await backup()
    for (const lost of [false, true, true]) {
      shell.clock.now += 60
      if (lost) for (const end of ['', '.epoch']) rmSync(database() + end)
      expect((await restore()).code).toBe(0)
      lists.push(await newest())
    }
    expect(new Set(lists).size).toBe(4)
  })

  it('tells what was done since and is undone', async () => {
    await (await open()).close()
    await backup()
    await shell.json(['client', 'create', '--kind', 'service', '--name', 'Later', '--id', 'later'])
    await shell.json('client disable later')
    const { undone } = await shell.json<{ undone: { type: string }[] }>(['restore', copy()])
    expect(undone.map(({ type }) => type)).toEqual(['client.created', 'client.disabled'])
  })

  it('tells apps that the sessions are over', async () => {
    const before = await open()
    const { person } = await letIn(before, 'web', {
      metadata: { backchannel_logout_uri: 'https://app.test/logout' },
    })
    expect(await before.deps.store.logoutCalls.waiting(shell.clock.now)).toEqual([])
    await backup()
    await before.close()
    await restore()
    const after = await open()
    expect(await after.deps.store.logoutCalls.waiting(shell.clock.now)).toHaveLength(1)
    expect(await after.deps.store.sessions.list({ sub: person.user.sub, now: 0, limit: 9 })).toEqual([])
  })

  it('F09: neither a backup nor an older state is started as it is', async () => {
    await (await open()).close()
    await backup()
    const raw = readFileSync(database())
    expect((await restore()).code).toBe(0)
    expect((await shell.run('client list')).code).toBe(0)
    for (const suffix of ['-wal', '-shm']) rmSync(database() + suffix, { force: true })
    writeFileSync(database(), raw)
    expect(await shell.run('start')).toMatchObject({ code: 1, err: expect.stringContaining('last restore') })
    copyFileSync(copy(), database())
    expect(await shell.run('start')).toMatchObject({
      code: 1,
      err: expect.stringContaining('grantor restore'),
    })
  })

  it('is refused while a server runs', async () => {
    const server = await open()
    await backup()
    expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('stop the server') })
    await server.addClient('web')
    await server.close()
    expect((await restore()).code).toBe(0)
  })

  it('takes the place of a damaged database, and of none', async () => {
    await (await open()).close()
    await backup()
    writeFileSync(database(), 'nothing of use')
    writeFileSync(`${database()}-wal`, 'nor this')
    expect(await restore()).toMatchObject({ code: 0, err: expect.stringContaining('could not be read') })
    expect((await shell.run('client list')).code).toBe(0)
    for (const name of readdirSync(shell.folder)) {
      if (name.startsWith('grantor.db')) rmSync(`${shell.folder}/${name}`)
    }
    expect((await restore()).code).toBe(0)
    expect((await shell.run('client list')).code).toBe(0)
  })

  it.each([
    ['that is not there', () => rmSync(copy())],
    ['that is no database', () => writeFileSync(copy(), 'The quick brown fox '.repeat(500))],
    ['that is cut short', () => writeFileSync(copy(), readFileSync(copy()).subarray(0, 40_000))],
    ['with a page overwritten', () => writeFileSync(copy(), readFileSync(copy()).fill(0xa5, 8192, 40_000))],
    ['that is a database', () => copyFileSync(database(), copy())],
    [
      'of another master key',
      () => writeFileSync(`${shell.folder}/master.key`, Buffer.alloc(32, 8).toString('base64')),
    ],
    ['without its master key', () => rmSync(`${shell.folder}/master.key`)],
  ])('leaves everything as it is with a backup %s', async (_what, spoil) => {
    await (await open()).close()
    await backup()
    await shell.json(['client', 'create', '--kind', 'service', '--name', 'Later', '--id', 'later'])
    spoil()
    const { code, err } = await restore()
    expect(code).toBe(1)
    expect(err).toMatch(/^[^\n]{20,}\n$/)
    const there = readdirSync(shell.folder).filter((name) => name.startsWith('grantor.db'))
    expect(there).toEqual(['grantor.db'])
    const raw = openDatabase(database(), { readonly: true })
    expect(raw.prepare('select id from client').pluck().all()).toEqual(['later'])
    raw.close()
    expect(existsSync(`${shell.folder}/master.key`)).toBe(_what !== 'without its master key')
  })
})
