// Owns how long a fetched document may be used: what its server says (RFC 9111 5.2), within bounds of our own.

/** Seconds. The least is a person's way through our pages; the most is how long a change may go unnoticed. */
const bounds = { least: 60, usual: 300, most: 86_400 }

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Seconds for which an answer with these headers may be used. */
export function freshness(headers: Headers): number {
  const directives = [headers['cache-control'] ?? []].flat().join(',').toLowerCase().split(',')
  const names = directives.map((directive) => directive.trim())
  if (names.some((name) => /^no-(store|cache)\b/.test(name))) return bounds.least
  const said = names
    .map((name) => /^max-age="?(\d{1,10})"?$/.exec(name)?.[1])
    .find((age) => age !== undefined)
  if (said === undefined) return bounds.usual
  const age = /^\d{1,10}$/.exec(String(headers.age ?? ''))?.[0] ?? '0'
  return Math.min(Math.max(Number(said) - Number(age), bounds.least), bounds.most)
}
