// Owns real sockets: our whole server behind one, and whatever else a test wants to be reached at.
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { selfSigned } from './certificate.js'
import { createTestServer, type ServerOptions } from './server.js'

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>

/** Listens on a free loopback port; over TLS as `host`, which the browser must be told to resolve. */
export const listen = async (fetch: Fetch, host?: string) => {
  const server = host
    ? createAdaptorServer({ fetch, createServer: createHttpsServer, serverOptions: selfSigned(host) })
    : createAdaptorServer({ fetch, createServer: createHttpServer })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

export type ListeningServer = Awaited<ReturnType<typeof startServer>>

/**
 * The whole server behind a socket: `https://as.test` over TLS, else `http://127.0.0.1:PORT` (or another name of
 * this computer), where the browser of createBrowser goes through the socket too.
 */
export const startServer = async ({
  tls = false,
  host = '127.0.0.1',
  ...options
}: Omit<ServerOptions, 'issuer'> & { tls?: boolean; host?: string } = {}) => {
  let answer: Fetch = () => new Response(null, { status: 503 })
  const { port, close } = await listen((request, env) => answer(request, env), tls ? 'as.test' : undefined)
  const server = await createTestServer({
    issuer: tls ? 'https://as.test' : `http://${host}:${port}`,
    cheapPasswords: true,
    ...options,
  })
  answer = (request, env) => server.app.fetch(request, env as object)
  const fetchFrom: typeof server.fetchFrom = tls ? server.fetchFrom : (_address, request) => fetch(request)
  return { ...server, fetchFrom, port, close: () => close().then(server.close) }
}
