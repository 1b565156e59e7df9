// Owns what devices ask for: polls are counted and answers given by one conditional change each.
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { type Connection, filled, present, slots } from './connection.js'
import type { DeviceRequests } from './device-contract.js'
import { slot } from './dialect.js'
import type { Unproven } from './unproven.js'

export function deviceRequests(store: Connection, unproven: Unproven): DeviceRequests {
  const { db } = store
  const { deviceRequest } = store.tables
  const counted = unproven.evictFrom(deviceRequest, deviceRequest.id, 'device_request')
  const byId = eq(deviceRequest.id, slot('id'))
  const open = and(byId, isNull(deviceRequest.answeredIn))

  const create = store.change(
    'device_request_create',
    db
      .insert(deviceRequest)
      .values(slots(deviceRequest))
      .onConflictDoNothing({ target: deviceRequest.userCode }),
  )
  const find = store.read('device_request_find', db.select().from(deviceRequest).where(byId))
  const findByUserCode = store.read(
    'device_request_find_by_user_code',
    db
      .select()
      .from(deviceRequest)
      .where(eq(deviceRequest.userCode, slot('userCode'))),
  )
  const poll = store.change(
    'device_request_poll',
    db
      .update(deviceRequest)
      .set({ polledAt: slot('at') })
      .where(and(open, eq(sql`coalesce(${deviceRequest.polledAt}, -1)`, slot('previous')))),
  )
  const slowDown = store.change(
    'device_request_slow_down',
    db
      .update(deviceRequest)
      .set({ interval: sql`${deviceRequest.interval} + ${slot('seconds')}`, polledAt: slot('at') })
      .where(and(open, lt(deviceRequest.interval, slot('longest')))),
  )
  const answer = store.change(
    'device_request_answer',
    db
      .update(deviceRequest)
      .set({ answeredIn: slot('answeredIn'), grantId: slot('grantId') })
      .where(and(open, gt(deviceRequest.expiresAt, slot('at')))),
  )
  const removeByClient = store.change(
    'device_request_remove_by_client',
    db.delete(deviceRequest).where(eq(deviceRequest.clientId, slot('clientId'))),
  )

  return {
    create: async (row, origin) => {
      if ((await create(filled(deviceRequest, row))) !== 1) return false
      await counted.add(row.id, row, row.keepUntil, origin)
      return true
    },
    find: async (id) => (await find({ id })).map(present)[0],
    findByUserCode: async (userCode) => (await findByUserCode({ userCode })).map(present)[0],
    poll: async (id, at, previous) => (await poll({ id, at, previous: previous ?? -1 })) === 1,
    slowDown: async (id, at, seconds, longest) => (await slowDown({ id, at, seconds, longest })) === 1,
    async answer(id, { at, answeredIn, grantId }) {
      if ((await answer({ id, at, answeredIn, grantId: grantId ?? null })) !== 1) return false
      await counted.release(id)
      return true
    },
    removeByClient: async (clientId) => {
      await removeByClient({ clientId })
    },
  }
}
