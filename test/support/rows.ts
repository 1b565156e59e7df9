// Owns rows for tests of the store: whole, plausible, each ready to vary.
import type {
  ActionToken,
  FactorRemoval,
  Interaction,
  KeyRow,
  NewCode,
  NewGrant,
  NewUser,
  Passkey,
  Session,
  Totp,
} from '../../src/store/store.js'
import { aRequest, aUser, challenge } from './values.js'

/** The time of these rows; what expires does so later. */
export const at = 1_800_000_000

export function aNewUser(sub: string, facts: Partial<NewUser> = {}): NewUser {
  const { hasPassword: _, ...user } = aUser({ sub, username: sub, email: `${sub}@example.test` })
  return { ...user, ...facts }
}

export function aSession(id: string, sub: string, facts: Partial<Session> = {}): Session {
  return {
    id,
    secretHash: `hash of ${id}`,
    sid: `sid of ${id}`,
    sub,
    authTime: at,
    acr: 'urn:grantor:acr:pwd',
    amr: ['pwd'],
    createdAt: at,
    lastSeenAt: at,
    idleExpiresAt: at + 3600,
    expiresAt: at + 86_400,
    kept: false,
    ...facts,
  }
}

export function anInteraction(id: string, facts: Partial<Interaction> = {}): Interaction {
  return {
    id,
    kind: 'authorize',
    browserHash: 'hash of a browser',
    clientId: 'c_web',
    request: aRequest(),
    accountChosen: false,
    createdAt: at,
    expiresAt: at + 600,
    keepUntil: at + 86_400,
    ...facts,
  }
}

export function aGrant(id: string, sub: string, clientId: string, facts: Partial<NewGrant> = {}): NewGrant {
  return {
    id,
    kind: 'user',
    sub,
    clientId,
    sessionBound: false,
    scope: ['openid', 'offline_access'],
    resources: ['https://as.test'],
    explicitResource: false,
    secret: 'a secret of the grant',
    generation: 1,
    createdAt: at,
    expiresAt: at + 7_776_000,
    ...facts,
  }
}

export function aCode(facts: Partial<NewCode> = {}): NewCode {
  return {
    hash: 'hash of a code',
    redirectUri: 'https://app.test/cb',
    challenge,
    expiresAt: at + 60,
    ...facts,
  }
}

export function aKey(kid: string, facts: Partial<KeyRow> = {}): KeyRow {
  return {
    kid,
    alg: 'ES256',
    state: 'pending',
    sealed: `sealed ${kid}`,
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    createdAt: at,
    ...facts,
  }
}

export function aFactorRemoval(sub: string, facts: Partial<FactorRemoval> = {}): FactorRemoval {
  const id = `removal of ${sub}`
  return { sub, id, secretHash: 'a hash', requestedAt: at, dueAt: at + 259_200, ...facts }
}

export function aTotp(sub: string, facts: Partial<Totp> = {}): Totp {
  return {
    sub,
    sealed: `sealed for ${sub}`,
    lastStep: 60_000_000,
    codeSet: `codes of ${sub}`,
    createdAt: at,
    ...facts,
  }
}

export function aPasskey(id: string, sub: string, facts: Partial<Passkey> = {}): Passkey {
  return {
    id,
    sub,
    publicKey: `key of ${id}`,
    signCount: 0,
    transports: ['hybrid', 'internal'],
    name: 'Phone',
    synced: true,
    backedUp: true,
    createdAt: at,
    ...facts,
  }
}

export function anActionToken(id: string, facts: Partial<ActionToken> = {}): ActionToken {
  return {
    id,
    secretHash: `hash of ${id}`,
    purpose: 'registration',
    email: 'someone@example.test',
    createdAt: at,
    expiresAt: at + 3600,
    ...facts,
  }
}
