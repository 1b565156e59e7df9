// Owns telling an app that too much has come from its address: of what leaves a row, and costs the sender nothing.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { type Client, isPublic } from '../protocol/client.js'
import { tooMany } from '../protocol/error.js'

/** @throws OAuthError status 429 */
export async function brakeRegistration(c: Context, { throttle, config }: Deps): Promise<void> {
  const wait = await throttle.registration(addressKey(addressOf(c, config)))
  if (wait > 0) throw tooMany('registrations', wait)
}

/**
 * A request that is kept, of a client that has proven nothing: anybody can send it in its name.
 * @throws OAuthError status 429
 */
export async function brakeUnproven(
  c: Context,
  { metadata }: Client,
  { throttle, config }: Deps,
): Promise<void> {
  if (!isPublic(metadata)) return
  const wait = await throttle.unproven(addressKey(addressOf(c, config)))
  if (wait > 0) throw tooMany('requests', wait)
}
