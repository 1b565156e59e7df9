// Owns what an issuer identifier may look like (RFC 8414 2, OIDC Discovery 3).

/** `localhost`, anything under it, 127.0.0.0/8 and ::1, as URL.hostname spells them. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/**
 * Why a text cannot be an issuer, in words; undefined when it can. An issuer is compared byte for byte by
 * everyone, so only the normalised spelling is one.
 */
export function issuerFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'not a URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'neither https nor http'
  if (url.username !== '' || url.password !== '') return 'a user name or password in it'
  if (text.includes('?')) return 'a query'
  if (text.includes('#')) return 'a fragment'
  if (text.endsWith('/')) return 'a trailing slash'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'http on a host that is not loopback'
  const normal = url.pathname === '/' ? url.origin : url.href
  if (text !== normal) return `normalised it reads ${normal}`
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(normal.slice(url.origin.length)))
    return 'unusual characters in its path'
  return undefined
}
