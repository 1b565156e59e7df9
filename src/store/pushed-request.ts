// Owns pushed authorization requests, each of which goes with its client.
import { eq } from 'drizzle-orm'
import { type Connection, slots } from './connection.js'
import { slot } from './dialect.js'
import type { PushedRequests } from './pushed-contract.js'
import type { Unproven } from './unproven.js'

export function pushedRequests(store: Connection, unproven: Unproven): PushedRequests {
  const { db } = store
  const { pushedRequest } = store.tables
  const counted = unproven.evictFrom(pushedRequest, pushedRequest.id, 'pushed_request')
  const byId = eq(pushedRequest.id, slot('id'))
  const create = store.change('pushed_request_create', db.insert(pushedRequest).values(slots(pushedRequest)))
  const find = store.read('pushed_request_find', db.select().from(pushedRequest).where(byId))
  const remove = store.change('pushed_request_remove', db.delete(pushedRequest).where(byId))
  const removeByClient = store.change(
    'pushed_request_remove_by_client',
    db.delete(pushedRequest).where(eq(pushedRequest.clientId, slot('clientId'))),
  )
  return {
    create: async (request, origin) => {
      await create(request)
      await counted.add(request.id, request, request.expiresAt, origin)
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
