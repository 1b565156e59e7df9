// Owns the question whether a request came by an address that the server does not call its own.
import type { Context } from 'hono'
import type { Config } from '../config.js'

/**
 * Whether what the browser, or the proxy for it, says of host and protocol differs from the issuer. It is only asked
 * to explain why something has failed already: these headers prove nothing, and a proxy that names itself as the
 * host is no fault as long as it works.
 */
export function isMisaddressed(c: Context, { issuer }: Pick<Config, 'issuer'>): boolean {
  const { host, protocol } = new URL(issuer)
  const first = (name: string) => c.req.header(name)?.split(',')[0]?.trim().toLowerCase()
  const seenHost = first('x-forwarded-host') ?? first('host') ?? host
  const seenProtocol = first('x-forwarded-proto') ?? protocol.slice(0, -1)
  return seenHost !== host || `${seenProtocol}:` !== protocol
}
