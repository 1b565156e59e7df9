// Owns what a workload needs before it is timed: authorization requests, and codes and tokens in any number.
import { type Blank, blank, connect, headerOf, request } from './connection.js'
import { type Api, apis, basic, type Contestant, pkce, redirectUri } from './scenario.js'

export type Tokens = { access_token: string; refresh_token?: string; id_token?: string }

/** What an app asks for. */
export type Errand = { client: string; scope: string; resource: string | undefined }

/** A sign-in with consent remembered: its cookie gets codes without a page in between. */
export type Session = Errand & { cookie: string }

const lanes = 16

/** @param loginHint tells oidc-provider who signs in, as our sign-in page is told by what is typed */
export function authorizeUrl(
  server: Contestant,
  { client, scope, resource }: Errand,
  loginHint?: string,
): URL {
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
    ...(loginHint !== undefined && { login_hint: loginHint }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

/** An authorization request of a browser that is signed in. */
export function authorization(server: Contestant, session: Session): string {
  return request('GET', authorizeUrl(server, session), { cookie: session.cookie })
}

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
  const text = authorization(server, session)
  return sendAll(server, new Array<string>(count).fill(text), (status, head, body, location) => {
    const code = location === undefined ? null : new URL(location).searchParams.get('code')
    if (code === null) throw new Error(`${server.name} gave no code: ${status}\n${head}\n${body}`)
    return code
  })
}

/** The token request for a code. The client without a secret says who it is in the body. */
export function exchange(server: Contestant, { client }: Errand, code: string): string {
  const { web, app } = server.clients
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: pkce.verifier,
    ...(client === app.id && { client_id: app.id }),
  })
  return request('POST', server.endpoints.token, client === web.id ? basic(web) : {}, body)
}

/** The token request for a code that is still to come. */
export function exchangeLater(server: Contestant, errand: Errand): Blank {
  return blank(exchange(server, errand, missing), missing)
}

const missing = 'THE-MISSING-VALUE'

/** Redeems codes. */
export function redeem(server: Contestant, errand: Errand, codes: string[]): Promise<Tokens[]> {
  const requests = codes.map((code) => exchange(server, errand, code))
  return sendAll(server, requests, (status, head, body) => {
    if (status !== 200) throw new Error(`${server.name} gave no tokens: ${status}\n${head}\n${body}`)
    return JSON.parse(body) as Tokens
  })
}

/** Opaque tokens of the service, each from a request of its own. */
export function serviceTokens(server: Contestant, count: number): Promise<string[]> {
  const text = ofService(server, apis.opaque)
  return sendAll(server, new Array<string>(count).fill(text), (status, head, body) => {
    if (status !== 200) throw new Error(`${server.name} gave no token: ${status}\n${head}\n${body}`)
    return (JSON.parse(body) as Tokens).access_token
  })
}

/** The token request of the service for an API. */
export function ofService({ clients, endpoints }: Contestant, { identifier, scope }: Api): string {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope, resource: identifier })
  return request('POST', endpoints.token, basic(clients.service), body)
}

/** Tokens, each from a code of its own. */
export async function tokens(server: Contestant, session: Session, count: number): Promise<Tokens[]> {
  return redeem(server, session, await codes(server, session, count))
}
