// Looks up the addresses of a name, as the system would, but so that a lookup can be cancelled.
import { Resolver } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readHosts, readSearch, type Search } from './system-names.js'

/** All addresses of a name, in the order to try them. Once the signal is aborted nothing goes on. */
export type Lookup = (host: string, signal: AbortSignal) => Promise<readonly string[]>

export type SystemLookupOptions = {
  readonly readFile: (path: string) => Promise<string>
  /** Name servers instead of those of the system, as `address:port`. */
  readonly servers?: readonly string[]
}

/** Milliseconds for one name server, before the next one is asked; the second try waits twice as long. */
const serverTimeout = 1000
const tries = 2
/** Milliseconds that IPv4 addresses wait for those of IPv6: some name servers never answer questions of type AAAA. */
const ipv6DelayMs = 500

/** That a name or an address of this family does not exist; the next spelling of the name may. */
const absent = ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EBADNAME']

/**
 * Reads the hosts file and the search domains as getaddrinfo does, and asks name servers by itself: getaddrinfo keeps
 * one of the four threads of the process as long as a name server is silent, and cannot be cancelled.
 */
export function systemLookup({ readFile, servers }: SystemLookupOptions): Lookup {
  const hosts = parsedFile('/etc/hosts', readFile, readHosts)
  const search = parsedFile('/etc/resolv.conf', readFile, readSearch)
  return async (host, signal) => {
    const name = host.toLowerCase()
    const plain = name.replace(/\.$/, '')
    const listed = (await hosts()).get(plain)
    if (listed) return listed
    // RFC 6761 6.3: no name server is asked.
    if (plain === 'localhost' || plain.endsWith('.localhost')) return ['127.0.0.1', '::1']
    const names = spellings(name, await search())
    // One for each lookup: cancelling ends all questions of a resolver.
    const resolver = new Resolver({ timeout: serverTimeout, tries })
    if (servers) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel)
    try {
      return await firstFound(names, resolver, signal)
    } finally {
      signal.removeEventListener('abort', cancel)
      cancel()
    }
  }
}

async function firstFound(
  names: readonly string[],
  resolver: Resolver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let failure: unknown
  for (const name of names) {
    signal.throwIfAborted()
    const answers = await bothFamilies(name, resolver)
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (found.length > 0) return found
    const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    failure = errors.find(({ code }) => !absent.includes(code))
    // A name server that is silent or gone is so for the other spellings too.
    if (failure !== undefined) throw failure
    failure = errors[0]
  }
  throw failure
}

async function bothFamilies(
  name: string,
  resolver: Resolver,
): Promise<readonly PromiseSettledResult<string[]>[]> {
  const ipv4 = resolver.resolve4(name)
  const both = Promise.allSettled([ipv4, resolver.resolve6(name)])
  const done = new AbortController()
  const ipv4Alone = ipv4.then(
    () => sleep(ipv6DelayMs, Promise.allSettled([ipv4]), { signal: done.signal }),
    () => both,
  )
  try {
    return await Promise.race([both, ipv4Alone])
  } finally {
    // The timer is rejected, and nobody waits for it any more.
    ipv4Alone.catch(() => {})
    done.abort()
  }
}

/** resolv.conf(5), `ndots`: a name with few dots is looked for in the search domains first, any other one last. */
function spellings(name: string, { domains, ndots }: Search): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = domains.map((domain) => `${name}.${domain}`)
  return name.split('.').length > ndots ? [name, ...searched] : [...searched, name]
}

/** Reads the file each time, for it may change, and parses it only if it has. A file that is missing is empty. */
function parsedFile<T>(
  path: string,
  readFile: SystemLookupOptions['readFile'],
  parse: (text: string) => T,
): () => Promise<T> {
  let last: { readonly text: string; readonly value: T } | undefined
  return async () => {
    const text = await readFile(path).catch(() => '')
    if (last?.text !== text) last = { text, value: parse(text) }
    return last.value
  }
}
