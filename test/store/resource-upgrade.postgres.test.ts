// The APIs of an older PostgreSQL database after the migration that says which clients may request them.
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { earlierMigrations, expectOpenApis, insertApis } from '../support/older-apis.js'
import { freshDatabase } from '../support/stores.js'

it('PO01, PO09: an API of before stays open to all clients, with the scopes of before as default', async () => {
  expect.hasAssertions()
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('create table schema_migration (tag text primary key not null)')
  for (const { tag, text } of earlierMigrations('postgres')) {
    await client.query(text)
    await client.query('insert into schema_migration values ($1)', [tag])
  }
  await client.query(insertApis('false'))
  await client.end()
  const store = await openStore(url, { migrate: true })
  await expectOpenApis(store)
  await store.close()
})
