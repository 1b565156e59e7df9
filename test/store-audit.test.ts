// Events of the audit that are counted, one suite for every database.
import { describe, expect, test } from 'vitest'
import type { Store } from '../src/store/store.js'
import { fresh, parallel } from './support/at-once.js'
import { at } from './support/rows.js'
import { kinds, useStore } from './support/stores.js'

describe.each(kinds)('counted events on $name', ({ open }) => {
  let store: Store
  useStore(open, (opened) => {
    store = opened
  })
  const event = (type: string, countKey: string, ip = '192.0.2.1') => ({
    id: fresh('a'),
    at,
    type,
    ip,
    expiresAt: at + 60,
    countKey,
  })

  test('EX02: of one key are one row, also when fifty come at once', async () => {
    const type = fresh('type')
    await parallel(() => store.audit.count(event(type, `${type} one`)))
    await store.audit.count({ ...event(type, `${type} one`, '192.0.2.9'), at: at + 5 })
    await store.audit.count(event(type, `${type} two`))
    const rows = await store.audit.list({ type, limit: 10 })
    expect(rows).toMatchObject([
      { count: 51, ip: '192.0.2.9', at: at + 5 },
      { count: 1, at },
    ])
    expect(rows[0]).not.toHaveProperty('countKey')
  })

  test('are apart from recorded ones, which never share a row', async () => {
    const type = fresh('type')
    const { countKey, ...plain } = event(type, 'unused')
    await store.audit.record(plain)
    await store.audit.record({ ...plain, id: fresh('a') })
    expect(await store.audit.list({ type, limit: 10 })).toHaveLength(2)
  })
})
