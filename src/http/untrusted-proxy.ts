// Warnings about peers that send X-Forwarded-For although GRANTOR_TRUST_PROXY does not name them.
import type { Context } from 'hono'
import type { Logger } from 'pino'
import type { Config } from '../config.js'
import { addressKey, createProxyCheck, peerOf } from './client-address.js'

/** Anybody can send the header: strangers must fill neither the log nor the memory. */
const maxPeers = 100

/**
 * Looks at each request and warns once per peer. The header is ignored either way, so without a warning all users
 * behind a forgotten proxy would share one rate limit.
 */
export function createUntrustedProxyWarning({
  config,
  log,
}: {
  readonly config: Pick<Config, 'trustProxy'>
  readonly log: Logger
}): (c: Context) => void {
  const isTrusted = createProxyCheck(config.trustProxy)
  const warned = new Set<string>()
  return (c) => {
    if (warned.size >= maxPeers || c.req.header('x-forwarded-for') === undefined) return
    const peer = peerOf(c)
    if (peer === undefined || isTrusted(peer) || warned.has(addressKey(peer))) return
    warned.add(addressKey(peer))
    log.warn(
      { peer, setting: 'GRANTOR_TRUST_PROXY' },
      'X-Forwarded-For ignored: if this peer is your proxy, add its address to GRANTOR_TRUST_PROXY',
    )
  }
}
