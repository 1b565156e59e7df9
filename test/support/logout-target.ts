// Owns apps that are told of sign-outs: real sockets on loopback that answer as a test wants, and what came to them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createLogoutCalls } from '../../src/logout-calls.js'
import type { TestServer } from './server.js'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end()

/** Bytes: more than any limit allows, and no more than a test survives that has lost its limit. */
export const withoutEnd = 64 * 1024 * 1024

/** A body that no limit allows, sent as fast as it is taken. */
export const pour =
  (code = 200): Answer =>
  (response) => {
    const chunk = 'x'.repeat(65_536)
    let left = withoutEnd / chunk.length
    response.writeHead(code)
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= 1
        if (!response.write(chunk)) return
      }
      response.end()
    }
    response.on('drain', more).on('error', () => {})
    more()
  }

export type Target = Awaited<ReturnType<typeof startTarget>>

type Place = { port?: number; host?: string; tls?: { cert: string; key: string } }

/** Listens on a free port unless one is named, and answers 200 unless told otherwise. */
export async function startTarget(
  answer: Answer = status(200),
  { port = 0, host = '127.0.0.1', tls }: Place = {},
) {
  const received: { method: string; path: string; type: string; body: URLSearchParams }[] = []
  const state = { answer, connections: 0 }
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { method = '', url = '', headers } = request
    const type = headers['content-type'] ?? ''
    received.push({ method, path: url, type, body: new URLSearchParams(text) })
    state.answer(response, request)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  const sockets: Socket[] = []
  server.on('connection', (socket) => {
    state.connections += 1
    sockets.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  const bound = (server.address() as AddressInfo).port
  return {
    port: bound,
    url: tls ? `https://localhost:${bound}/logout` : `http://${host}:${bound}/logout`,
    state,
    received,
    /** How many bytes it has sent. */
    sent: () => sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    /** The tokens, oldest first. */
    tokens: () => received.map(({ body }) => body.get('logout_token') ?? ''),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Delivers what is due, as the running server does every second, until nothing is under way. */
export function createDelivery(server: TestServer, { timeout = 1000 } = {}) {
  const calls = createLogoutCalls(server.deps, { timeout })
  return {
    ...calls,
    deliver: async () => {
      await calls.round()
      await calls.idle()
    },
  }
}
