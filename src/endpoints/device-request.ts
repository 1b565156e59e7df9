// Owns what a device asks for, looked at with everything as it is now, and what has become of it.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { senderKey } from '../http/client-address.js'
import type { Client } from '../protocol/client.js'
import type { DeviceRequest, Interaction } from '../store/store.js'

/** What a device asks a person for, and whose app it is. */
export type DeviceErrand = { readonly request: DeviceRequest; readonly client: Client }

/** Undefined once it is answered or expired, or where the app is disabled. */
export async function findDevice(
  c: Context,
  deps: Deps,
  { deviceRequestId }: Pick<Interaction, 'deviceRequestId'>,
): Promise<DeviceErrand | undefined> {
  const request = await deps.store.deviceRequests.find(deviceRequestId ?? '')
  if (!request || request.answeredIn !== undefined || request.expiresAt <= deps.now()) return undefined
  const client = await deps.clients.current(request.clientId, senderKey(c, deps.config))
  return client && !('fault' in client) && !client.disabled ? { request, client } : undefined
}

export type Outcome = 'allowed' | 'denied' | 'used' | 'expired'

/** How it ended for the person of this interaction. */
export async function outcomeOf(
  c: Context,
  deps: Deps,
  { id, deviceRequestId }: Interaction,
): Promise<{ kind: Outcome; client?: Client | undefined }> {
  const request = await deps.store.deviceRequests.find(deviceRequestId ?? '')
  if (request?.answeredIn === undefined) return { kind: 'expired' }
  if (request.answeredIn !== id) return { kind: 'used' }
  const client = await deps.clients.find(request.clientId, senderKey(c, deps.config))
  return { kind: request.grantId === undefined ? 'denied' : 'allowed', client }
}
