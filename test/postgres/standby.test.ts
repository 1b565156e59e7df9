// What was acknowledged is true after a restart of the database (F10), and on its synchronous standby (F11).
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { freePort } from '../cli/call.js'
import { build, endAll, start } from '../cli/process.js'
import { introspect, letIn, userinfoStatus } from '../support/connected.js'
import { authenticatedPost, refresh, tokensOf } from '../support/flow.js'
import { createTestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'
import { reachedAt } from './cluster.js'
import { createServerFolder, findPrograms, type RunningServer, type ServerFolder } from './database-server.js'

const programs = findPrograms()

async function ask(url: string, text: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** A built server on a database, and a test server beside it through which apps and people are added. */
async function serve(url: string, port: number) {
  const { folder, remove } = temporaryFolder()
  const key = `${folder}/master.key`
  writeFileSync(key, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  const issuer = `http://127.0.0.1:${port}`
  const store = await openStore(url)
  const inside = await createTestServer({ store, issuer })
  const env = { GRANTOR_ISSUER: issuer, GRANTOR_PORT: `${port}`, GRANTOR_MASTER_KEY_FILE: key }
  const running = await start({ ...env, GRANTOR_DATABASE_URL: url })
  return {
    server: reachedAt(inside, issuer),
    async stop() {
      running.child.kill('SIGKILL')
      await running.ended
      await inside.close()
      await store.close()
      remove()
    },
  }
}

describe.skipIf(programs === undefined && !process.env.CI)('a PostgreSQL of its own, and its standby', () => {
  let servers: ServerFolder
  let primary: RunningServer
  let standby: RunningServer

  beforeAll(async () => {
    build()
    servers = createServerFolder(programs)
    servers.createData('primary', ['fsync = off'])
    primary = await servers.start('primary', await freePort())
    const source = `${primary.url}?application_name=standby`
    servers.run('pg_basebackup', ['-D', 'standby', '-R', '-c', 'fast', '-d', source])
    standby = await servers.start('standby', await freePort())
  }, 60_000)
  afterAll(async () => {
    endAll()
    await servers?.remove()
  })

  it.each([
    ['fast', 'SIGINT'],
    ['immediate', 'SIGQUIT'],
  ] as const)(
    'F10: after a %s restart all goes on, and what was acknowledged is there',
    async (_kind, signal) => {
      const { server, stop } = await serve(primary.url, await freePort())
      const revoked = await letIn(server, 'web')
      const kept = await letIn(server, 'web')
      const revoke = await authenticatedPost(server, '/revoke', revoked.app, {
        token: revoked.tokens.refresh_token,
      })
      expect(revoke.status).toBe(200)
      const gone = once(primary.child, 'exit')
      primary.child.kill(signal)
      await gone
      const ask = () =>
        authenticatedPost(server, '/introspect', kept.app, { token: kept.tokens.access_token })
      expect((await ask()).status).toBe(503)
      primary = await servers.start('primary', Number(new URL(primary.url).port))
      await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200)
      expect(await introspect(server, revoked.app, revoked.tokens.access_token)).toEqual({ active: false })
      await stop()
    },
  )

  it('F11: has every acknowledged revocation and rotation, and none is acknowledged without it', async () => {
    await ask(primary.url, "alter system set synchronous_standby_names = 'standby'")
    await ask(primary.url, 'select pg_reload_conf()')
    await vi.waitFor(
      async () => {
        const replicas = await ask(primary.url, 'select sync_state from pg_stat_replication')
        expect(replicas).toEqual([{ sync_state: 'sync' }])
      },
      { timeout: 10_000 },
    )
    const port = await freePort()
    const before = await serve(primary.url, port)
    const kept = await letIn(before.server)
    const web = await letIn(before.server, 'web')
    const revoked = await Promise.all(Array.from({ length: 5 }, () => letIn(before.server, 'web')))
    for (const { app, tokens } of revoked) {
      const answer = await authenticatedPost(before.server, '/revoke', app, { token: tokens.refresh_token })
      expect(answer.status).toBe(200)
    }
    const rotated = await tokensOf(await refresh(before.server, kept.app, kept.tokens.refresh_token))

    // The standby hangs: nothing can be on both, so nothing is said to be.
    standby.child.kill('SIGSTOP')
    const receivers = execFileSync('pgrep', ['-P', `${standby.child.pid}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    for (const pid of receivers) process.kill(Number(pid), 'SIGSTOP')
    const began = performance.now()
    const unheard = await authenticatedPost(before.server, '/revoke', web.app, {
      token: web.tokens.refresh_token,
    })
    expect(unheard.status).toBe(503)
    expect(performance.now() - began).toBeLessThan(5000)
    for (const pid of receivers) process.kill(Number(pid), 'SIGCONT')
    standby.child.kill('SIGCONT')

    // An immediate stop, as of a machine that is gone; another takes over.
    primary.child.kill('SIGQUIT')
    await once(primary.child, 'exit')
    await before.stop()
    await ask(standby.url, 'select pg_promote()')
    const after = await serve(standby.url, port)
    for (const { app, tokens } of revoked) {
      expect(await introspect(after.server, app, tokens.access_token)).toEqual({ active: false })
      expect((await refresh(after.server, app, tokens.refresh_token)).status).toBe(400)
    }
    expect(await userinfoStatus(after.server, rotated.access_token)).toBe(200)
    await tokensOf(await refresh(after.server, kept.app, rotated.refresh_token ?? ''))
    await after.stop()
  })
})
