// Owns reading our own pages: their heading, their text and their forms, as a browser would see them.

export type Button = { name: string; value: string; text: string }

export type Form = {
  method: string
  /** Absolute. */
  action: string
  /** What the form sends if nothing is typed: hidden, prefilled and checked fields, by name. */
  fields: Record<string, string>
  /** Names of everything that can be filled in. */
  inputs: string[]
  buttons: Button[]
}

export type Document = {
  heading: string
  text: string
  forms: Form[]
  /** Addresses of what the page opens in frames. */
  frames: string[]
  /** Where the page goes on to by itself. */
  refresh: string | undefined
}

/** Reads a page that our own renderer has written; `url` is where it was found. */
export function readDocument(html: string, url: string): Document {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)]
  return {
    heading: textOf(/<h1\b[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? ''),
    text: textOf(/<main\b[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? ''),
    frames: [...html.matchAll(/<iframe\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text).src ?? ''),
    refresh: attributesOf(/<meta http-equiv="refresh"[^>]*>/.exec(html)?.[0] ?? '').content?.slice(
      '0; url='.length,
    ),
    forms: forms.map(([, attributes = '', body = '']) => readForm(attributesOf(attributes), body, url)),
  }
}

function readForm(attributes: Record<string, string>, body: string, url: string): Form {
  const fields: Record<string, string> = {}
  const inputs: string[] = []
  for (const [, text = ''] of body.matchAll(/<input\b([^>]*)>/g)) {
    const { name, type = 'text', value = '', ...rest } = attributesOf(text)
    if (!name || 'disabled' in rest) continue
    if (type !== 'hidden' && !inputs.includes(name)) inputs.push(name)
    if (!['radio', 'checkbox'].includes(type) || 'checked' in rest) fields[name] = value
  }
  const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)].map(
    ([, text = '', label = '']) => {
      const { name = '', value = '' } = attributesOf(text)
      return { name, value, text: textOf(label) }
    },
  )
  const { method = 'get', action = '' } = attributes
  return { method: method.toUpperCase(), action: new URL(action, url).href, fields, inputs, buttons }
}

function attributesOf(text: string): Record<string, string> {
  const found = text.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)
  return Object.fromEntries(
    [...found].map(([, name = '', value = '']) => [name.toLowerCase(), decode(value)]),
  )
}

function textOf(html: string): string {
  const plain = html.replace(/<(style|script)\b[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' ')
  return decode(plain).replace(/\s+/g, ' ').trim()
}

function decode(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    return named[name] ?? whole
  })
}
