// Owns pushed authorization requests, each of which goes with its client.
import { eq } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import type { PushedRequests } from './contract.js'
import { slot } from './dialect.js'

export function pushedRequests(store: Connection): PushedRequests {
  const { db } = store
  const { pushedRequest } = store.tables
  const byId = eq(pushedRequest.id, slot('id'))
  const create = store.change('pushed_request_create', db.insert(pushedRequest).values(slots(pushedRequest)))
  const find = store.read('pushed_request_find', db.select().from(pushedRequest).where(byId))
  const remove = store.change('pushed_request_remove', db.delete(pushedRequest).where(byId))
  const removeByClient = store.change(
    'pushed_request_remove_by_client',
    db.delete(pushedRequest).where(eq(pushedRequest.clientId, slot('clientId'))),
  )
  return {
    create: async (request) => {
      await create(request)
    },
    find: async (id) => (await find({ id }))[0],
    remove: async (id) => {
      await remove({ id })
    },
    removeByClient: async (clientId) => {
      await removeByClient({ clientId })
    },
  }
}
