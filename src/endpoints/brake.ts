// Limits the registrations and changes of apps from one client address.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { tooMany } from '../protocol/error.js'

/** @throws OAuthError status 429 */
export async function brakeRegistration(c: Context, { throttle, config }: Deps): Promise<void> {
  const wait = await throttle.registration(addressKey(addressOf(c, config)))
  if (wait > 0) throw tooMany('registrations', wait)
}
