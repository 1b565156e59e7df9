// Owns what a client_id tells of where the client is known from: our rows, a registration sealed in it, a document.

/** No id of ours that is not a sealed registration begins so. */
export const sealedPrefix = 'dcr_'

/** Characters: rows, addresses and tokens carry it. */
export const longestDocumentUrl = 1024

export type ClientOrigin = 'row' | 'sealed' | 'document'

export function originOf(clientId: string): ClientOrigin {
  if (clientId.startsWith('https://') || clientId.startsWith('http://')) return 'document'
  return clientId.startsWith(sealedPrefix) ? 'sealed' : 'row'
}

/** Whether a client can have this id, known here yet or not. */
export function isClientId(text: string): boolean {
  if (originOf(text) === 'document') return documentUrlFault(text, { loopback: true }) === undefined
  return /^[A-Za-z0-9_-]+$/.test(text)
}

/**
 * What keeps a URL from being a client_id (Client ID Metadata Document 3), in words, or undefined. It is compared
 * byte by byte from here on, so it has to be written as a URL parser writes it: thus it has no dot segments either.
 * @param options.loopback http on this computer is allowed too
 */
export function documentUrlFault(url: string, { loopback }: { loopback: boolean }): string | undefined {
  if (url.length > longestDocumentUrl) return `it is longer than ${longestDocumentUrl} characters`
  if (!URL.canParse(url)) return 'it is no URL'
  const { href, protocol, hostname, username, password } = new URL(url)
  const local = loopback && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (protocol !== 'https:' && !local) return 'it is not https'
  if (url.includes('#')) return 'it has a fragment'
  if (username !== '' || password !== '') return 'it has a user name'
  if (!/^https?:\/\/[^/?]+\//.test(url)) return 'it has no path'
  return href === url ? undefined : 'it is not written as URLs are, or its path has a dot segment'
}
