// Who a request leaves a row for: its client address, unless an administrator has registered the client that sent it.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { senderKey } from '../http/client-address.js'
import type { Client } from '../protocol/client.js'
import { isTrusted } from '../protocol/trusted-client.js'
import type { Origin } from '../store/store.js'

/** Of a request that has proven nothing. */
export function anonymous(c: Context, { config }: Pick<Deps, 'config'>): Exclude<Origin, 'trusted'> {
  return { address: senderKey(c, config)() }
}

/** Of a request by a client that has authenticated, where it can. */
export function originBy(c: Context, deps: Pick<Deps, 'config'>, client: Client): Origin {
  return isTrusted(client) ? 'trusted' : anonymous(c, deps)
}
