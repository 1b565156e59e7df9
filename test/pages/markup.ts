// Owns the reading of our own markup in tests: elements with attributes, and text as a person reads it.

export type Element = { tag: string; attributes: Map<string, string>; text: string }

const decode = (text: string) =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')

/** The text of a piece of markup, without its tags. */
export const textOf = (html: string): string => decode(html.replace(/<[^>]*>/g, ''))

/** All elements of a name (`*` for all), in order; `text` is what stands in them. */
export const elements = (html: string, name: string): Element[] => {
  const found: Element[] = []
  for (const match of html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)) {
    const [whole, tag = '', list = ''] = match
    if (name !== '*' && tag !== name) continue
    const attributes = new Map<string, string>()
    for (const [, key = '', value = ''] of list.matchAll(/([\w-]+)(?:="([^"]*)")?/g)) {
      attributes.set(key, decode(value))
    }
    const rest = html.slice((match.index ?? 0) + whole.length)
    found.push({ tag, attributes, text: textOf(rest.slice(0, Math.max(0, rest.indexOf(`</${tag}>`)))) })
  }
  return found
}

/** The first element of a name; throws where there is none. */
export const element = (html: string, name: string): Element => {
  const [first] = elements(html, name)
  if (!first) throw new Error(`no <${name}>`)
  return first
}
