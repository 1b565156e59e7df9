// Owns what a workload needs before it is timed: a signed-in browser, then codes and tokens in any number.
import { connect, headerOf, request } from './connection.js'
import { basic, type Contestant, pkce, redirectUri, user } from './scenario.js'

export type Tokens = { access_token: string; refresh_token?: string; id_token?: string }

/** A sign-in with consent remembered: its cookie gets codes without a page in between. */
export type Session = { cookie: string; client: string; scope: string; resource: string | undefined }

const lanes = 16

function authorizeUrl(server: Contestant, client: string, scope: string, resource: string | undefined): URL {
  const url = new URL(server.endpoints.authorize)
  const parameters = {
    response_type: 'code',
    client_id: client,
    redirect_uri: redirectUri,
    scope,
    state: 'a-state-of-the-usual-length',
    nonce: 'a-nonce-of-the-usual-length',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    ...(resource !== undefined && { resource }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

/** Goes through sign-in and consent as a browser without JavaScript does: follows redirects, fills in forms. */
export async function signIn(
  server: Contestant,
  client: string,
  scope: string,
  resource?: string,
): Promise<Session> {
  const cookies = new Map<string, string>()
  const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  let url = authorizeUrl(server, client, scope, resource)
  let form: URLSearchParams | undefined
  for (let step = 0; step < 20; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: header(), origin: new URL(server.issuer).origin },
      ...(form !== undefined && { method: 'POST', body: form }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (name === undefined) continue
      if (value === '' || value === undefined) cookies.delete(name)
      else cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location?.startsWith(redirectUri)) {
      if (!new URL(location).searchParams.has('code')) throw new Error(`no code: ${location}`)
      return { cookie: header(), client, scope, resource }
    }
    if (location !== null) {
      url = new URL(location, url)
      form = undefined
      continue
    }
    const page = await response.text()
    if (response.status !== 200) throw new Error(`${server.name} ${url}: ${response.status}\n${page}`)
    const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? []
    const own = forms.find((text) => /name="password"|value="allow"/.test(text))
    if (own === undefined) throw new Error(`${server.name}: no form to go on with\n${page}`)
    form = filledIn(own)
    url = new URL(unescapeHtml(/<form[^>]* action="([^"]*)"/.exec(own)?.[1] ?? url.href), url)
  }
  throw new Error(`${server.name}: sign-in does not end`)
}

function filledIn(text: string): URLSearchParams {
  const form = new URLSearchParams({ username: user.username, password: user.password, decision: 'allow' })
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

/** Sends every request once over a few connections; the answers come in the order of the requests. */
async function sendAll<T>(
  server: Contestant,
  requests: string[],
  take: (status: number, head: string, body: string, location: string | undefined) => T,
): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      connect(server.port, reject).then((connection) => {
        const step = () => {
          const index = next++
          const text = requests[index]
          if (text === undefined) {
            connection.close()
            return resolve()
          }
          connection.send(text, (answer) => {
            try {
              results[index] = take(answer.status, answer.head, answer.body, headerOf(answer, 'location'))
              step()
            } catch (error) {
              reject(error)
            }
          })
        }
        step()
      }, reject)
    })
  await Promise.all(Array.from({ length: Math.min(lanes, requests.length) }, lane))
  return results
}

/** Authorization codes, each from an authorization request of its own. */
export function codes(server: Contestant, session: Session, count: number): Promise<string[]> {
  const url = authorizeUrl(server, session.client, session.scope, session.resource)
  const text = request('GET', url, { cookie: session.cookie })
  return sendAll(server, new Array<string>(count).fill(text), (status, head, body, location) => {
    const code = location === undefined ? null : new URL(location).searchParams.get('code')
    if (code === null) throw new Error(`${server.name} gave no code: ${status}\n${head}\n${body}`)
    return code
  })
}

/** The token request for a code. The client without a secret says who it is in the body. */
export function exchange(server: Contestant, session: Session, code: string): string {
  const { web, app } = server.clients
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: pkce.verifier,
    ...(session.client === app.id && { client_id: app.id }),
  })
  return request('POST', server.endpoints.token, session.client === web.id ? basic(web) : {}, body)
}

/** Tokens, each from a code of its own. */
export async function tokens(server: Contestant, session: Session, count: number): Promise<Tokens[]> {
  const requests = (await codes(server, session, count)).map((code) => exchange(server, session, code))
  return sendAll(server, requests, (status, head, body) => {
    if (status !== 200) throw new Error(`${server.name} gave no tokens: ${status}\n${head}\n${body}`)
    return JSON.parse(body) as Tokens
  })
}
