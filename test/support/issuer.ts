// Owns an issuer on a loopback socket that tests can break: metadata, keys, status lists and their events.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync } from 'node:zlib'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { createVerifier, TokenError, type VerifierOptions } from '../../src/verify/index.js'
import { handClock } from './hand-clock.js'
import { knownKey } from './keys.js'

export const api = 'https://api.test'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
type SigningKey = { key: KeyObject | CryptoKey; kid: string; alg: string }
export type Members = Record<string, unknown>

const json = (value: unknown, headers: Record<string, string> = {}): Answer => {
  return (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

export const firstKey: SigningKey = { key: knownKey('ES256'), kid: 'first', alg: 'ES256' }

export async function freshKey(kid: string): Promise<SigningKey & { publicKey: CryptoKey }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { key: privateKey, publicKey, kid, alg: 'ES256' }
}

export async function publicJwk(from: SigningKey & { publicKey?: CryptoKey }): Promise<Members> {
  const key = from.publicKey ?? createPublicKey(from.key as KeyObject)
  return { ...(await exportJWK(key)), kid: from.kid, alg: from.alg, use: 'sig' }
}

export function signJwt(
  header: Members,
  claims: unknown,
  { key, kid, alg }: SigningKey = firstKey,
): Promise<string> {
  const payload = new TextEncoder().encode(typeof claims === 'string' ? claims : JSON.stringify(claims))
  return new CompactSign(payload).setProtectedHeader({ alg, kid, ...header }).sign(key)
}

/** The `status_list` claim of a list of so many entries, with these values. */
export function packed(values: Record<number, number>, { entries = 1024, bits = 1 } = {}): Members {
  const bytes = Buffer.alloc((entries * bits) / 8)
  for (const [index, value] of Object.entries(values)) {
    const bit = Number(index) * bits
    bytes[bit >> 3] = (bytes[bit >> 3] as number) | (value << (bit & 7))
  }
  return { bits, lst: deflateSync(bytes).toString('base64url') }
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>

/** An issuer with one key and one list, `/status-lists/1`, in which nothing is revoked. `path` is that of its identifier. */
export async function startIssuer({ path = '' } = {}) {
  const clock = handClock()
  const counts = new Map<string, number>()
  const requests: IncomingMessage[] = []
  const answers = new Map<string, Answer>()
  const streams = new Set<ServerResponse>()
  const verifiers = new Set<{ close: () => void }>()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://issuer')
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    requests.push(request)
    const answer = answers.get(pathname)
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const issuer = origin + path
  const listUri = `${issuer}/status-lists/1`
  const paths = {
    metadata: `/.well-known/oauth-authorization-server${path}`,
    keys: `${path}/jwks`,
    list: `${path}/status-lists/1`,
    events: `${path}/status-lists/1/events`,
  }

  const publish = async (...keys: SigningKey[]) => {
    answers.set(
      paths.keys,
      json({ keys: await Promise.all(keys.map(publicJwk)) }, { 'cache-control': 'max-age=300' }),
    )
  }
  const listText = (
    values: Record<number, number> = {},
    claims: Members = {},
    key = firstKey,
    header: Members = {},
  ) => {
    const iat = Math.floor(clock.now())
    const usual = { iss: issuer, sub: listUri, iat, exp: iat + 300, ttl: 30, status_list: packed(values) }
    return signJwt({ typ: 'statuslist+jwt', ...header }, { ...usual, ...claims }, key)
  }
  /** Publishes a list; its ETag is what the text is. */
  const serveList = (text: string) => {
    const etag = `"${text.slice(-20)}"`
    answers.set(paths.list, (request, response) => {
      if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
      response.writeHead(200, { 'content-type': 'application/statuslist+jwt', etag }).end(text)
    })
  }

  answers.set(paths.metadata, json({ issuer, jwks_uri: origin + paths.keys }))
  await publish(firstKey)
  serveList(await listText())

  return {
    issuer,
    origin,
    clock,
    paths,
    listUri,
    answers,
    requests,
    publish,
    listText,
    serveList,
    /** Publishes the list with these values and claims. */
    list: async (...args: Parameters<typeof listText>) => serveList(await listText(...args)),
    json: (at: string, value: unknown) => answers.set(at, json(value)),
    count: (at: string) => counts.get(at) ?? 0,
    /** An access token by the rules, unless told otherwise. */
    token: (claims: Members = {}, header: Members = {}, key = firstKey) => {
      const iat = Math.floor(clock.now())
      const usual = {
        iss: issuer,
        sub: 'u_alice',
        aud: api,
        client_id: 'c_app',
        jti: `t${Math.random()}`,
        iat,
        exp: iat + 300,
      }
      return signJwt({ typ: 'at+jwt', ...header }, { ...usual, ...claims }, key)
    },
    status: (idx: unknown, uri: unknown = listUri) => ({ status: { status_list: { idx, uri } } }),
    verifier: (options: Partial<VerifierOptions> = {}) => {
      const { now, random, later, fetch } = clock
      const verifier = createVerifier({ issuer, audience: api, now, random, later, fetch, ...options })
      verifiers.add(verifier)
      return verifier
    },
    /** Streams of events that are open; `greet` writes what a new one begins with. */
    serveEvents: (greet: (request: IncomingMessage) => string) => {
      answers.set(paths.events, (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(greet(request) || ': hello\n\n')
        streams.add(response)
        response.on('close', () => streams.delete(response))
      })
    },
    send: (text: string) => {
      for (const stream of streams) stream.write(text)
    },
    streams,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    restart: () => listen(port),
    /** Fails, or takes longer than anybody waits. */
    breaks: (at: string, how: 'status 500' | 'garbage' | 'silence') =>
      answers.set(at, (_, response) => {
        if (how === 'status 500') response.writeHead(500).end('no')
        if (how === 'garbage') response.writeHead(200).end('<html>')
      }),
    close: async () => {
      for (const verifier of verifiers) verifier.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** How a token is refused: status, code and the reason for the log. Anything but a TokenError fails the test. */
export async function refusal(verified: Promise<unknown>): Promise<TokenError> {
  const outcome = await verified.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  )
  if (outcome instanceof TokenError) return outcome
  throw outcome instanceof Error ? outcome : new Error(String(outcome))
}
