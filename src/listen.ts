// Owns the listening socket: how patient it is, its TLS, and its answer to what no endpoint can be given.
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { getRequestListener, RequestError } from '@hono/node-server'
import { Failure } from './cli/verb.js'
import type { Config } from './config.js'
import { describeHead, oversizedHead } from './endpoints/oversized-head.js'
import { jsonSender } from './http/json.js'
import { recommendedTls } from './protocol/tls.js'

type FetchCallback = Parameters<typeof getRequestListener>[0]

/**
 * Milliseconds, and bytes of a head. Node's own patience is 60, 300 and 30 seconds, and 120 for a handshake: too
 * long for a peer that drips (HT03).
 */
export const patience = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  keepAliveTimeout: 65_000,
  handshakeTimeout: 10_000,
  maxHeaderSize: 16_384,
}
/** Milliseconds. */
const lingerMs = 1000
/** Statuses of Node's errors; 400 for all others. */
const unreadable: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
}
/** Header lines; the size above does not count what stands around names and values (HT02). */
const maxHeaders = 100

/**
 * Listens where the configuration says; resolves when peers are accepted.
 * @throws Failure when it cannot, with the way to mend it
 */
export async function listen(
  config: Config,
  fetch: FetchCallback,
  limits: typeof patience = patience,
): Promise<Server> {
  const { host, port } = config
  const listener = getRequestListener(bounded(config, fetch), { errorHandler: unroutable(config) })
  const server = createServer(config, limits, listener)
  server.on('clientError', answerUnreadable(config, limits.maxHeaderSize))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, config)))
    server.listen(port, host, resolve)
  })
  return server
}

function createServer(
  { tlsCertFile, tlsKeyFile }: Config,
  limits: typeof patience,
  listener: RequestListener,
): Server {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return createHttpServer(limits, listener)
  const pair = { cert: pem(tlsCertFile), key: pem(tlsKeyFile) }
  try {
    return createHttpsServer({ ...limits, ...recommendedTls, ...pair }, listener)
  } catch (error) {
    const why = (error as Error).message
    throw new Failure(
      `The TLS certificate ${tlsCertFile} and key ${tlsKeyFile} cannot be used together: ${why}`,
    )
  }
}

function bounded(config: Config, fetch: FetchCallback): FetchCallback {
  return (request, env) => {
    const count = 'rawHeaders' in env.incoming ? env.incoming.rawHeaders.length / 2 : 0
    if (count <= maxHeaders) return fetch(request, env)
    const { accept, 'accept-language': acceptLanguage } = env.incoming.headers
    const description = `the request has ${count} headers, and may have ${maxHeaders}`
    return oversizedHead(config, { description, accept, acceptLanguage })
  }
}

type ParserError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer }

/** What Node answers by itself where no request can be read, but for a head that is too large: that has a body. */
function answerUnreadable(config: Config, maxHeaderSize: number) {
  const answered = new WeakSet<Duplex>()
  return async (error: ParserError, socket: Duplex) => {
    // The peer is still sending.
    if (answered.has(socket)) return
    // Node's own name for the response that is under way on this connection: nothing may be written into it.
    const { _httpMessage: current } = socket as { _httpMessage?: { headersSent: boolean } }
    if (!socket.writable || current?.headersSent) return socket.destroy(error)
    answered.add(socket)
    const response =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? oversizedHead(config, describeHead(error.rawPacket?.toString('latin1') ?? '', maxHeaderSize))
        : new Response(null, {
            status: unreadable[error.code ?? ''] ?? 400,
            headers: { connection: 'close' },
          })
    socket.end(await onTheWire(response))
    // Destroyed at once, what the peer is still sending would cost it the response.
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
}

async function onTheWire(response: Response): Promise<Buffer> {
  const body = Buffer.from(await response.arrayBuffer())
  const headers = [...response.headers, ['content-length', `${body.length}`]]
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/** The answer where Host and target make no address, so that there is nothing to give to the application. */
function unroutable(config: Config): (error: unknown) => Response {
  const send = jsonSender(config, { open: false })
  const bad = { error: 'invalid_request', error_description: 'the Host or the target makes no address' }
  const failed = { error: 'server_error', error_description: 'the server failed' }
  return (error) => {
    const theirs = error instanceof RequestError
    return send(theirs ? bad : failed, theirs ? 400 : 500, { connection: 'close' })
  }
}

function pem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure(`The TLS file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function listenFailure(error: NodeJS.ErrnoException, { host, port, development }: Config): Failure {
  const other = port + 1
  const advice = development
    ? `GRANTOR_PORT=${other} GRANTOR_ISSUER=http://localhost:${other} npm start`
    : 'set GRANTOR_PORT or GRANTOR_HOST'
  if (error.code === 'EADDRINUSE')
    return new Failure(`Port ${port} of ${host} is taken. Use another: ${advice}`)
  return new Failure(`Cannot listen on port ${port} of ${host} (${error.code}): ${advice}`)
}
