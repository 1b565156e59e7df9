// Owns the browser of black-box tests: cookies, redirects, forms, and the headers and refusals of a real one.
import { type Document, type Form, readDocument } from './html.js'
import type { Person, TestServer } from './server.js'

/** Where the browser has arrived. */
export type View = Document & {
  url: URL
  status: number
  headers: Headers
  html: string
  /** The app that a redirect or a posted form led to, outside of our origin; the page is then empty. */
  left?: { url: URL; method: 'GET' | 'POST'; params: URLSearchParams } | undefined
}

export type Browser = ReturnType<typeof createBrowser>

type Sent = {
  method?: 'GET' | 'POST'
  fields?: Record<string, string>
  /**
   * The origin of the page that this starts from: absent for an address typed in. SameSite=Lax cookies stay
   * away from a POST that starts on another site, as does everything but Origin from our CSRF checks.
   */
  from?: string
  headers?: Record<string, string>
}

type Cookie = { value: string; expiresAt: number | undefined }

const redirects = [301, 302, 303, 307, 308]

/** A browser with an empty cookie jar; `address` is where its requests come from. */
export function createBrowser(server: TestServer, { address = '192.0.2.10' } = {}) {
  return openTab(server, address, new Map())
}

function openTab(server: TestServer, address: string, jar: Map<string, Cookie>) {
  const { issuerOrigin } = server.config
  let view: View | undefined

  function cookieHeader(): string {
    for (const [name, { expiresAt }] of jar) {
      if (expiresAt !== undefined && expiresAt <= server.clock.now) jar.delete(name)
    }
    return [...jar].map(([key, { value }]) => `${key.split(';')[0]}=${value}`).join('; ')
  }

  function keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(/; */)
      const name = pair.slice(0, pair.indexOf('='))
      const age = attributes.find((attribute) => /^max-age=/i.test(attribute))?.slice('max-age='.length)
      const cookie = {
        value: pair.slice(name.length + 1),
        expiresAt: age ? server.clock.now + Number(age) : undefined,
      }
      const scope = attributes.filter((attribute) => /^(path=\/.|domain=)/i.test(attribute)).sort()
      const key = [name, ...scope].join('; ')
      const isDeleted = cookie.expiresAt !== undefined && cookie.expiresAt <= server.clock.now
      const refused = name.startsWith('__Host-') && (scope.length > 0 || !attributes.includes('Secure'))
      if (refused && !isDeleted) throw new Error(`a browser would refuse the cookie ${line}`)
      if (isDeleted) jar.delete(key)
      else jar.set(key, cookie)
    }
  }

  /** One request, with the headers that a browser would add; redirects are not followed. */
  async function request(url: URL, { method = 'GET', fields, from, headers }: Sent = {}): Promise<Response> {
    const site = from === undefined ? 'none' : from === issuerOrigin ? 'same-origin' : 'cross-site'
    const cookies = site === 'cross-site' && method === 'POST' ? '' : cookieHeader()
    const response = await server.fetchFrom(
      address,
      new Request(url, {
        method,
        redirect: 'manual',
        headers: {
          Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
          'Accept-Language': 'en',
          'Sec-Fetch-Site': site,
          'Sec-Fetch-Mode': 'navigate',
          ...(cookies && { Cookie: cookies }),
          ...(method === 'POST' && { Origin: from ?? 'null' }),
          ...headers,
        },
        ...(fields && { body: new URLSearchParams(fields) }),
      }),
    )
    keepCookies(response)
    return response
  }

  /** Goes somewhere and follows redirects on our origin, up to ten. */
  async function go(target: string | URL, sent: Sent = {}): Promise<View> {
    const policy = sent.method === 'POST' && sent.from === issuerOrigin ? formAction() : undefined
    let url = resolve(target)
    let next = sent
    for (let hops = 0; hops < 10; hops++) {
      if (policy && !policy(url)) throw new Error(`Content-Security-Policy form-action blocks ${url}`)
      if (url.origin !== issuerOrigin) return leave(url, next)
      const response = await request(url, next)
      const location = response.headers.get('location')
      if (!redirects.includes(response.status) || location === null) return arrive(url, response)
      url = new URL(location, url)
      if (response.status < 307) {
        const { method: _, fields: __, ...rest } = next
        next = rest
      }
    }
    throw new Error(`too many redirects, last to ${url}`)
  }

  function resolve(target: string | URL): URL {
    return new URL(target, view && !view.left ? view.url : server.issuer)
  }

  function leave(url: URL, { method = 'GET', fields = {} }: Sent): View {
    const params = method === 'GET' ? url.searchParams : new URLSearchParams(fields)
    const blank = {
      status: 0,
      headers: new Headers(),
      html: '',
      heading: '',
      text: '',
      forms: [],
      frames: [],
      refresh: undefined,
    }
    view = { ...blank, url, left: { url, method, params } }
    return view
  }

  async function arrive(url: URL, response: Response): Promise<View> {
    const html = await response.text()
    const { status, headers } = response
    view = { url, status, headers, html, ...readDocument(html, url.href) }
    return view
  }

  /** Chromium holds the whole chain of redirects after a form to the page's form-action. */
  function formAction(): ((url: URL) => boolean) | undefined {
    const policy = view?.headers.get('content-security-policy') ?? ''
    const directive = /(?:^|;)\s*form-action([^;]*)/.exec(policy)?.[1]?.trim().split(/\s+/)
    return (
      directive &&
      ((url) =>
        directive.some((source) =>
          source === "'self'"
            ? url.origin === issuerOrigin
            : source === url.origin || source === url.protocol,
        ))
    )
  }

  function current(): View {
    if (!view) throw new Error('nothing has been opened yet')
    return view
  }

  /** The form that holds this button (`name=value` or its text), or all these fields, else the first. */
  function findForm(names: string[], press?: string): { form: Form; pressed: Record<string, string> } {
    for (const form of current().forms) {
      const button = form.buttons.find(
        ({ name, value, text }) => press === `${name}=${value}` || press === text,
      )
      if (press !== undefined && !button) continue
      if (!names.every((name) => form.inputs.includes(name) || name in form.fields)) continue
      return { form, pressed: button?.name ? { [button.name]: button.value } : {} }
    }
    const { status, heading } = current()
    throw new Error(`no form for ${press ?? (names.join(', ') || 'anything')} on "${heading}" (${status})`)
  }

  /** Fills in a form of the page and sends it, as a person would. */
  async function submit(values: Record<string, string> = {}, press?: string): Promise<View> {
    const { form, pressed } = findForm(Object.keys(values), press)
    const fields = { ...form.fields, ...values, ...pressed }
    return go(form.action, { method: form.method === 'POST' ? 'POST' : 'GET', fields, from: issuerOrigin })
  }

  return {
    get view() {
      return current()
    },
    /** Names and values of the cookies. */
    get cookies(): Record<string, string> {
      return Object.fromEntries([...jar].map(([name, { value }]) => [name, value]))
    },
    /** @param scope `Path=` and `Domain=`, where it is not one of the whole host */
    setCookie: (name: string, value: string, scope = '') =>
      void jar.set([name, scope].filter(Boolean).join('; '), { value, expiresAt: undefined }),
    /** Seconds for which a cookie is still kept; undefined for one that ends with the browser. */
    ageOf(name: string): number | undefined {
      const { expiresAt } = jar.get(name) ?? {}
      return expiresAt === undefined ? undefined : expiresAt - server.clock.now
    },
    forgetCookies: () => jar.clear(),
    /** Closes the browser and opens it again. */
    restart() {
      for (const [key, { expiresAt }] of jar) if (expiresAt === undefined) jar.delete(key)
    },
    /** Types an address, or follows a link of the page at the origin `from`. */
    open: (target: string | URL, sent: Sent = {}) => go(target, sent),
    /** Sends a form that is not on the page, from a page at the origin `from` (our own unless said). */
    post: (target: string | URL, fields: Record<string, string>, sent: Sent = {}) =>
      go(target, { from: issuerOrigin, ...sent, method: 'POST', fields }),
    request: (target: string | URL, sent: Sent = {}) => request(resolve(target), sent),
    reload: () => go(current().url),
    submit,
    signIn: ({ user, password }: Person) => submit({ username: user.username, password }),
    allow: () => submit({}, 'decision=allow'),
    deny: () => submit({}, 'decision=deny'),
    /** Another tab: the same cookies, a page of its own. */
    newTab: () => openTab(server, address, jar),
  }
}
