// Where cookies that reach a page may have been set, other than for the whole host (RFC 6265 5.1.3, 5.1.4).

/** Deeper ones are left out: each is a line in the response. */
const maxPaths = 12
const maxDomains = 3
/** Characters of a path: proxies refuse a response whose headers are too long, and then the user sees no page at all. */
const maxPathLength = 128

/**
 * Path and Domain attributes of every cookie that a browser sends to this address, but for a host's own with Path=/.
 * @param path as the browser has sent it
 */
export function foreignCookieScopes(path: string, host: string): string[] {
  const domains = ['', ...domainsOf(host).map((domain) => `; Domain=${domain}`)]
  const all = domains.flatMap((domain) => pathsTo(path).map((one) => `Path=${one}${domain}`))
  return all.filter((scope) => scope !== 'Path=/')
}

/** `/`, and what ends at a slash of the path, with and without that slash. */
function pathsTo(path: string): string[] {
  // A semicolon ends an attribute, so no cookie has such a path.
  const [usable = ''] = path.split(';')
  const ends = [...usable.matchAll(/\//g)].flatMap(({ index }) => [index, index + 1])
  const paths = [...ends, usable.length].map((end) => usable.slice(0, end))
  return ['/', ...new Set(paths.filter((one) => one.length > 1 && one.length <= maxPathLength))].slice(
    0,
    maxPaths,
  )
}

/** The host and its parents. To browsers an address or a single name as a Domain is the host's own cookie. */
function domainsOf(host: string): string[] {
  if (/^[\d.]+$|:/.test(host)) return []
  const labels = host.split('.')
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .slice(0, maxDomains)
}
