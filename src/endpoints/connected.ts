// Owns what people are told of an app that they have just let in.

import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { issuerUrl } from '../protocol/issuer.js'
import { tell } from './notify.js'
import type { Visitor } from './session.js'
import { appOf } from './views.js'

/** The connection outlives the session: a durable grant. */
export function staysConnected({ scope }: { readonly scope: readonly string[] }): boolean {
  return !scope.includes('openid') || scope.includes('offline_access')
}

/** Mails the person that an app stays connected, with the way to where that can be ended. */
export function tellConnected(c: Context, deps: Deps, { user }: Visitor, client: Client): void {
  const connectionsLink = issuerUrl(deps.config.issuer, '/account/connections')
  const { name, host } = appOf(client)
  tell(c, deps, user, ({ when }) => ({ kind: 'appConnected', app: { name, host }, when, connectionsLink }))
}
