// Owns an API that calls another one for the person who called it: who may exchange what, and the request that may.

import { tokenTypes } from '../../src/protocol/exchange.js'
import { tokenExchangeType } from '../../src/protocol/grant-type.js'
import { type Browser, createBrowser } from './browser.js'
import { type Changes, codeFlow, type Tokens, tokenRequest, tokensOf } from './flow.js'
import {
  createTestServer,
  type Person,
  type Registered,
  type ServerOptions,
  type TestServer,
} from './server.js'

export const orders = 'https://orders.test'
export const stock = 'https://stock.test'
export const { accessToken, jwt } = tokenTypes

export type Exchange = {
  server: TestServer
  app: Registered
  /** The API of orders, which may exchange the tokens that it is shown for tokens of the stock. */
  api: Registered
  person: Person
  browser: Browser
  tokens: Tokens & { refresh_token: string }
  /** A token of the API's own. */
  actor: string
}

/** Starts a server with both APIs, on which a person has let an app see orders. `metadata` is the API's. */
export async function exchangeScene(
  metadata: Record<string, unknown> = {},
  options: ServerOptions & { params?: Changes } = {},
): Promise<Exchange> {
  const server = await createTestServer({ cheapPasswords: true, ...options })
  await server.addResource(orders, ['orders:read', 'orders:write'])
  await server.addResource(stock, ['stock:read', 'stock:write', 'orders:read'])
  await server.addResource('https://other.test', ['other:read'])
  const app = await server.addClient('web')
  const api = await server.addClient('service', {
    grant_types: ['client_credentials', tokenExchangeType],
    resources: [orders],
    token_exchange_audiences: [stock],
    token_exchange_scope: 'stock:read',
    ...metadata,
  })
  const person = await server.addUser()
  const browser = createBrowser(server)
  const params = { scope: 'orders:read offline_access openid', resource: orders, ...options.params }
  const tokens = await codeFlow(server, browser, app, { person, params })
  const actor = await ownToken(server, api)
  return { server, app, api, person, browser, tokens: { refresh_token: '', ...tokens }, actor }
}

/** A token that the client has for itself. */
export async function ownToken(server: TestServer, client: Registered, more: Changes = {}): Promise<string> {
  return (await tokensOf(await tokenRequest(server, client, { grant_type: 'client_credentials', ...more })))
    .access_token
}

/** What the API may ask for. */
export function exchangeParams({ tokens, actor }: Exchange): Changes {
  return {
    grant_type: tokenExchangeType,
    subject_token: tokens.access_token,
    subject_token_type: accessToken,
    actor_token: actor,
    actor_token_type: accessToken,
    resource: stock,
  }
}

/** Asks for that, but for `changes`. */
export function exchangeToken(
  scene: Exchange,
  changes: Changes = {},
  client: Registered = scene.api,
): Promise<Response> {
  return tokenRequest(scene.server, client, { ...exchangeParams(scene), ...changes })
}
