// Owns an MCP client as its SDK has it, with a person in front of it who signs in and says yes.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { letIn } from './person.js'

export type McpClientOptions = {
  /** The address that a person would paste. */
  readonly url: string
  /** Registered before; without it the client registers itself. */
  readonly registered?: OAuthClientInformationMixed | undefined
  readonly clientMetadataUrl?: string | undefined
  readonly callback: Awaited<ReturnType<typeof listenForCode>>
}

/** Listens where the browser comes back to, on a port that nobody has registered. */
export async function listenForCode() {
  const answers: URLSearchParams[] = []
  const server = createServer((request, response) => {
    answers.push(new URL(request.url ?? '/', 'http://localhost').searchParams)
    response.end('You may close this window.')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/callback`,
    last: () => answers.at(-1),
    stop: () => server.close(),
  }
}

/** Connects as the SDK does it on first paste; resolves with the client and what it holds. */
export async function connect(options: McpClientOptions) {
  const { url, callback } = options
  let information = options.registered
  let held: OAuthTokens | undefined
  let verifier = ''
  const seen = { asked: [] as URL[], consents: [] as string[] }

  async function authorize(authorization: URL): Promise<void> {
    seen.asked.push(authorization)
    seen.consents.push(await letIn(authorization.href))
  }

  const provider: OAuthClientProvider = {
    redirectUrl: callback.url,
    ...(options.clientMetadataUrl !== undefined && { clientMetadataUrl: options.clientMetadataUrl }),
    clientMetadata: {
      client_name: 'A tool of the test',
      redirect_uris: [callback.url],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => information,
    saveClientInformation: (made) => {
      information = made
    },
    tokens: () => held,
    saveTokens: (tokens) => {
      held = tokens
    },
    redirectToAuthorization: authorize,
    saveCodeVerifier: (text) => {
      verifier = text
    },
    codeVerifier: () => verifier,
  }

  const dial = async () => {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider })
    const client = new Client({ name: 'test', version: '1.0.0' })
    // The SDK's types leave undefined out, its classes do not.
    const connected = client.connect(transport as Parameters<typeof client.connect>[0])
    return { client, transport, connected }
  }
  const first = await dial()
  const refused = await first.connected.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(refused instanceof UnauthorizedError)) throw refused ?? new Error('let in without a token')
  await first.transport.finishAuth(callback.last()?.get('code') ?? '')
  const second = await dial()
  await second.connected
  return {
    client: second.client,
    seen,
    tokens: () => held,
    /** What the server has made of the client. */
    information: () => information,
    forget(part: 'access_token'): void {
      if (held) held = { ...held, [part]: 'expired' }
    },
  }
}
