// TLS in front of a plain HTTP server: before the suite, and before Grantor where it does not serve TLS itself.
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.js'

export type ProxyOptions = {
  listen: number
  target: number
  certificates: Certificates
  /** Asks for a client certificate and hands it on as X-Ssl-Cert, as the suite reads it. */
  clientCertificates?: boolean
  /** Adds members to a registration with an initial access token: the suite cannot be told to send them. */
  registrationMembers?: Record<string, unknown>
}

/** What BCP 195 recommends for TLS 1.2 (FAPI 2.0 Security Profile 5.2.2), and TLS 1.3. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')

/** Listens on 127.0.0.1; returns what closes it. */
export async function startTlsProxy(options: ProxyOptions): Promise<() => void> {
  const { certificates, clientCertificates = false } = options
  const agent = new http.Agent({ maxSockets: 200 })
  // A client address of its own for each connection: limits per address must not add up over hundreds of modules.
  const addresses = new WeakMap<object, string>()
  const addressOf = (socket: object) => {
    const address = addresses.get(socket) ?? `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`
    addresses.set(socket, address)
    return address
  }
  const tls = {
    cert: certificates.certificate,
    key: certificates.key,
    minVersion: 'TLSv1.2',
    ciphers,
  } as const
  const server = https.createServer(
    { ...tls, maxHeaderSize: 65_536, requestCert: clientCertificates, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket
      const headers: http.OutgoingHttpHeaders = {
        ...request.headers,
        'x-forwarded-for': addressOf(socket),
        'x-forwarded-proto': 'https',
        'x-forwarded-host': request.headers.host,
        'x-forwarded-port': String(options.listen),
        'x-ssl-cipher': socket.getCipher().name,
        'x-ssl-protocol': socket.getProtocol() ?? undefined,
      }
      delete headers['x-ssl-cert']
      const { raw } = clientCertificates ? socket.getPeerCertificate() : {}
      if (raw) headers['x-ssl-cert'] = pem(raw)
      const { method, url: target } = request
      const onward = http.request(
        { host: '127.0.0.1', port: options.target, method, path: target, headers, agent },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.headers)
          answer.pipe(response)
        },
      )
      onward.on('error', (error) => {
        if (!response.headersSent) response.writeHead(502)
        response.end(String(error))
      })
      response.on('close', () => onward.destroy())
      const { registrationMembers: members } = options
      const registers = method === 'POST' && target === '/register' && headers.authorization !== undefined
      if (members && registers) void forwardWith(members, request, onward)
      else request.pipe(onward)
    },
  )
  server.keepAliveTimeout = 60_000
  await once(server.listen(options.listen, '127.0.0.1'), 'listening')
  return () => {
    server.close()
    server.closeAllConnections()
    agent.destroy()
  }
}

async function forwardWith(
  members: Record<string, unknown>,
  request: http.IncomingMessage,
  onward: http.ClientRequest,
) {
  const metadata = (await json(request)) as Record<string, unknown>
  const body = JSON.stringify({ ...metadata, ...members })
  onward.setHeader('content-length', Buffer.byteLength(body))
  onward.end(body)
}

/** nginx writes the lines of a certificate with tabs. */
function pem(raw: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\t${raw.toString('base64')}\t-----END CERTIFICATE-----`
}
