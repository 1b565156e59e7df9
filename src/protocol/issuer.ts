// Issuer identifiers (RFC 8414 2, OIDC Discovery 3): what may be one, and the addresses below one.

/** `localhost`, anything under it, 127.0.0.0/8 and ::1, as URL.hostname spells them. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/**
 * Why a text cannot be an issuer, in words; undefined when it can. Everyone compares issuers byte for byte, so
 * only the normalised spelling is one. A trailing slash is part of it.
 */
export function issuerFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'not a URL'
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'neither https nor http'
  if (url.username !== '' || url.password !== '') return 'a user name or password in it'
  if (text.includes('?')) return 'a query'
  if (text.includes('#')) return 'a fragment'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'http on a host that is not loopback'
  // A URL without a path is spelled with a slash: whether the issuer has one is for its operator to say.
  const normal = url.pathname === '/' && !text.endsWith('/') ? url.origin : url.href
  if (text !== normal) return `normalised it reads ${normal}`
  if (!/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(normal.slice(url.origin.length)))
    return 'unusual characters in its path'
  return undefined
}

/**
 * An address of ours. Every one is made here: an issuer may end with a slash, which no address doubles
 * (RFC 8414 3.1, OIDC Discovery 4).
 * @param path below the issuer, with its leading slash
 */
export function issuerUrl(issuer: string, path: string): string {
  return `${issuer.replace(/\/$/, '')}${path}`
}
