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

/** The same string, or the same origin with or without the trailing slash that URL libraries add to a bare origin. */
export function isSameResource(registered: string, asked: string): boolean {
  return registered === asked || isSameOrigin(registered, asked)
}

function isSameOrigin(registered: string, asked: string): boolean {
  if (!/^https?:\/\/[^/?#]+\/?$/.test(registered)) return false
  return registered.endsWith('/') ? registered.slice(0, -1) === asked : `${registered}/` === asked
}
