// Owns an identity provider that a server of ours trusts, and its assertions, each part of which a test can bend.
import { type KeyObject, randomUUID } from 'node:crypto'
import { CompactSign } from 'jose'
import type { SigningAlg } from '../../src/protocol/client.js'
import { jwtBearerType } from '../../src/protocol/grant-type.js'
import type { TrustedIssuer } from '../../src/protocol/trusted-issuer.js'
import { publicJwk } from './assertion.js'
import { type Changes, tokenRequest } from './flow.js'
import { knownKey } from './keys.js'
import {
  createTestServer,
  type Person,
  type Registered,
  type ServerOptions,
  type TestServer,
} from './server.js'

export const idp = 'https://idp.test'
export const api = 'https://api.test'

export type Trusting = {
  server: TestServer
  client: Registered
  person: Person
  /** Changes what is trusted. */
  trust: (rules: Partial<TrustedIssuer['rules']>, facts?: Partial<TrustedIssuer>) => Promise<void>
}

/** A server that trusts the provider for one client, one API, and people by their address. */
export async function trustingScene(options: ServerOptions = {}): Promise<Trusting> {
  const server = await createTestServer({ cheapPasswords: true, ...options })
  await server.addResource(api, ['read', 'write', 'admin'])
  await server.addResource('https://other.test', ['other'])
  const client = await server.addClient('service', { grant_types: [jwtBearerType] })
  const person = await server.addUser()
  const { trustedIssuers } = server.deps.store
  const rules: TrustedIssuer['rules'] = {
    jwks: { keys: [publicJwk(knownKey('ES256'), { kid: 'idp' })] } as NonNullable<
      TrustedIssuer['rules']['jwks']
    >,
    accepts: ['jwt', 'id-jag'],
    clients: [client.client.id],
    resources: [api],
    scope: ['read', 'write'],
    person: 'email',
  }
  const row: TrustedIssuer = { issuer: idp, rules, disabled: false, createdAt: server.clock.now }
  await trustedIssuers.create(row)
  const trust: Trusting['trust'] = async (changes, facts) => {
    await trustedIssuers.update({ ...row, rules: { ...rules, ...changes }, ...facts })
  }
  return { server, client, person, trust }
}

export type Bending = {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  alg?: SigningAlg
  key?: KeyObject
}

/** What the provider says about the person; undefined leaves a part out. */
export function assertionFor({ server, person }: Trusting, bending: Bending = {}): Promise<string> {
  const { now } = server.clock
  const usual = {
    iss: idp,
    sub: 'person-at-idp',
    aud: server.issuer,
    iat: now,
    exp: now + 300,
    jti: randomUUID(),
    email: person.user.email,
    email_verified: true,
  }
  return signedByIdp({ ...usual, ...bending.claims }, bending)
}

/** A JWT with these claims, as bent. */
export function signedByIdp(
  claims: Record<string, unknown>,
  { header, alg = 'ES256', key = knownKey(alg) }: Omit<Bending, 'claims'>,
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg, kid: 'idp', ...header })
    .sign(key)
}

/** The same as an identity assertion for the client (ID-JAG). */
export function idJagFor(scene: Trusting, { header, claims, ...rest }: Bending = {}): Promise<string> {
  return assertionFor(scene, {
    ...rest,
    header: { typ: 'oauth-id-jag+jwt', ...header },
    claims: { client_id: scene.client.client.id, ...claims },
  })
}

export function bearer(
  { server, client }: Trusting,
  assertion: string,
  changes: Changes = {},
  by: Registered = client,
): Promise<Response> {
  return tokenRequest(server, by, { grant_type: jwtBearerType, assertion, ...changes })
}
