// The group commit: no answer before its COMMIT, and a failing one is everybody's failure.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type BarrierOptions,
  createBarrier,
  maxWaitingWrites,
  type Transaction,
} from '../../src/store/barrier.js'
import { openStore } from '../../src/store/open.js'
import { openSqlite } from '../../src/store/sqlite.js'
import { type Client, openDatabase } from '../../src/store/sqlite-driver.js'
import { createStore, type Store, StoreConflict, StoreUnavailable } from '../../src/store/store.js'
import { aSession, at } from '../support/rows.js'
import { temporaryFolder } from '../support/stores.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('on a file', () => {
  let store: Store
  let other: Client
  let remove: () => void
  beforeEach(async () => {
    const { folder, remove: removeFolder } = temporaryFolder()
    remove = removeFolder
    store = await openStore(`file:${folder}/grantor.db`)
    other = openDatabase(`${folder}/grantor.db`)
  })
  afterEach(async () => {
    other.close()
    await store.close()
    remove()
  })

  /** What is on disk, as another process sees it. */
  const markers = () => other.prepare('select key from replay_marker order by key').pluck().all()
  /** One request: its writes, then the wait before its answer. */
  async function request(...keys: string[]): Promise<void> {
    const since = store.batch()
    for (const key of keys) await store.replay.once(key, at, 'trusted')
    await store.committed(since)
  }

  test('what was written is not there before COMMIT, and is once committed() resolves', async () => {
    const since = store.batch()
    await store.replay.once('a', at, 'trusted')
    expect(markers()).toEqual([])
    await store.committed(since)
    expect(markers()).toEqual(['a'])
  })

  test('many requests share one COMMIT', async () => {
    const before = store.batch()
    await Promise.all(Array.from({ length: 50 }, (_, index) => request(`r${index}`)))
    expect(store.batch()).toBe(before + 1)
    expect(markers()).toHaveLength(50)
  })

  test('whoever only read waits too: what was read may not be on disk yet', async () => {
    await store.revokedTokens.add('jti', at)
    const since = store.batch()
    expect(await store.revokedTokens.has('jti')).toBe(true)
    expect(other.prepare('select count(*) from revoked_token').pluck().get()).toBe(0)
    await store.committed(since)
    expect(other.prepare('select count(*) from revoked_token').pluck().get()).toBe(1)
  })

  test('a failing COMMIT rejects every member of the batch and leaves nothing of any', async () => {
    await request('before')
    other.exec(`create table trap (x text references client(id) deferrable initially deferred);
      create trigger spring after insert on replay_marker when new.key = 'bad'
      begin insert into trap values ('nobody'); end`)
    const reader = store.batch()
    const outcomes = await Promise.allSettled([request('good'), request('bad'), request('also good')])
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
    }
    expect(markers()).toEqual(['before'])
    await expect(store.committed(reader)).rejects.toBeInstanceOf(StoreUnavailable)
    // It was that batch only: what begins afterwards is served.
    await request('after')
    expect(markers()).toEqual(['after', 'before'])
    await expect(store.committed(0)).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('a transaction that SQLite ends by itself fails every member up to then', async () => {
    other.exec(`create trigger full before insert on replay_marker when new.key = 'bad'
      begin select raise(rollback, 'as when the disk is full'); end`)
    const outcomes = await Promise.allSettled([request('good'), request('bad'), request('next')])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    await request('after')
    expect(markers()).not.toContain('good')
    expect(markers()).toContain('after')
  })

  test('a statement that fails alone harms nobody else', async () => {
    const since = store.batch()
    await store.replay.once('good', at, 'trusted')
    await expect(store.sessions.create(aSession('s', 'u_nobody'))).rejects.toBeInstanceOf(StoreConflict)
    await expect(
      store.consents.put('u_nobody', 'c', { scope: [], resources: [] }, at),
    ).rejects.toBeInstanceOf(StoreConflict)
    await store.committed(since)
    expect(markers()).toEqual(['good'])
  })

  test('closing commits what is open', async () => {
    await store.replay.once('last', at, 'trusted')
    await store.close()
    expect(markers()).toEqual(['last'])
    store = await openStore(':memory:')
  })

  test('closing tells when that last COMMIT fails', async () => {
    other.exec(`create table trap (x text references client(id) deferrable initially deferred);
      create trigger spring after insert on replay_marker begin insert into trap values ('nobody'); end`)
    await store.replay.once('last', at, 'trusted')
    await expect(store.close()).rejects.toBeInstanceOf(StoreUnavailable)
    store = await openStore(':memory:')
  })
})

