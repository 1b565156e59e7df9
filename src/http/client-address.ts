// Owns the question where a request came from: the socket, or what a trusted proxy says about it.
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Context } from 'hono'
import type { Config } from '../config.js'

/** Gives the address of the sender of a request: an IP address, or `unknown` where there is no socket. */
export type ClientAddress = (c: Context) => string

type NodeEnv = { incoming?: { socket?: { remoteAddress?: string } } }

/**
 * Reads addresses behind these proxies. X-Forwarded-For grows to the right, so the client is the last
 * entry that no trusted proxy accounts for; anything left of it is the client's own claim (SE06).
 * @param trusted IP addresses and CIDR ranges
 */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const isProxy = createProxyCheck(trusted)
  return (c) => {
    let address = peerOf(c)
    if (address === undefined) return 'unknown'
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',')
    while (isProxy(address)) {
      const hop = plainAddress((hops.pop() ?? '').trim())
      if (hop === undefined) break
      address = hop
    }
    return address
  }
}

/**
 * Tells whether an address belongs to one of these proxies.
 * @param trusted IP addresses and CIDR ranges
 */
export function createProxyCheck(trusted: readonly string[]): (address: string) => boolean {
  const proxies = new BlockList()
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(bits), family)
  }
  return (address) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** The IP address at the other end of the connection; undefined where there is no socket. */
export function peerOf(c: Context): string | undefined {
  return plainAddress((c.env as NodeEnv | undefined)?.incoming?.socket?.remoteAddress ?? '')
}

const readers = new WeakMap<object, ClientAddress>()

/** The sender of a request, as the configured proxies tell it. */
export function addressOf(c: Context, config: Pick<Config, 'trustProxy'>): string {
  const known = readers.get(config)
  if (known) return known(c)
  const reader = createClientAddress(config.trustProxy)
  readers.set(config, reader)
  return reader(c)
}

/** Computes on demand what the sender of a request is counted by. */
export function senderKey(c: Context, config: Pick<Config, 'trustProxy'>): () => string {
  return () => addressKey(addressOf(c, config))
}

/**
 * What one sender is counted by: an IPv4 address, or the /64 that one subscriber holds of IPv6, in one
 * spelling each.
 */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address
  const groups = expand(address).slice(0, 4)
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`
}

/**
 * One spelling: no zone, no brackets, no port (some proxies send `192.0.2.1:50123` or `[2001:db8::2]:443`), and an
 * IPv4 address that came as `::ffff:1.2.3.4` as itself.
 */
function plainAddress(text: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? []
  const address = (bracketed ?? dotted ?? text).replace(/%.*$/, '')
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : undefined
  const groups = expand(address)
  if (!groups.slice(0, 5).every((group) => group === 0) || groups[5] !== 0xffff) return address.toLowerCase()
  return [groups[6] ?? 0, groups[7] ?? 0].flatMap((group) => [group >> 8, group & 255]).join('.')
}

/** The eight groups of a valid IPv6 address. */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const [, head = '', a, b, c, d] = dotted ?? []
  const pair = (high?: string, low?: string) => ((Number(high) << 8) | Number(low)).toString(16)
  const text = dotted ? `${head}${pair(a, b)}:${pair(c, d)}` : address
  const [left = '', right] = text.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  if (right === undefined) return groups(left)
  const [before, after] = [groups(left), groups(right)]
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}
