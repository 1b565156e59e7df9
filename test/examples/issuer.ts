// Owns an issuer that can misbehave: its metadata, keys and status lists on loopback, and tokens of any kind.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync } from 'node:zlib'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export type Issuer = Awaited<ReturnType<typeof startIssuer>>
export type Key = Awaited<ReturnType<typeof createKey>>

/** Seconds for which a verifier may rely on a list. */
export const ttl = 1
/** Seconds after which the list called `brief` ends. */
export const briefly = 4

/** `undefined` leaves a claim out. */
type Minting = { claims?: JWTPayload; header?: object; key?: Key; list?: string }

export async function createKey(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  return { kid, alg, privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } }
}

/** An issuer on a free port of 127.0.0.1, with this behind its address. Its lists are called by what is wrong with them. */
export async function startIssuer(end: '' | '/' = '') {
  const [key, stranger] = [await createKey(), await createKey()]
  const keys = [key]
  const asked: string[] = []
  /** One byte for eight tokens; index n is bit n % 8 of byte n / 8 (draft-20 4.1). */
  const revoked = new Uint8Array(128)
  let nextIndex = 0
  let silent = false
  let server = await listen(0)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const iss = url + end

  async function listen(port: number): Promise<Server> {
    const listening = createServer(async (request, response) => {
      const path = request.url ?? ''
      asked.push(path)
      if (silent) return
      const [status, type, body] = await answer(path, request)
      response.writeHead(status, { 'Content-Type': type }).end(body)
    }).listen(port, '127.0.0.1')
    await once(listening, 'listening')
    return listening
  }

  async function answer(path: string, request: IncomingMessage): Promise<[number, string, string]> {
    const json = 'application/json'
    if (path === '/.well-known/openid-configuration') {
      return [200, json, JSON.stringify({ issuer: iss, jwks_uri: `${url}/jwks` })]
    }
    if (path === '/jwks') {
      // A key of a kind that nobody knows yet must not cost a verifier the others.
      return [
        200,
        json,
        JSON.stringify({ keys: [{ kty: 'XYZ', kid: 'odd' }, ...keys.map(({ jwk }) => jwk)] }),
      ]
    }
    const list = lists[path.replace('/status-lists/', '')]
    if (list === undefined) return [404, 'text/plain', 'no such list']
    const type = 'application/statuslist+jwt'
    if (request.headers.accept !== type) return [406, 'text/plain', `ask for ${type}`]
    return [200, type, await list()]
  }

  type Altered = { of?: string; typ?: string; key?: Key; ends?: number; bytes?: Uint8Array; bits?: number }

  /** A list token (5.1), right but for what is said. */
  function listToken(name: string, altered: Altered = {}): Promise<string> {
    const { of = name, typ = 'statuslist+jwt', ends = 60, bytes = revoked, bits = 1 } = altered
    const signer = altered.key ?? key
    const lst = deflateSync(bytes, { level: 9 }).toString('base64url')
    const iat = Math.floor(Date.now() / 1000)
    const claims = { sub: `${url}/status-lists/${of}`, iat, exp: iat + ends, ttl, status_list: { bits, lst } }
    return new SignJWT(claims)
      .setProtectedHeader({ alg: signer.alg, typ, kid: signer.kid })
      .sign(signer.privateKey)
  }

  const lists: Record<string, () => Promise<string>> = {
    '1': () => listToken('1'),
    brief: () => listToken('brief', { ends: briefly }),
    // Two bits per token, in each the value 2: suspended (7.1).
    suspended: () => listToken('suspended', { bits: 2, bytes: new Uint8Array(128).fill(0b10101010) }),
    'of-another-key': () => listToken('of-another-key', { key: { ...stranger, kid: key.kid } }),
    'for-another-uri': () => listToken('for-another-uri', { of: '1' }),
    'of-another-type': () => listToken('of-another-type', { typ: 'JWT' }),
    ended: () => listToken('ended', { ends: -60 }),
    // 64 MiB in 64 KiB.
    bomb: () => listToken('bomb', { bytes: new Uint8Array(1 << 26) }),
    garbage: async () => '<html>',
  }

  return {
    url,
    iss,
    audience: `${url}/api`,
    /** What it was asked for, in order. */
    asked,
    /** A key that signs and is published from now on. */
    async rotate(alg: string): Promise<Key> {
      const fresh = await createKey(alg)
      keys.push(fresh)
      return fresh
    },
    /** An access token (RFC 9068) that is good but for what is said. */
    mint(audience: string, { claims = {}, header = {}, key: signer = key, list = '1' }: Minting = {}) {
      const iat = Math.floor(Date.now() / 1000)
      const idx = nextIndex++
      const good = {
        iss,
        aud: audience,
        sub: 'ada',
        client_id: 'app',
        iat,
        exp: iat + 300,
        jti: `token-${idx}`,
        scope: 'openid api:read',
        status: { status_list: { idx, uri: `${url}/status-lists/${list}` } },
      }
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg: signer.alg, typ: 'at+jwt', kid: signer.kid, ...header })
        .sign(signer.privateKey)
    },
    revoke(token: string): void {
      const { idx } = decodeJwt<{ status: { status_list: { idx: number } } }>(token).status.status_list
      revoked.set([(revoked[idx >> 3] ?? 0) | (1 << (idx & 7))], idx >> 3)
    },
    /** Takes every request from now on and answers none. */
    fallSilent(): void {
      silent = true
    },
    async stop(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
    /** After a stop: the same issuer on the same port. */
    async start(): Promise<void> {
      server = await listen(Number(new URL(url).port))
    },
  }
}
