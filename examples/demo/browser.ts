// Owns the person's browser: cookies, redirects and forms over plain HTTP, no JavaScript needed.

type Form = {
  action: URL
  fields: Record<string, string>
  buttons: { name: string; value: string; text: string }[]
}

/** A browser with an empty cookie jar. `trail` hears of every request and its answer. */
export function createBrowser(trail: (line: string) => void = () => {}) {
  /** By host alone: cookies know no ports. */
  const jars = new Map<string, Map<string, string>>()
  let url = new URL('about:blank')
  let html = ''

  async function request(target: URL, fields?: Record<string, string>): Promise<Response> {
    const jar = jars.get(target.hostname) ?? new Map<string, string>()
    jars.set(target.hostname, jar)
    const response = await fetch(target, {
      redirect: 'manual',
      method: fields === undefined ? 'GET' : 'POST',
      headers: {
        Accept: 'text/html',
        Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(fields !== undefined && { Origin: url.origin, 'Sec-Fetch-Site': siteOf(target) }),
      },
      ...(fields !== undefined && { body: new URLSearchParams(fields) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */)
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) jar.delete(name)
      else jar.set(name, pair.slice(name.length + 1))
    }
    return response
  }

  const siteOf = (target: URL) => (target.origin === url.origin ? 'same-origin' : 'same-site')

  async function go(target: URL, fields?: Record<string, string>): Promise<void> {
    const response = await request(target, fields)
    const place = `${target.host}${target.pathname.replace(/[0-9A-Za-z]{16,}/, ':id')}`
    trail(`${fields === undefined ? 'GET ' : 'POST'} ${place} -> ${response.status}`)
    const location = response.headers.get('location')
    if (location !== null) return go(new URL(location, target))
    url = target
    html = await response.text()
  }

  function forms(): Form[] {
    return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', body = '']) => {
      const inputs = [...body.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => text)
      const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)]
      return {
        action: new URL(attribute(attributes, 'action'), url),
        fields: Object.fromEntries(inputs.map((text) => [attribute(text, 'name'), attribute(text, 'value')])),
        buttons: buttons.map(([, text = '', label = '']) => ({
          name: attribute(text, 'name'),
          value: attribute(text, 'value'),
          text: plain(label),
        })),
      }
    })
  }

  return {
    open: (target: string) => go(new URL(target, url.href)),
    /** Fills in the form that holds a button with this text, or this value, and presses it. */
    async press(label: string, values: Record<string, string> = {}): Promise<void> {
      for (const { action, fields, buttons } of forms()) {
        const button = buttons.find(({ text, value }) => text === label || value === label)
        if (button === undefined) continue
        return go(action, {
          ...fields,
          ...values,
          ...(button.name !== '' && { [button.name]: button.value }),
        })
      }
      throw new Error(`there is no button "${label}" on "${this.heading}" (${url})`)
    },
    /** Fills in and sends the form that has all these fields. */
    async fill(values: Record<string, string>): Promise<void> {
      const form = forms().find(({ fields }) => Object.keys(values).every((name) => name in fields))
      if (form === undefined)
        throw new Error(`there is no form for ${Object.keys(values)} on "${this.heading}"`)
      return go(form.action, { ...form.fields, ...values })
    },
    get url() {
      return url
    },
    get heading() {
      return plain(/<h1\b[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? '')
    },
    /** The text of the first element that this pattern finds. */
    text: (pattern: RegExp) => plain(pattern.exec(html)?.[1] ?? ''),
    texts: (pattern: RegExp) => [...html.matchAll(pattern)].map(([, text = '']) => plain(text)),
  }
}

function attribute(text: string, name: string): string {
  return decode(new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '')
}

function plain(html: string): string {
  return decode(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function decode(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&(amp|lt|gt|quot);/g, (_, name) => named[name] as string)
}
