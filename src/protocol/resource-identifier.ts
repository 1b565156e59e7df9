// Resource indicators (RFC 8707 2): what may be one, and when two mean the same resource.

const maxLength = 2048

/** What is wrong with this as a resource indicator (RFC 8707 2), in words, or undefined. */
export function checkResourceIdentifier(uri: string): string | undefined {
  if (uri.length > maxLength) return `it is longer than ${maxLength} characters`
  if (uri.includes('#')) return 'it has a fragment'
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[!$&'()*+,\-./0-9:;=?@A-Z[\]_a-z~%]+$/.test(uri) || !URL.canParse(uri)) {
    return 'it is not an absolute URI'
  }
  return undefined
}

/**
 * Whether two identifiers mean the same resource: scheme and host without case, the default port or none (RFC 3986
 * 6.2.2.1, 6.2.3), a bare origin with or without the slash that URL libraries add; path and query are exact.
 */
export function isSameResource(one: string, other: string): boolean {
  return one === other || resourceKey(one) === resourceKey(other)
}

export function includesResource(identifiers: Iterable<string>, identifier: string): boolean {
  const list = [...identifiers]
  if (list.includes(identifier)) return true
  const key = resourceKey(identifier)
  return list.some((one) => resourceKey(one) === key)
}

/** How many `spellingsOf` gives at most. */
export const maxSpellings = 6

/** In lower case, everything that an identifier of the same resource can read; others can read so, too. */
export function spellingsOf(identifier: string): string[] {
  const uri = resourceKey(identifier)
  const [, origin, scheme = '', port, path = ''] =
    /^(([^:/]+):\/\/[^/?#]*?)(:\d+)?([/?#].*)?$/s.exec(uri) ?? []
  if (origin === undefined) return [lowerCase(uri)]
  const ports = port === undefined ? ['', ':', `:${defaultPorts[scheme] ?? ''}`] : [port]
  const paths = path === '' && scheme in defaultPorts ? ['', '/'] : [path]
  return [...new Set(ports.flatMap((one) => paths.map((other) => lowerCase(origin + one + other))))]
}

const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * The same text for identifiers that mean the same resource. Without the help of URL, which also rewrites paths and hosts
 * that are numbers.
 */
export function resourceKey(uri: string): string {
  const [, given, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(uri) ?? []
  if (given === undefined) return uri
  const scheme = lowerCase(given)
  const [, user = '', host, port = '', path = ''] =
    /^\/\/([^/?#]*@)?([^/?#@]*?)(?::(\d*))?([/?#].*)?$/s.exec(rest) ?? []
  if (host === undefined) return `${scheme}:${rest}`
  const origin = `${scheme}://${user}${lowerCase(host)}`
  const isDefault = port === '' || port === defaultPorts[scheme]
  const isBare = path === '/' && scheme in defaultPorts
  return `${origin}${isDefault ? '' : `:${port}`}${isBare ? '' : path}`
}

/** ASCII only: no letter of another alphabet becomes one of a host name. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
