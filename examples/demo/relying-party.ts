// Owns the third-party app of the demo: it signs people in with openid-client and calls the API for them.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import * as oidc from 'openid-client'

export type AppOptions = {
  issuer: string
  clientId: string
  clientSecret: string
  /** Where this app is: http://localhost:PORT */
  origin: string
  /** The URL of the API, which is also its resource identifier. */
  api: string
}

type Pending = { codeVerifier: string; state: string; nonce: string }
type SignedIn = { sub: string; name: string; accessToken: string; refreshToken: string; idToken: string }
type Visitor = { pending?: Pending; signedIn?: SignedIn }
type Answer = { redirect: string } | { status: number; result: string }

const cookie = 'demo_app'

/** Starts the app; every visitor is a cookie, kept in memory. */
export async function startApp(options: AppOptions): Promise<Server> {
  const { issuer, clientId, clientSecret, origin, api } = options
  const visitors = new Map<string, Visitor>()
  // Plain http is refused without allowInsecureRequests; this issuer is on this computer.
  const config = await oidc.discovery(
    new URL(issuer),
    clientId,
    undefined,
    oidc.ClientSecretBasic(clientSecret),
    { execute: [oidc.allowInsecureRequests] },
  )

  const routes: Record<string, (visitor: Visitor, url: URL) => Promise<Answer>> = {
    'GET /': async ({ signedIn }) => ({
      status: 200,
      result: signedIn ? `Signed in as ${signedIn.name} (${signedIn.sub}).` : 'Nobody is signed in here.',
    }),

    'GET /login': async (visitor) => {
      const codeVerifier = oidc.randomPKCECodeVerifier()
      visitor.pending = { codeVerifier, state: oidc.randomState(), nonce: oidc.randomNonce() }
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: `${origin}/callback`,
        scope: 'openid profile email offline_access events:read',
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        state: visitor.pending.state,
        nonce: visitor.pending.nonce,
      })
      return { redirect: url.href }
    },

    'GET /callback': async (visitor, url) => {
      const { pending } = visitor
      if (pending === undefined) return { status: 400, result: 'Nobody asked for this.' }
      delete visitor.pending
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: pending.codeVerifier,
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        idTokenExpected: true,
      })
      const sub = tokens.claims()?.sub ?? ''
      const person = await oidc.fetchUserInfo(config, tokens.access_token, sub)
      visitor.signedIn = {
        sub,
        name: person.name ?? sub,
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? '',
        idToken: tokens.id_token ?? '',
      }
      return { redirect: '/' }
    },

    'POST /events': async ({ signedIn }) => {
      const headers = { Authorization: `Bearer ${signedIn?.accessToken}` }
      const response = await fetch(api, { headers })
      return { status: 200, result: `The API answers ${response.status}: ${await response.text()}` }
    },

    'POST /profile': async ({ signedIn }) => {
      const person = await oidc.fetchUserInfo(config, signedIn?.accessToken ?? '', signedIn?.sub ?? '')
      return { status: 200, result: `Grantor says: ${JSON.stringify(person)}` }
    },

    'POST /refresh': async ({ signedIn }) => {
      if (signedIn === undefined) return { status: 400, result: 'Nobody is signed in here.' }
      const tokens = await oidc.refreshTokenGrant(config, signedIn.refreshToken)
      signedIn.accessToken = tokens.access_token
      signedIn.refreshToken = tokens.refresh_token ?? signedIn.refreshToken
      return { status: 200, result: `A fresh access token, good for ${tokens.expires_in} seconds.` }
    },

    'POST /logout': async (visitor) => {
      const { signedIn } = visitor
      delete visitor.signedIn
      const hint = { id_token_hint: signedIn?.idToken ?? '', post_logout_redirect_uri: `${origin}/` }
      return { redirect: oidc.buildEndSessionUrl(config, hint).href }
    },
  }

  const server = createServer(async (request, response) => {
    const id = visitorId(request) ?? randomUUID()
    const visitor = visitors.get(id) ?? {}
    visitors.set(id, visitor)
    response.setHeader('Set-Cookie', `${cookie}=${id}; HttpOnly; SameSite=Lax; Path=/`)
    const url = new URL(request.url ?? '/', origin)
    const route = routes[`${request.method} ${url.pathname}`]
    const answer = (await route?.(visitor, url).catch(explain)) ?? { status: 404, result: 'No such page.' }
    if ('redirect' in answer) response.writeHead(303, { Location: answer.redirect }).end()
    else {
      response.writeHead(answer.status, { 'Content-Type': 'text/html; charset=utf-8' })
      response.end(page(answer.result, visitor, issuer))
    }
  })
  const { port } = new URL(origin)
  await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
  return server
}

/** What the server refused, with its code: this is what an app shows or logs. */
function explain(error: unknown): Answer {
  if (error instanceof oidc.ResponseBodyError) {
    return { status: 200, result: `Refused: ${error.error} (${error.error_description})` }
  }
  if (error instanceof oidc.AuthorizationResponseError)
    return { status: 200, result: `Refused: ${error.error}` }
  if (error instanceof oidc.WWWAuthenticateChallengeError) {
    return { status: 200, result: `Refused: ${error.cause.map(({ parameters }) => parameters.error).join()}` }
  }
  return { status: 500, result: String(error) }
}

function visitorId(request: IncomingMessage): string | undefined {
  return new RegExp(`(?:^|; )${cookie}=([0-9a-f-]+)`).exec(request.headers.cookie ?? '')?.[1]
}

const style = `:root{color-scheme:light dark}body{max-width:40rem;margin:3rem auto;padding:0 1.25rem;
font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}form{display:inline-block;margin:0 .5rem .5rem 0}
button{min-height:2.75rem;padding:0 1rem;font:inherit}`

function page(result: string, { signedIn }: Visitor, issuer: string): string {
  const button = (action: string, text: string) =>
    `<form method="post" action="${action}"><button>${text}</button></form>`
  const actions = signedIn
    ? [
        button('/events', 'Show my events'),
        button('/profile', 'Show my profile'),
        button('/refresh', 'Refresh the token'),
        button('/logout', 'Sign out'),
        `<p><a href="${issuer}/account/connections">What is connected to my account</a></p>`,
      ]
    : ['<p><a href="/login">Sign in with Grantor</a></p>']
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo app</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style><h1>Demo app</h1>
<p id="result">${escapeHtml(result)}</p>${actions.join('\n')}<p><a href="/">Home</a></p></html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
