// The deny list of self-registered clients, by client id or by host.
import { and, asc, eq } from 'drizzle-orm'
import type { DeniedClient, DeniedClients } from './client-contract.js'
import { type Connection, filled, slots } from './connection.js'
import { slot } from './dialect.js'
import { createMemory } from './memory.js'

export function deniedClients(store: Connection): DeniedClients {
  const { db } = store
  const { deniedClient } = store.tables
  const memory = createMemory(store)
  const { kind, value } = deniedClient
  const all = store.read('denied_client_all', db.select().from(deniedClient).orderBy(asc(kind), asc(value)))
  const add = memory.change(
    'denied_client_add',
    db.insert(deniedClient).values(slots(deniedClient)).onConflictDoNothing(),
  )
  const remove = memory.change(
    'denied_client_remove',
    db.delete(deniedClient).where(and(eq(kind, slot('kind')), eq(value, slot('value')))),
  )
  const load = memory.remember<readonly DeniedClient[]>(() => all({}))
  return {
    all: () => load(''),
    add: async (entry) => (await add(filled(deniedClient, entry))) === 1,
    remove: async (entry) => (await remove({ kind: entry.kind, value: entry.value })) === 1,
  }
}
