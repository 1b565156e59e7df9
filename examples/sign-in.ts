// An app that signs people in. In the clone: CLIENT_SECRET=... npx tsx examples/sign-in.ts
import { createServer } from 'node:http'
import * as oidc from 'openid-client'

const secret = process.env.CLIENT_SECRET ?? ''
const grantor = await oidc.discovery(
  new URL('http://localhost:9000'),
  'demo-web',
  undefined,
  oidc.ClientSecretBasic(secret),
  { execute: [oidc.allowInsecureRequests] }, // plain http, for an issuer on this computer only
)
const app = 'http://localhost:3000'
let pending: oidc.AuthorizationCodeGrantChecks = {} // of one visitor; a real app keeps it in its session

async function greeting(url: URL): Promise<string> {
  const tokens = await oidc.authorizationCodeGrant(grantor, url, pending)
  const person = await oidc.fetchUserInfo(grantor, tokens.access_token, tokens.claims()?.sub ?? '')
  return `Hello ${person.name ?? person.sub}, this app may call APIs for you now.`
}

createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', app)
  if (url.pathname === '/callback') {
    // Whoever says no comes back too, with error=access_denied.
    const text = await greeting(url).catch((error) => `Not signed in: ${error.error ?? error.message}`)
    return response.end(`${text}\n`)
  }
  if (url.pathname !== '/') return response.writeHead(404).end()
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  pending = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const location = oidc.buildAuthorizationUrl(grantor, {
    redirect_uri: `${app}/callback`,
    scope: 'openid profile api:read',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: String(pending.expectedState),
    nonce: String(pending.expectedNonce),
  })
  response.writeHead(303, { Location: location.href }).end()
}).listen(3000)
