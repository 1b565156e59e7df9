// What PostgreSQL may ask to be sent again, and what is never sent twice.
import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Db } from '../../src/store/dialect.js'
import { overPostgres } from '../../src/store/postgres.js'
import { StoreConflict, StoreUnavailable } from '../../src/store/store.js'

/** A statement that fails as told, then answers; and how often it was sent. */
function failing(failures: unknown[]) {
  let sent = 0
  const connection = overPostgres({} as Db, {
    ready: async () => {},
    listen: async () => ({ stop: async () => {} }),
    close: async () => {},
  })
  const run = connection.write('name', {
    toSQL: () => ({ sql: '', params: [] }),
    prepare: () => ({
      async execute() {
        const failure = failures[sent++]
        if (failure) throw failure
        return ['done']
      },
    }),
  })
  return { run, sent: () => sent }
}
const told = (code: string | undefined, message = 'told') =>
  new DrizzleQueryError('select $1', ['a secret'], Object.assign(new Error(message), { code }))

describe('F12: a statement that left nothing behind', () => {
  test.each(['40001', '40P01'])('%s is sent again, three times', async (code) => {
    const { run, sent } = failing([told(code), told(code), told(code)])
    expect(await run()).toEqual(['done'])
    expect(sent()).toBe(4)
  })

  test('is given up after that', async () => {
    const { run, sent } = failing(Array.from({ length: 9 }, () => told('40001')))
    await expect(run()).rejects.toBeInstanceOf(StoreUnavailable)
    expect(sent()).toBe(4)
  })
})

test.each([
  ['08006', StoreUnavailable],
  ['57P01', StoreUnavailable],
  ['57014', StoreUnavailable],
  ['53300', StoreUnavailable],
  ['ECONNREFUSED', StoreUnavailable],
  ['EPIPE', StoreUnavailable],
  [undefined, StoreUnavailable],
  ['23503', StoreConflict],
  ['23505', StoreConflict],
  ['22021', StoreConflict],
  ['42P01', Error],
] as const)('%s is told once, as %o, without the values', async (code, kind) => {
  const { run, sent } = failing([told(code)])
  const thrown = await run().catch((error: Error) => error)
  expect(thrown).toBeInstanceOf(kind)
  expect((thrown as Error).constructor).toBe(kind)
  expect(String(thrown)).not.toContain('a secret')
  expect(sent()).toBe(1)
})

test('a defect of ours is not the database being away', async () => {
  const { run } = failing([new Error('No value for placeholder "id" was provided')])
  await expect(run()).rejects.not.toBeInstanceOf(StoreUnavailable)
})
