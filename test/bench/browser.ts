// Owns what a browser without JavaScript does: follows redirects, keeps cookies, fills in forms.
import { type Answer, converse, headerOf, request } from './connection.js'
import { redirectUri, user } from './scenario.js'

export type Arrival = {
  /** All that the browser has, as it sends them. */
  cookie: string
  /** The code of the app's redirect. */
  code: string
}

/**
 * Goes through sign-in and consent in a new browser, on a connection of its own, until the app has a code.
 * @param start an authorization request
 * @param address where the browser says it is, to a server that trusts X-Forwarded-For
 */
export async function signIn(start: URL, username: string, address?: string): Promise<Arrival> {
  const cookies = new Map<string, string>()
  const headers = () => ({
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    origin: start.origin,
    ...(address !== undefined && { 'x-forwarded-for': address }),
  })
  const connection = await converse(Number(start.port))
  try {
    let url = start
    let form: URLSearchParams | undefined
    for (let step = 0; step < 20; step++) {
      const method = form === undefined ? 'GET' : 'POST'
      const answer = await connection.ask(request(method, url, headers(), form))
      keep(cookies, answer)
      const location = headerOf(answer, 'location')
      if (location?.startsWith(redirectUri)) {
        const code = new URL(location).searchParams.get('code')
        if (code === null) throw new Error(`no code: ${location}`)
        return { cookie: headers().cookie, code }
      }
      if (location !== undefined) {
        url = new URL(location, url)
        form = undefined
        continue
      }
      const { status, body } = answer
      if (status !== 200) throw new Error(`${method} ${url}: ${status}\n${body}`)
      const forms = body.match(/<form[\s\S]*?<\/form>/g) ?? []
      const own = forms.find((text) => /name="password"|value="allow"/.test(text))
      if (own === undefined) throw new Error(`${url}: no form to go on with\n${body}`)
      form = filledIn(own, username)
      url = new URL(unescapeHtml(/<form[^>]* action="([^"]*)"/.exec(own)?.[1] ?? url.href), url)
    }
    throw new Error(`${start.origin}: sign-in does not end`)
  } finally {
    connection.close()
  }
}

function keep(cookies: Map<string, string>, { head }: Answer): void {
  for (const [, name = '', value = ''] of head.matchAll(/\r\nset-cookie: *([^=]+)=([^;\r]*)/gi)) {
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
}

function filledIn(text: string, username: string): URLSearchParams {
  const form = new URLSearchParams({ username, password: user.password, decision: 'allow' })
  for (const [input] of text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const attribute = (name: string) => unescapeHtml(new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? '')
    form.set(attribute('name'), attribute('value'))
  }
  return form
}

const unescapeHtml = (text: string) =>
  text.replace(/&(amp|quot|#39|lt|gt);/g, (_, name: string) => {
    return { amp: '&', quot: '"', '#39': "'", lt: '<', gt: '>' }[name] as string
  })
