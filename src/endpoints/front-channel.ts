// Owns which pages of apps are opened when somebody signs out (OIDC Front-Channel Logout 1.0).
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { withParams } from '../protocol/redirect-uri.js'
import { heldBy, readHeld } from './held-sessions.js'

/** Apps on one page: their origins stand in one header, and proxies let none through that is longer than a few kB. */
const most = 20
/** Apps that are read at once. */
const batch = 100

/**
 * The pages of apps that got ID tokens in the session of this browser, `iss` and `sid` added. Asked before the session
 * ends, for what has been told is forgotten. A session that only an ID token names has none: its apps would be told
 * to whoever holds that token.
 * @param sub whose session, where it is not that of who is signed in at the moment
 */
export async function logoutFrames(c: Context, deps: Deps, sub?: string): Promise<string[]> {
  const { store, config, log } = deps
  const held = heldBy(await readHeld(c, deps), sub)
  if (!held) return []
  const { sid } = held.session
  const uris: string[] = []
  for (let after = '', more = true; more && uris.length <= most; ) {
    const owed = await store.logoutCalls.owed(sid, { after, limit: batch })
    for (const client of await Promise.all(owed.map((id) => deps.clients.known(id)))) {
      const uri = client?.disabled === false ? client.metadata.frontchannel_logout_uri : undefined
      if (uri !== undefined) uris.push(uri)
    }
    after = owed.at(-1) ?? ''
    more = owed.length === batch
    if (more) await yieldToEventLoop()
  }
  if (uris.length > most) log.warn({ sid, most }, 'too many apps to tell in one browser')
  return uris.slice(0, most).map((uri) => withParams(uri, { iss: config.issuer, sid }))
}
