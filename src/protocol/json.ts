// JSON and texts from outside: what kind of value they are, and whether a database can hold them.

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of a JSON object; undefined for any other text. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A NumericDate (RFC 7519 2). */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

/** What PostgreSQL cannot hold in a text, so no text from outside may have it. */
export const unstorable = 'a NUL or half of a surrogate pair, which no text may hold'

export function isStorable(text: string): boolean {
  return !/\0|\p{Cs}/u.test(text)
}

/** The same for all names and texts in a JSON text, whose escapes can spell both. */
export function isStorableJson(json: string): boolean {
  if (!json.includes('\\u')) return isStorable(json)
  const unescaped = json.replace(/\\(?:u([0-9A-Fa-f]{4})|[^u])/g, (_, hex?: string) =>
    hex === undefined ? ' ' : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return isStorable(unescaped)
}
