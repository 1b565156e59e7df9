// Owns apps that name themselves by a document: what they publish, on loopback sockets or under names of the world.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readConfig } from '../../src/config.js'
import type { Fetched, FetchRefusal, GuardedFetch } from '../../src/outbound/guarded-fetch.js'
import { documentAuthMethods, readSelfMade } from '../../src/protocol/registration.js'
import type { Registered } from './server.js'
import { aClient } from './values.js'

/** As where nothing is said. */
const { nativeSchemes } = readConfig({}, () => '')

export type Members = Record<string, unknown>

/** What an app at this address publishes. */
export const aDocument = (url: string, members: Members = {}): Members => ({
  client_id: url,
  client_name: 'Orchard Tools',
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  token_endpoint_auth_method: 'none',
  ...members,
})

/** The app behind a document, as helpers of tests take it. */
export function appOfDocument(document: Members): Registered {
  const { kind, metadata } = readSelfMade(document, { authMethods: documentAuthMethods, nativeSchemes })
  return { client: { ...aClient(kind), id: String(document.client_id), metadata }, secret: '' }
}

/** A network of its own: what is put under an address is what a fetch of it gets. */
export function createWorld() {
  const answers = new Map<string, Fetched | FetchRefusal | Promise<never>>()
  const asked: string[] = []
  const fetch: GuardedFetch = async (url) => {
    asked.push(url)
    return answers.get(url) ?? { refused: 'unreachable', why: 'nobody is there' }
  }
  return {
    fetch,
    /** Every address that was asked for, oldest first. */
    asked,
    /** From now on nothing comes from this address, unless `end` is rejected. */
    hang: (url: string, end = new Promise<never>(() => {})) => void answers.set(url, end),
    answer: (url: string, answer: Fetched | FetchRefusal) => void answers.set(url, answer),
    /** Publishes an app; answers it. */
    publish(url: string, members: Members = {}, headers: Fetched['headers'] = {}): Registered {
      const document = aDocument(url, members)
      const bytes = Buffer.from(JSON.stringify(document))
      answers.set(url, { status: 200, headers: { 'content-type': 'application/json', ...headers }, bytes })
      return appOfDocument(document)
    },
  }
}

export type Host = Awaited<ReturnType<typeof startHost>>

/** Real sockets on loopback that answer every address as the test says. */
export async function startHost(answer: (response: ServerResponse, path: string) => void) {
  const state = { answer, asked: 0, connections: 0 }
  const server = createServer((request, response) => {
    state.asked += 1
    state.answer(response, request.url ?? '')
  })
  server.on('connection', () => {
    state.connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    state,
    port,
    url: `http://127.0.0.1:${port}/client.json`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value))
}
