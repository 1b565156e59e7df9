// Owns what both servers are given: the same user, APIs, clients and keys, so that only the servers differ.
import { createHash } from 'node:crypto'
import type { JWK } from 'jose'

export type Api = { identifier: string; scope: string; format: 'jwt' | 'opaque'; alg: 'ES256' | 'RS256' }

export const apis = {
  es256: { identifier: 'https://orders.example/', scope: 'orders.read', format: 'jwt', alg: 'ES256' },
  rs256: { identifier: 'https://bills.example/', scope: 'bills.read', format: 'jwt', alg: 'RS256' },
  opaque: { identifier: 'https://files.example/', scope: 'files.read', format: 'opaque', alg: 'ES256' },
} as const satisfies Record<string, Api>

export const redirectUri = 'https://app.example/callback'

/** Both ID tokens and access tokens are ES256 but where a workload says otherwise: RSA would hide the rest. */
export const idTokenAlg = 'ES256'

export const user = {
  username: 'ada',
  password: 'a password for the bench only',
  email: 'ada@example.org',
  name: 'Ada Lovelace',
}

/** Everybody has the password of `user`. */
export const people = Array.from({ length: 100 }, (_, i) => ({
  username: `person-${i}`,
  email: `person-${i}@example.org`,
  name: `Person ${i}`,
}))

/** Who asks for mail; each once, for mail is rationed. */
export const readers = Array.from({ length: 1100 }, (_, i) => ({
  username: `reader-${i}`,
  email: `reader-${i}@example.org`,
  name: `Reader ${i}`,
}))

const verifier = 'the-verifier-of-every-code-in-this-bench-0123456789'
export const pkce = { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }

/** Seconds: long enough that nothing prepared expires before it is used. */
export const ttl = { accessToken: 3600, code: 600 }

export type Credentials = { id: string; secret: string }

export type Clients = {
  /** client_credentials. */
  service: Credentials
  /** The API with opaque tokens: it introspects them. */
  api: Credentials
  /** Code flow with a secret. */
  web: Credentials
  /** Code flow without a secret: its refresh tokens rotate. */
  app: { id: string }
}

/** One running server and where to reach it. */
export type Contestant = {
  name: string
  port: number
  issuer: string
  pid: number
  sub: string
  clients: Clients
  endpoints: {
    authorize: URL
    token: URL
    userinfo: URL
    introspection: URL
    revocation: URL
    jwks: URL
    discovery: URL
  }
  stop(): Promise<void>
}

/** Private keys that both servers sign with. */
export type Keys = { es256: JWK; rs256: JWK }

export const basic = ({ id, secret }: Credentials): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
})
