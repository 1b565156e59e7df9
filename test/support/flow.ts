// Owns the code flow as an app and a person go through it, for tests that are about what comes after.
import { createHash, randomBytes } from 'node:crypto'
import { issuerUrl } from '../../src/protocol/issuer.js'
import { assertionOf, assertionType } from './assertion.js'
import type { Browser } from './browser.js'
import type { Person, Registered, TestServer } from './server.js'

export type Tokens = {
  access_token: string
  token_type: string
  expires_in: number
  scope?: string
  refresh_token?: string
  id_token?: string
}

/** Parameters over the usual ones; undefined leaves one out, a list repeats it. */
export type Changes = Record<string, string | string[] | undefined>

export type Started = { url: string; redirectUri: string; verifier: string; state: string; nonce: string }

const chance = () => randomBytes(32).toString('base64url')

/** A fresh S256 pair (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = chance()
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The address that an app sends a person to: code, PKCE, state, nonce, scope openid. */
export function authorizeUrl(server: TestServer, { client }: Registered, changes: Changes = {}): Started {
  const { verifier, challenge } = pkce()
  const [state, nonce] = [chance(), chance()]
  const redirectUri = client.metadata.redirect_uris[0] ?? ''
  const usual = {
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries<Changes[string]>({ ...usual, ...changes })) {
    for (const one of [value ?? []].flat()) params.append(name, one)
  }
  const asked = params.get('redirect_uri') ?? redirectUri
  return {
    url: `${issuerUrl(server.issuer, '/authorize')}?${params}`,
    redirectUri: asked,
    verifier,
    state,
    nonce,
  }
}

/** Does what each page asks until the browser leaves for an app; says yes. Answers what the app receives. */
export async function walk(browser: Browser, person?: Person): Promise<URLSearchParams> {
  for (let pages = 0; pages < 6; pages++) {
    const { left, url, status, heading, forms } = browser.view
    if (left) return left.params
    const posted = forms.find(({ action }) => new URL(action).origin !== url.origin)
    const step = /\/(login|consent|select-account)\//.exec(url.pathname)?.[1]
    if (posted) await browser.submit()
    else if (step === 'consent') await browser.allow()
    else if (step === 'select-account') await browser.submit()
    else if (step === 'login' && person && status === 200) await browser.signIn(person)
    else throw new Error(`stuck on "${heading}" (${status}) at ${url.pathname}`)
  }
  throw new Error('going round in circles')
}

/** Goes from the app's link to the code. Without a person, one must be signed in. */
export async function getCode(
  server: TestServer,
  browser: Browser,
  app: Registered,
  options: { person?: Person; params?: Changes } = {},
): Promise<Started & { code: string; answer: URLSearchParams }> {
  const started = authorizeUrl(server, app, options.params)
  await browser.open(started.url)
  const answer = await walk(browser, options.person)
  const code = answer.get('code')
  if (code === null) throw new Error(`no code: ${answer}`)
  return { ...started, code, answer }
}

/** Asks the token endpoint, authenticating as the client is registered. */
export function tokenRequest(server: TestServer, app: Registered, params: Changes): Promise<Response> {
  return authenticatedPost(server, '/token', app, params)
}

/** The same for revocation and introspection. */
export async function authenticatedPost(
  server: TestServer,
  path: string,
  party: Registered,
  params: Changes,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { client, secret } = party
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(params))
    for (const one of [value ?? []].flat()) body.append(name, one)
  const method = client.metadata.token_endpoint_auth_method
  if (method !== 'client_secret_basic') body.set('client_id', client.id)
  if (method === 'client_secret_post') body.set('client_secret', secret)
  if (method.endsWith('_jwt')) {
    body.set('client_assertion_type', assertionType)
    if (!body.has('client_assertion')) body.set('client_assertion', await assertionOf(server, party))
  }
  const basic = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
  return server.fetch(path, {
    method: 'POST',
    headers: { ...headers, ...(method === 'client_secret_basic' && { Authorization: basic }) },
    body,
  })
}

/** Offers a code as the app that got it would, but for `changes`. */
export function exchange(
  server: TestServer,
  app: Registered,
  got: Started & { code: string },
  changes: Changes = {},
): Promise<Response> {
  return tokenRequest(server, app, {
    grant_type: 'authorization_code',
    code: got.code,
    redirect_uri: got.redirectUri,
    code_verifier: got.verifier,
    ...changes,
  })
}

/** Exchanges a code. */
export async function redeem(
  server: TestServer,
  app: Registered,
  got: Started & { code: string },
): Promise<Tokens> {
  return tokensOf(await exchange(server, app, got))
}

/** Sign-in, consent, code, tokens. */
export async function codeFlow(
  server: TestServer,
  browser: Browser,
  app: Registered,
  options: { person?: Person; params?: Changes } = {},
): Promise<Tokens> {
  return redeem(server, app, await getCode(server, browser, app, options))
}

export function refresh(
  server: TestServer,
  app: Registered,
  token: string,
  more: Changes = {},
): Promise<Response> {
  return tokenRequest(server, app, { grant_type: 'refresh_token', refresh_token: token, ...more })
}

/** The tokens of an answer that must be 200. */
export async function tokensOf(response: Response): Promise<Tokens> {
  if (response.status !== 200) throw new Error(`token endpoint: ${response.status} ${await response.text()}`)
  return (await response.json()) as Tokens
}

/** The claims of a JWT, unverified: for looking at, not for trusting. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
