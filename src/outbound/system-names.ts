// What the system knows of names without a name server: the hosts file and the search domains.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** hosts(5): all addresses of each name, in the order of the file. */
export function readHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const [address = '', ...names] of text.split('\n').map(words)) {
    // Both: one takes `1.2.3`, the other takes zones that the address filter cannot read.
    if (isIP(address) === 0 || !ipaddr.isValid(address)) continue
    for (const name of names.map((one) => one.toLowerCase().replace(/\.$/, ''))) {
      const known = hosts.get(name)
      if (known) known.push(address)
      else hosts.set(name, [address])
    }
  }
  return hosts
}

export type Search = { readonly domains: readonly string[]; readonly ndots: number }

/** As many as the C library once took: each may cost a question. */
const maxDomains = 6
/** resolv.conf(5). */
const maxDots = 15

/** resolv.conf(5): the last `search` or `domain` counts, and the last `options ndots`. */
export function readSearch(text: string): Search {
  let domains: readonly string[] = []
  let ndots = 1
  for (const [keyword, ...values] of text.split('\n').map(words)) {
    if (keyword === 'search') domains = values
    else if (keyword === 'domain') domains = values.slice(0, 1)
    else if (keyword === 'options') {
      const dots = values.flatMap((value) => /^ndots:(\d{1,9})$/.exec(value)?.[1] ?? []).at(-1)
      if (dots !== undefined) ndots = Math.min(Number(dots), maxDots)
    }
  }
  const named = domains.map((domain) => domain.toLowerCase().replace(/\.$/, '')).filter((name) => name !== '')
  return { domains: named.slice(0, maxDomains), ndots }
}

function words(line: string): readonly string[] {
  return (line.split(/[#;]/, 1)[0] ?? '').split(/\s+/).filter((word) => word !== '')
}
