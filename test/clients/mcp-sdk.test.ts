// The MCP SDK's own client, as tools are built with it: it finds this server, makes itself known, and gets its tokens.
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { afterEach, expect, it } from 'vitest'
import type { Config } from '../../src/config.js'
import { createBrowser } from '../support/browser.js'
import { createWorld } from '../support/client-documents.js'
import { claimsOf, walk } from '../support/flow.js'
import { createTestServer, type TestServer } from '../support/server.js'

const opened: TestServer[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const api = 'https://mcp.test/mcp'
const documentUrl = 'https://tools.test/client.json'
const metadata: OAuthClientMetadata = {
  client_name: 'Orchard Tools',
  redirect_uris: ['http://localhost:4711/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

/** The tool, with nothing in hand but the address of an API. */
function createTool(clientMetadataUrl?: string) {
  const kept: { client?: OAuthClientInformationMixed; tokens?: OAuthTokens; verifier?: string; link?: URL } =
    {}
  const provider: OAuthClientProvider = {
    redirectUrl: metadata.redirect_uris[0] as string,
    clientMetadata: metadata,
    ...(clientMetadataUrl && { clientMetadataUrl }),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (link) => void Object.assign(kept, { link }),
    saveCodeVerifier: (verifier) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier ?? '',
  }
  return { kept, provider }
}

async function connect(config: Partial<Config>, clientMetadataUrl?: string) {
  const world = createWorld()
  world.publish(documentUrl, metadata)
  const server = await createTestServer({ cheapPasswords: true, fetch: world.fetch, config })
  opened.push(server)
  await server.addResource(api, ['tools:call'], { clients: 'all' })
  const person = await server.addUser()
  const { kept, provider } = createTool(clientMetadataUrl)
  const fetchFn = async (input: string | URL, init?: RequestInit) => {
    const { origin, pathname } = new URL(input)
    if (origin === server.issuer) return server.fetch(new URL(input), init)
    return pathname.startsWith('/.well-known/oauth-protected-resource')
      ? Response.json({ resource: api, authorization_servers: [server.issuer] })
      : new Response(null, { status: 404 })
  }
  expect(await auth(provider, { serverUrl: api, fetchFn })).toBe('REDIRECT')
  const browser = createBrowser(server)
  await browser.open(String(kept.link))
  const authorizationCode = (await walk(browser, person)).get('code') ?? ''
  expect(await auth(provider, { serverUrl: api, authorizationCode, fetchFn })).toBe('AUTHORIZED')
  expect(claimsOf(kept.tokens?.access_token ?? '')).toMatchObject({ aud: api, scope: 'tools:call' })
  const before = kept.tokens?.refresh_token
  expect(before).toBeDefined()
  expect(await auth(provider, { serverUrl: api, fetchFn })).toBe('AUTHORIZED')
  expect(kept.tokens?.refresh_token).not.toBe(before)
  return { server, kept }
}

it('by a metadata document', async () => {
  const { kept } = await connect({}, documentUrl)
  expect(kept.client?.client_id).toBe(documentUrl)
})

it.each([undefined, documentUrl])('by registering itself, where documents are off (%s)', async (url) => {
  const { kept } = await connect({ clientDocuments: 'off' }, url)
  expect(kept.client?.client_id).toMatch(/^dcr_/)
})
