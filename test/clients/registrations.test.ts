// Replays the registrations of real clients, as read in their sources and reports: each connects with what it got.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { authorizeUrl, claimsOf, exchange, refresh, tokensOf, walk } from '../support/flow.js'
import { appOf, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

let server: TestServer
let person: Person
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource('https://mcp.test/mcp', ['tools:read', 'tools:call'], {
    isDefault: true,
    clients: 'all',
  })
  person = await server.addUser()
})
afterAll(() => server.close())

/** Any: nothing listens there. */
const port = 51_234
const usual = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] }
const open = { ...usual, token_endpoint_auth_method: 'none' }

const clients: [string, Record<string, unknown>, string[]][] = [
  [
    'Claude on the web',
    {
      ...open,
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      scope: 'tools:read',
    },
    ['https://claude.ai/api/mcp/auth_callback'],
  ],
  [
    'Claude Code',
    {
      ...open,
      client_name: 'Claude Code (orchard)',
      redirect_uris: [`http://localhost:${port}/callback`],
      client_uri: 'https://claude.ai',
    },
    [`http://localhost:${port}/callback`, `http://localhost:${port - 1}/callback`],
  ],
  [
    'VS Code',
    {
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      logo_uri: 'https://code.visualstudio.com/assets/icon.png',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      scope: 'tools:read tools:call',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    ['https://vscode.dev/redirect', 'http://127.0.0.1:33418/', `http://127.0.0.1:${port}/`],
  ],
  ...(['web', 'native', undefined] as const).map((application_type): (typeof clients)[number] => [
    `Cursor, application_type ${application_type}`,
    {
      ...open,
      client_name: 'Cursor',
      client_uri: 'https://cursor.com',
      redirect_uris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      application_type,
    },
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ],
  ]),
  [
    'ChatGPT',
    {
      ...usual,
      client_name: 'ChatGPT',
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      token_endpoint_auth_method: 'client_secret_post',
    },
    ['https://chatgpt.com/connector_platform_oauth_redirect'],
  ],
  [
    'MCP Inspector',
    {
      ...open,
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
      scope: '',
    },
    ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
  ],
  [
    'Codex',
    { ...open, client_name: 'Codex', redirect_uris: [`http://127.0.0.1:${port}/callback/abc`] },
    [`http://127.0.0.1:${port}/callback/abc`, `http://127.0.0.1:${port + 1}/callback/abc`],
  ],
  [
    'mcp-remote',
    {
      ...open,
      client_name: 'MCP CLI Proxy',
      client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
      redirect_uris: ['http://localhost:3334/oauth/callback'],
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '0.1.0',
    },
    ['http://localhost:3334/oauth/callback', `http://localhost:${port}/oauth/callback`],
  ],
  [
    'Gemini CLI',
    {
      ...open,
      client_name: 'Gemini CLI MCP Client',
      redirect_uris: ['http://localhost:7777/oauth/callback'],
      code_challenge_method: ['S256'],
      scope: '',
    },
    ['http://localhost:7777/oauth/callback'],
  ],
  [
    'opencode',
    { ...open, client_name: 'OpenCode', redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'] },
    [`http://127.0.0.1:${port}/mcp/oauth/callback`],
  ],
]

describe.each(clients)('%s', (_name, asked, redirects) => {
  it.each(redirects)('is answered at %s, with and without resource and scope', async (redirect_uri) => {
    const made = await registerApp(server, asked)
    expect(typeof made.client_id).toBe('string')
    expect(made.redirect_uris).toEqual(asked.redirect_uris)
    expect(JSON.stringify(made)).not.toContain('null')
    const app = appOf(made)
    const resource = 'https://mcp.test/mcp'
    // What is asked for, and what is said again at the token endpoint.
    const wanted: [Record<string, string>, Record<string, string>][] = [
      [{}, {}],
      [{ resource }, { resource }],
      [{ resource }, {}],
      [{}, { resource }],
      [{ scope: 'tools:read offline_access', resource, prompt: 'consent' }, { resource }],
      // More than it registered with, as an API has asked for it since.
      [{ scope: 'tools:read tools:call' }, {}],
    ]
    for (const [params, again] of wanted) {
      const browser = createBrowser(server)
      const sent = { redirect_uri, scope: undefined, nonce: undefined, ...params }
      const started = authorizeUrl(server, app, sent)
      await browser.open(started.url)
      const answer = await walk(browser, person)
      expect(answer.get('iss')).toBe(server.issuer)
      const got = { ...started, code: answer.get('code') ?? '' }
      const tokens = await tokensOf(await exchange(server, app, got, again))
      const { aud, scope } = claimsOf(tokens.access_token)
      expect(aud).toBe(resource)
      expect(scope).toBe(
        params.scope?.startsWith('tools:read offline') ? 'tools:read' : 'tools:read tools:call',
      )
      const next = await tokensOf(await refresh(server, app, tokens.refresh_token ?? '', again))
      expect(claimsOf(next.access_token)).toMatchObject({ aud: resource, scope })
    }
  })
})