test('F03: a full database refuses writes, answers reads, and heals when there is room', async () => {
  const { folder, remove } = temporaryFolder()
  const connection = await openSqlite(`${folder}/grantor.db`, { migrate: true })
  const { $client } = connection.db as unknown as { $client: Client }
  const store = createStore(connection)
  const limit = (pages: unknown) => $client.pragma(`max_page_count = ${pages}`, { simple: true })
  const request = async (id: string) => {
    const since = store.batch()
    await store.audit.record({ id, at, type: 'x', detail: { filler: 'x'.repeat(20_000) }, expiresAt: at })
    await store.committed(since)
  }
  await request('first')
  limit($client.pragma('page_count', { simple: true }))
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(request))
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) })
  }
  expect((await store.audit.list({ limit: 9 })).map(({ id }) => id)).toEqual(['first'])
  await expect(store.ready()).rejects.toMatchObject({ unwritable: 'the disk of the database is full' })
  limit(1_000_000)
  await request('last')
  expect((await store.audit.list({ limit: 9 })).map(({ id }) => id)).toEqual(['first', 'last'])
  await store.close()
  remove()
})

describe('over a database that fails', () => {
  const failure = (code: string) => Object.assign(new Error('told by SQLite'), { code })
  /** A transaction whose next steps can be made to fail. */
  function fragile(options?: BarrierOptions) {
    const faults: { begin?: Error | undefined; commit?: Error | undefined } = {}
    const steps: string[] = []
    let open = false
    const transaction: Transaction = {
      begin() {
        steps.push('begin')
        if (faults.begin) throw faults.begin
        open = true
      },
      commit() {
        steps.push('commit')
        if (faults.commit) throw faults.commit
        open = false
      },
      rollback() {
        steps.push('rollback')
        open = false
      },
      isOpen: () => open,
    }
    return { faults, steps, barrier: createBarrier(transaction, options) }
  }
  const done = () => 'done'

  test('EX09, F05: a write waits for a lock held elsewhere without holding the loop, in its turn', async () => {
    const { faults, steps, barrier } = fragile()
    faults.begin = failure('SQLITE_BUSY')
    const order: number[] = []
    const writes = [1, 2, 3].map((n) => barrier.write(() => order.push(n)))
    expect(steps).toEqual(['begin'])
    expect(order).toEqual([])
    faults.begin = undefined
    // While others wait, one that comes now does not overtake them.
    writes.push(barrier.write(() => order.push(4)))
    await Promise.all(writes)
    await barrier.committed(1)
    expect(order).toEqual([1, 2, 3, 4])
    expect(steps).toEqual(['begin', 'begin', 'commit'])
  })

  test('EX09: a write that has waited too long is rejected, and the next one succeeds', async () => {
    const { faults, barrier } = fragile({ lockWaitMs: 5 })
    faults.begin = failure('SQLITE_BUSY')
    await expect(barrier.write(done)).rejects.toBeInstanceOf(StoreUnavailable)
    faults.begin = undefined
    expect(barrier.write(done)).toBe('done')
  })

  test('EX09: a bounded number of writes wait; further ones are rejected at once', async () => {
    const { faults, barrier } = fragile()
    faults.begin = failure('SQLITE_BUSY')
    const writes = Array.from({ length: maxWaitingWrites }, () => barrier.write(done))
    expect(() => barrier.write(done)).toThrow('too many writes')
    faults.begin = undefined
    expect(new Set(await Promise.all(writes))).toEqual(new Set(['done']))
  })

  test('EX09: another failure than a lock is not waited for, and closing lets nobody wait', async () => {
    const { faults, barrier } = fragile()
    faults.begin = failure('SQLITE_BUSY')
    const waiting = barrier.write(done)
    faults.begin = failure('SQLITE_FULL')
    await expect(waiting).rejects.toMatchObject({ unwritable: 'the disk of the database is full' })
    faults.begin = failure('SQLITE_BUSY')
    const last = barrier.write(done)
    barrier.close()
    await expect(last).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('F03: a full disk fails the batch, is rolled back, and heals', async () => {
    const { faults, steps, barrier } = fragile()
    const since = barrier.batch()
    faults.commit = failure('SQLITE_FULL')
    barrier.write(done)
    await expect(barrier.committed(since)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(steps).toEqual(['begin', 'commit', 'rollback'])
    expect(barrier.fatal()).toBeUndefined()
    faults.commit = undefined
    const next = barrier.batch()
    barrier.write(done)
    await barrier.committed(next)
  })

  test.each(['SQLITE_IOERR_FSYNC', 'SQLITE_CORRUPT'])(
    'F04: after %s nothing is written until a restart',
    async (code) => {
      const { faults, barrier } = fragile()
      const since = barrier.batch()
      faults.commit = failure(code)
      barrier.write(done)
      await expect(barrier.committed(since)).rejects.toBeInstanceOf(StoreUnavailable)
      faults.commit = undefined
      expect(() => barrier.write(done)).toThrow(StoreUnavailable)
      expect(barrier.fatal()).toBeInstanceOf(StoreUnavailable)
    },
  )

  test('an answer that spans several batches fails with any of them', async () => {
    const { faults, barrier } = fragile()
    const long = barrier.batch()
    barrier.write(done)
    await barrier.committed(long)
    faults.commit = failure('SQLITE_FULL')
    barrier.write(done)
    await turn()
    faults.commit = undefined
    const short = barrier.batch()
    barrier.write(done)
    await expect(barrier.committed(long)).rejects.toBeInstanceOf(StoreUnavailable)
    await barrier.committed(short)
  })
})
