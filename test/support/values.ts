// Owns plain values for tests of pure functions: a client, a resource, a person, a request, each ready to vary.
import type { AuthorizationRequest } from '../../src/protocol/authorization.js'
import { type Client, type ClientKind, parseClientMetadata } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { type PreparedPassword, preparePassword } from '../../src/protocol/password.js'
import type { Resource } from '../../src/protocol/resource.js'
import type { User } from '../../src/protocol/user.js'

export const issuer = 'https://as.test'

/** A password as it is hashed. */
export function prepared(text: string): PreparedPassword {
  const password = preparePassword(text)
  if (password === undefined) throw new Error('this is no password')
  return password
}
/** RFC 7636 appendix B. */
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

const redirects: Record<ClientKind, string[]> = {
  web: ['https://app.test/cb'],
  spa: ['https://spa.test/cb'],
  native: ['http://127.0.0.1/cb'],
  device: [],
  service: [],
}

/** A verified client; `metadata` is RFC 7591 input on top of the defaults of its kind. */
export function aClient(
  kind: ClientKind,
  metadata: Record<string, unknown> = {},
  facts: Partial<Omit<Client, 'metadata' | 'kind'>> = {},
): Client {
  return {
    id: `c_${kind}`,
    kind,
    metadata: parseClientMetadata(kind, {
      client_name: `A ${kind} app`,
      redirect_uris: redirects[kind],
      ...metadata,
    }),
    verified: true,
    disabled: false,
    ownGrantId: `g_${kind}`,
    createdAt: 0,
    updatedAt: 0,
    ...facts,
  }
}

/** An API with these scopes. */
export function aResource(identifier: string, scopes: string[], facts: Partial<Resource> = {}): Resource {
  return {
    identifier,
    name: identifier,
    scopes: scopes.map((name) => ({ name, description: `may ${name}` })),
    defaultScope: [],
    clients: 'registered',
    tokenFormat: 'jwt',
    isDefault: false,
    disabled: false,
    createdAt: 0,
    ...facts,
  }
}

export function aUser(facts: Partial<User> = {}): User {
  return {
    sub: 'u_alice',
    username: 'alice',
    email: 'alice@example.test',
    emailVerified: true,
    claims: { name: 'Alice Liddell', given_name: 'Alice' },
    disabled: false,
    secondFactorRequired: false,
    createdAt: 0,
    updatedAt: 1,
    hasPassword: true,
    ...facts,
  }
}

/** A valid request of `aClient('web')` for `openid`. */
export function aRequest(facts: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    clientId: 'c_web',
    redirectUri: 'https://app.test/cb',
    responseMode: 'query',
    scope: ['openid'],
    resources: [issuer],
    explicitResource: false,
    codeChallenge: challenge,
    prompt: [],
    acrValues: [],
    uiLocales: [],
    claimsLocales: [],
    ...facts,
  }
}

/** The code and parameter of the refusal; anything but an OAuthError fails the test that asked. */
export function refusal(act: () => unknown): { code: string; parameter: string | undefined } {
  try {
    act()
  } catch (error) {
    if (error instanceof OAuthError) return { code: error.code, parameter: error.detail.parameter }
    throw error
  }
  throw new Error('nothing was refused')
}
