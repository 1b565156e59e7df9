// grantor move: a server on SQLite goes on over PostgreSQL, and nobody is signed out or let in by it.
import { copyFileSync, writeFileSync } from 'node:fs'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { freePort } from '../cli/call.js'
import { build, type Done, endAll, grantor, start } from '../cli/process.js'
import { type Connected, introspect, letIn, userinfoStatus } from '../support/connected.js'
import { authenticatedPost, refresh, tokensOf } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { placeOf, publishedStatus } from '../support/status.js'
import { freshDatabase, temporaryFolder } from '../support/stores.js'
import { reachedAt } from './cluster.js'

const { folder, remove } = temporaryFolder()
const file = `file:${folder}/grantor.db`
let database: { url: string; drop: () => Promise<void> }
let env: Record<string, string>

beforeAll(async () => {
  build()
  database = await freshDatabase()
  const port = `${await freePort()}`
  const key = `${folder}/master.key`
  writeFileSync(key, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  env = { GRANTOR_ISSUER: `http://127.0.0.1:${port}`, GRANTOR_PORT: port, GRANTOR_MASTER_KEY_FILE: key }
}, 60_000)
afterAll(async () => {
  endAll()
  await database.drop()
  remove()
})

const move = (from: string, to: string): Promise<Done> =>
  grantor(env, ['move', '--from', from, '--to', to, '--json'])

async function query<R extends pg.QueryResultRow>(text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  return client
    .query<R>(text)
    .then(
      ({ rows }) => rows,
      (error) => Promise.reject(error),
    )
    .finally(() => client.end())
}

/** A built server on a database; what a test adds goes there beside it. */
async function serve(url: string) {
  const issuer = env.GRANTOR_ISSUER as string
  const store = await openStore(url)
  const inside = await createTestServer({ store, issuer })
  const running = await start({ ...env, GRANTOR_DATABASE_URL: url })
  const seen = async <R>(made: Promise<R>) => {
    const result = await made
    await store.committed(0)
    return result
  }
  return {
    server: reachedAt(
      {
        ...inside,
        addClient: (...facts) => seen(inside.addClient(...facts)),
        addUser: (facts) => seen(inside.addUser(facts)),
      },
      issuer,
    ),
    async stop() {
      running.child.kill('SIGTERM')
      expect(await running.ended).toBe(0)
      await inside.close()
      await store.close()
    },
  }
}

const cookies = ({ browser }: Connected) =>
  Object.entries(browser.cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
const account = (server: TestServer, connected: Connected) =>
  server.fetch('/account', { headers: { Cookie: cookies(connected) } })
const keysOf = async (server: TestServer) => (await (await server.fetch('/jwks')).json()) as JSONWebKeySet

describe('a move', () => {
  it('keeps sessions, refresh tokens, access tokens, keys and revocations as they are', async () => {
    const old = await serve(file)
    const spa = await letIn(old.server)
    const web = await letIn(old.server, 'web')
    const gone = await letIn(old.server, 'web')
    await authenticatedPost(old.server, '/revoke', gone.app, { token: gone.tokens.refresh_token })
    const keys = await keysOf(old.server)
    const once = await tokensOf(await refresh(old.server, spa.app, spa.tokens.refresh_token))
    expect(await move(file, database.url)).toMatchObject({
      code: 1,
      err: expect.stringContaining('stop the server'),
    })
    expect((await account(old.server, web)).status).toBe(200)
    await old.stop()

    copyFileSync(`${folder}/grantor.db`, `${folder}/copy.db`)
    const done = await move(file, database.url)
    expect(done.err).toBe('')
    const { rows, tables } = JSON.parse(done.out)
    expect(tables).toMatchObject({
      client: 3,
      account: 3,
      session: 3,
      access_grant: 3,
      revocation: 1,
      signing_key: 4,
    })
    expect(rows).toBe(Object.values<number>(tables).reduce((sum, count) => sum + count, 0))
    // Its trigger tells of what is revoked from now on, and has told nothing of what was copied.
    expect(await query('select 1 from revocation')).toHaveLength(1)

    const now = await serve(database.url)
    const { server } = now
    expect(await keysOf(server)).toEqual(keys)
    expect((await account(server, spa)).status).toBe(200)
    expect((await account(server, web)).status).toBe(200)
    expect(await userinfoStatus(server, once.access_token)).toBe(200)
    expect(await introspect(server, web.app, web.tokens.access_token)).toMatchObject({ active: true })
    expect(await introspect(server, gone.app, gone.tokens.access_token)).toEqual({ active: false })
    expect(await publishedStatus(server, gone.tokens.access_token)).toBe(1)
    expect(await publishedStatus(server, web.tokens.access_token)).toBe(0)

    const next = await tokensOf(await refresh(server, spa.app, once.refresh_token ?? ''))
    await expect(jwtVerify(next.access_token, createLocalJWKSet(keys))).resolves.toBeDefined()
    // A token that was spent before the move is still theft after it.
    expect((await refresh(server, spa.app, spa.tokens.refresh_token)).status).toBe(400)
    expect((await refresh(server, spa.app, next.refresh_token ?? '')).status).toBe(400)

    // Places and revocations are counted on, not from the beginning.
    const later = await letIn(server, 'web')
    const before = [spa, web, gone].map(({ tokens }) => placeOf(tokens.access_token).idx)
    expect(before).not.toContain(placeOf(later.tokens.access_token).idx)
    const ids = await query<{ id: string }>('select id from revocation order by id')
    expect(ids.map(({ id }) => Number(id))).toEqual([1, 2])
    await now.stop()
  })

  it('leaves a file that no server opens any more', async () => {
    for (const args of [['start'], ['client', 'list'], ['move', '--from', file, '--to', database.url]]) {
      const { code, err } = await grantor({ ...env, GRANTOR_DATABASE_URL: file }, args)
      expect([code, err]).toEqual([1, expect.stringContaining('was moved to PostgreSQL')])
    }
  })

  it('is refused where rows are already, and changes nothing then', async () => {
    const before = await query('select * from client order by id')
    expect(await move(`file:${folder}/copy.db`, database.url)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^the target is not empty: there are rows in \w+\n$/),
    })
    expect(await query('select * from client order by id')).toEqual(before)
    // Nor is the source marked: it can be moved elsewhere.
    const other = await freshDatabase()
    expect(await move(`file:${folder}/copy.db`, other.url)).toMatchObject({ code: 0 })
    await other.drop()
  })

  it('leaves no rows behind when what arrives is not what was sent', async () => {
    const other = await freshDatabase()
    await (await openStore(other.url)).close()
    const client = new pg.Client({ connectionString: other.url })
    await client.connect()
    await client.query(
      `create function meddle() returns trigger language plpgsql as $$ begin new.disabled = true; return new; end $$;
       create trigger meddle before insert on account for each row execute function meddle()`,
    )
    const source = `${folder}/meddled.db`
    const store = await openStore(`file:${source}`)
    await createTestServer({ store }).then((server) => server.addUser())
    await store.close()
    expect(await move(`file:${source}`, other.url)).toMatchObject({
      code: 1,
      err: 'what arrived in account is not what was sent: nothing was moved\n',
    })
    expect((await client.query('select 1 from signing_key')).rows).toEqual([])
    await client.end()
    await other.drop()
  })

  it.each([
    ['postgres://x', 'postgres://x', '--from'],
    ['file:x', 'file:y', '--to'],
  ])('from %s to %s is wrong usage', async (from, to, told) => {
    expect(await move(from, to)).toMatchObject({ code: 2, err: expect.stringContaining(told) })
  })

  it('of a file that is not there says so', async () => {
    const missing = `file:${folder}/none.db`
    expect(await move(missing, database.url)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no database'),
    })
  })
})
