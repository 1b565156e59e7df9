// Owns which addresses are fetched or trusted: https, or http on this very computer.

/** `localhost`, anything under it, 127.0.0.0/8 and ::1, as URL.hostname spells them. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** The address in parts; undefined when it is not https (or http on loopback), or has a user, or a fragment. */
export function safeUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || text.length > 2048 || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return safe && url.username === '' && url.password === '' && !text.includes('#') ? url : undefined
}
