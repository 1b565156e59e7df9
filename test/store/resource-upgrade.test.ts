// The APIs of an older SQLite database after the migration that says which clients may request them.

import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../src/store/open.js'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import { applicationId } from '../../src/store/sqlite-file.js'
import { earlierMigrations, expectOpenApis, insertApis } from '../support/older-apis.js'
import { temporaryFolder } from '../support/stores.js'

it('PO01, PO09: an API of before stays open to all clients, with the scopes of before as default', async () => {
  expect.hasAssertions()
  const { folder, remove } = temporaryFolder()
  onTestFinished(remove)
  const database = openDatabase(`${folder}/grantor.db`)
  database.pragma(`application_id = ${applicationId}`)
  database.exec('create table schema_migration (tag text primary key not null)')
  for (const { tag, text } of earlierMigrations('sqlite')) {
    database.exec(text)
    database.prepare('insert into schema_migration values (?)').run(tag)
  }
  database.exec(insertApis('0'))
  database.close()
  const store = await openStore(`file:${folder}/grantor.db`)
  await expectOpenApis(store)
  await store.close()
})
