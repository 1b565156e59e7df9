// Owns the apps that client libraries act as: one of each kind, and the person who signs in to them.
import { randomInt } from 'node:crypto'
import { signing } from '../support/assertion.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { walk } from '../support/flow.js'
import type { ListeningServer } from '../support/listening.js'
import type { Person, Registered } from '../support/server.js'

type Kind = {
  name: string
  kind: 'web' | 'spa' | 'native'
  metadata?: Record<string, unknown>
  redirectUri: string
  /** Whether each refresh brings another refresh token. */
  rotates: boolean
}

/** The port is one that nobody has registered (RFC 8252 7.3). */
const somePort = () => randomInt(49_152, 65_536)

export const web: Kind = {
  name: 'web, client_secret_basic',
  kind: 'web',
  redirectUri: 'https://app.test/cb',
  rotates: false,
}

export const kinds: Kind[] = [
  web,
  {
    name: 'web, client_secret_post',
    kind: 'web',
    metadata: { token_endpoint_auth_method: 'client_secret_post', rotate_refresh_token: true },
    redirectUri: 'https://app.test/cb',
    rotates: true,
  },
  {
    name: 'web, client_secret_jwt',
    kind: 'web',
    metadata: { token_endpoint_auth_method: 'client_secret_jwt' },
    redirectUri: 'https://app.test/cb',
    rotates: false,
  },
  {
    name: 'web, private_key_jwt',
    kind: 'web',
    metadata: signing('ES256'),
    redirectUri: 'https://app.test/cb',
    rotates: false,
  },
  { name: 'spa', kind: 'spa', redirectUri: 'https://spa.test/cb', rotates: true },
  { name: 'native', kind: 'native', redirectUri: `http://127.0.0.1:${somePort()}/cb`, rotates: true },
  {
    name: 'native, IPv6 and no path',
    kind: 'native',
    metadata: { redirect_uris: ['http://[::1]'] },
    redirectUri: `http://[::1]:${somePort()}`,
    rotates: true,
  },
]

/** How a service may authenticate, and what it is registered with for that. */
export const proving: [method: string, metadata: Record<string, unknown>][] = [
  ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt'].map(
    (method): [string, Record<string, unknown>] => [method, { token_endpoint_auth_method: method }],
  ),
  ['private_key_jwt', signing('ES256')],
]

export const api = 'https://orchard.test'
/** The scopes of the person, and one of the API, which makes it the audience. */
export const scope = 'openid email offline_access trees:read'
/** Where the apps send people who have signed out. */
export const goodbye = 'https://app.test/bye'

export type Setting = Kind & { app: Registered; person: Person; browser: Browser }

let people = 0

/** One app of this kind, registered, with a person of its own who has a browser. */
export async function setUp(server: ListeningServer, kind: Kind): Promise<Setting> {
  const app = await server.addClient(kind.kind, { post_logout_redirect_uris: [goodbye], ...kind.metadata })
  people += 1
  const person = await server.addUser({ username: `person${people}` })
  return { ...kind, app, person, browser: createBrowser(server) }
}

/** Follows the app's link, signs in and consents where asked. What the app's address then receives. */
export async function follow({ browser, person }: Setting, url: URL): Promise<Request> {
  await browser.open(url)
  await walk(browser, person)
  const { left } = browser.view
  if (!left) throw new Error('the browser has not left for the app')
  return left.method === 'GET'
    ? new Request(left.url)
    : new Request(left.url, { method: 'POST', body: left.params })
}
