// Owns the promise that `npm test` needs no network: a socket that leaves this machine fails at once.
import net from 'node:net'

const local = /^(localhost|.*\.localhost|127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/i

/** The host a socket is asked to reach; undefined for a pipe or an already opened descriptor. */
function target(args: unknown[]): string | undefined {
  // net.connect hands over its own normalised array, [options, callback], as the first argument.
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  if (typeof first === 'object' && first !== null) {
    const { host, path } = first as { host?: string; path?: string }
    return path ? undefined : (host ?? 'localhost')
  }
  if (typeof first === 'string' && Number.isNaN(Number(first))) return undefined
  return typeof args[1] === 'string' ? args[1] : 'localhost'
}

type Found = (error: Error | null, addresses: { address: string }[] | string, family?: number) => void
type Lookup = (host: string, options: object, found: Found) => void

/** A name with addresses of the caller's own may be any name: it is they that must be local. */
function checkOwnLookup(args: unknown[]): boolean {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  const { lookup } = (typeof first === 'object' && first !== null ? first : {}) as { lookup?: Lookup }
  if (!lookup) return false
  const checked: Lookup = (host, options, found) =>
    lookup(host, options, (error, addresses, family) => {
      const all = typeof addresses === 'string' ? [{ address: addresses }] : (addresses ?? [])
      const far = all.find(({ address }) => !local.test(address))
      if (far) found(new Error(`a test tried to reach ${far.address}: npm test does not use the network`), [])
      else found(error, addresses, family)
    })
  Object.assign(first as object, { lookup: checked })
  return true
}

const connect = net.Socket.prototype.connect as (...args: unknown[]) => net.Socket
if (connect.name !== 'connectLocally') {
  net.Socket.prototype.connect = function connectLocally(this: net.Socket, ...args: unknown[]) {
    const host = target(args)
    if (host !== undefined && !local.test(host.replace(/^\[|\]$/g, '')) && !checkOwnLookup(args)) {
      throw new Error(`a test tried to reach ${host}: npm test does not use the network`)
    }
    return connect.apply(this, args)
  } as net.Socket['connect']
}
