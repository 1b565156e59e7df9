// The `scope` of the token response (RFC 6749 3.3, 5.1): always there when it differs from what was asked for.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tokenTypes } from '../../src/protocol/exchange.js'
import { jwtBearerType, tokenExchangeType } from '../../src/protocol/grant-type.js'
import { createBrowser } from '../support/browser.js'
import { ask, enter, poll } from '../support/device.js'
import {
  type Changes,
  claimsOf,
  codeFlow,
  refresh,
  type Tokens,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { assertionFor, bearer, trustingScene } from '../support/trusted.js'

const api = 'https://api.test'
const plain = 'https://plain.test'
let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read', 'write'], { defaultScope: ['read'] })
  await server.addResource(plain)
})
afterEach(() => server.close())

/** Fails unless the response tells the scope of its token wherever that is not what was asked for. */
function expectScope(tokens: Tokens, asked: string | undefined, granted: string): void {
  expect(claimsOf(tokens.access_token).scope ?? '', asked).toBe(granted)
  if (granted !== (asked ?? '')) expect(tokens, asked).toHaveProperty('scope')
  if ('scope' in tokens) expect(tokens.scope, asked).toBe(granted)
}

const requests: [asked: string | undefined, resource: string | undefined, granted: string][] = [
  ['openid', undefined, 'openid'],
  ['openid', api, ''],
  ['openid profile', plain, ''],
  ['openid read', api, 'read'],
  ['openid read', undefined, 'openid read'],
  ['read unknown', api, 'read'],
  ['read write', api, 'read write'],
  ['openid offline_access', api, ''],
  [undefined, api, 'read'],
  [undefined, plain, ''],
]

it.each(requests)('PC02: an app that asks for scope %s and resource %s', async (scope, resource, granted) => {
  const [app, person] = [await server.addClient('web'), await server.addUser()]
  const params = { scope, resource }
  const tokens = await codeFlow(server, createBrowser(server), app, { person, params })
  expectScope(tokens, scope, granted)
  const again = await tokensOf(await refresh(server, app, tokens.refresh_token ?? ''))
  expectScope(again, scope, granted)
  const [first] = (scope ?? '').split(' ')
  if (!first) return
  const left = granted.split(' ').includes(first) ? first : ''
  expectScope(
    await tokensOf(await refresh(server, app, tokens.refresh_token ?? '', { scope: first })),
    first,
    left,
  )
})

it('PC02: a token for the server itself, from a grant of an API', async () => {
  const [app, person] = [await server.addClient('web'), await server.addUser()]
  const params = { scope: 'openid read', resource: api }
  const { refresh_token = '' } = await codeFlow(server, createBrowser(server), app, { person, params })
  const own = { resource: server.issuer }
  expectScope(await tokensOf(await refresh(server, app, refresh_token, own)), 'openid read', 'openid')
  const read = { ...own, scope: 'read' }
  expectScope(await tokensOf(await refresh(server, app, refresh_token, read)), 'read', '')
})

it.each(requests)(
  'PC02: a device that asks for scope %s and resource %s',
  async (scope, resource, granted) => {
    const [tv, person] = [await server.addClient('device'), await server.addUser()]
    const browser = createBrowser(server)
    const request = await ask(server, tv, { scope, resource })
    await enter(browser, request, person)
    await browser.allow()
    expectScope(await tokensOf(await poll(server, tv, request)), scope, granted)
  },
)

it('PC02: a client that acts for itself, or exchanges a token', async () => {
  const service = await server.addClient('service', {
    grant_types: ['client_credentials', tokenExchangeType],
    resources: [api, plain],
    token_exchange_audiences: [api, plain],
    token_exchange_impersonation: true,
  })
  const tokens = async (params: Changes) => tokensOf(await tokenRequest(server, service, params))
  const own = { grant_type: 'client_credentials' }
  expectScope(await tokens({ ...own, resource: api }), undefined, 'read')
  expectScope(await tokens({ ...own, resource: plain }), undefined, '')
  const both = await tokens({ ...own, resource: api, scope: 'read write' })
  expectScope(both, 'read write', 'read write')
  const subject = { subject_token: both.access_token, subject_token_type: tokenTypes.accessToken }
  const exchanged = { grant_type: tokenExchangeType, ...subject }
  expectScope(await tokens({ ...exchanged, resource: api, scope: 'write' }), 'write', 'write')
  expectScope(await tokens({ ...exchanged, resource: api }), undefined, 'read')
  expectScope(await tokens({ ...exchanged, resource: plain }), undefined, '')
})

it('PC02: an assertion of a trusted issuer', async () => {
  const scene = await trustingScene()
  const answer = async (scope?: string) => tokensOf(await bearer(scene, await assertionFor(scene), { scope }))
  expectScope(await answer('read'), 'read', 'read')
  expectScope(await answer(), undefined, 'read write')
  expect(scene.client.client.metadata.grant_types).toEqual([jwtBearerType])
  await scene.server.close()
})
