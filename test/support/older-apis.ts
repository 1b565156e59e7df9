// Databases as they were before the migration that says which clients may request an API (PO01), with two APIs.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { Store } from '../../src/store/store.js'

const folder = path.resolve(import.meta.dirname, '../../drizzle')

/** The migrations before that one. */
export function earlierMigrations(dialect: 'sqlite' | 'postgres'): { tag: string; text: string }[] {
  const files = readdirSync(path.join(folder, dialect)).filter((name) => name.endsWith('.sql'))
  const before = files.slice(
    0,
    files.findIndex((name) => name.endsWith('_resource-clients.sql')),
  )
  return before.map((name) => ({
    tag: name.replace('.sql', ''),
    text: readFileSync(path.join(folder, dialect, name), 'utf8'),
  }))
}

/** Registers the APIs as a program of then did; `no` is false in this dialect. */
export const insertApis = (no: string) =>
  `insert into resource (identifier, name, scopes, token_format, is_default, disabled, created_at)
   values ('https://old.test', 'Old', '[{"name":"read","description":"R"},{"name":"write","description":"W"}]',
           'jwt', ${no}, ${no}, 1),
          ('https://bare.test', 'Bare', '[]', 'jwt', ${no}, ${no}, 1)`

/** An upgrade changes no response: what every client got stands in the row, to be seen and changed. */
export async function expectOpenApis(store: Store): Promise<void> {
  const old = { clients: 'all', defaultScope: ['read', 'write'] }
  expect(await store.resources.find('https://old.test')).toMatchObject(old)
  expect(await store.resources.find('https://bare.test')).toMatchObject({ clients: 'all', defaultScope: [] })
}
