// The store behind PgBouncer in session mode, whose defaults refuse startup parameters that they do not track.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listenTo, revocationChannel } from '../../src/store/listener.js'
import { moveToPostgres } from '../../src/store/move.js'
import { openStore } from '../../src/store/open.js'
import { createPool } from '../../src/store/postgres-client.js'
import { asAdministrator, freshDatabase, postgresUrl, temporaryFolder } from '../support/stores.js'
import { aClient } from '../support/values.js'
import { hasPgBouncer, type PgBouncer, startPgBouncer } from './pgbouncer.js'

describe.skipIf(!hasPgBouncer && !process.env.CI)('behind PgBouncer', () => {
  let bouncer: PgBouncer
  let database: Awaited<ReturnType<typeof freshDatabase>>
  let url: string
  beforeAll(async () => {
    bouncer = await startPgBouncer(postgresUrl as string)
    database = await freshDatabase()
    url = bouncer.through(database.url)
  })
  afterAll(async () => {
    await bouncer?.stop()
    await database?.drop()
  })

  it('BR08: migrates, writes and reads', async () => {
    const nodes = [await openStore(url), await openStore(url)] as const
    await nodes[0].clients.create(aClient('web', {}, { id: 'c' }))
    expect((await nodes[1].clients.find('c'))?.id).toBe('c')
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('BR08: hears what another node announces', async () => {
    const pool = createPool(url, 1, 4000)
    const wake = vi.fn()
    const listening = await listenTo(revocationChannel, url, wake)
    expect(wake).toHaveBeenCalledOnce()
    await pool.query(`notify ${revocationChannel}`)
    await vi.waitFor(() => expect(wake).toHaveBeenCalledTimes(2))
    await listening.stop()
    await pool.end()
  })

  it('BR08: sets the statement timeout on every connection, also on those after a lost one', async () => {
    const pool = createPool(url, 2, 4000)
    pool.on('error', () => {})
    const timeouts = () =>
      Promise.all([0, 1].map(async () => (await pool.query('show statement_timeout')).rows[0]))
    const expected = Array(2).fill({ statement_timeout: '4s' })
    expect(await timeouts()).toEqual(expected)
    await asAdministrator(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}'`,
    )
    await vi.waitFor(async () => expect(await timeouts()).toEqual(expected))
    await pool.end()
  })

  it('BR08: receives everything that grantor move brings', async () => {
    const { folder, remove } = temporaryFolder()
    const target = await freshDatabase()
    const source = await openStore(`file:${folder}/grantor.db`)
    await source.clients.create(aClient('web', {}, { id: 'moved' }))
    await source.committed(0)
    await source.close()
    const moved = await moveToPostgres(`${folder}/grantor.db`, bouncer.through(target.url))
    expect(moved).toContainEqual({ table: 'client', rows: 1 })
    await target.drop()
    remove()
  })
})
