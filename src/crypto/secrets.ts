// Owns the purpose-bound keys: each is derived from the master key, so that none can stand in for another.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** KeyObjects rather than buffers: a log line or an error that holds one shows no bytes. */
export type Secrets = {
  /** Authenticates form tokens. */
  readonly csrf: KeyObject
  /** Seals opaque access tokens. */
  readonly opaque: KeyObject
  /** Half of what a refresh token's tag is made of; the other half is in the grant's row. */
  readonly refresh: KeyObject
  /** Seals the signing keys in the store. */
  readonly sealing: KeyObject
  /** Seals the secrets of authenticator apps in the store. */
  readonly totp: KeyObject
  /** Hashes recovery codes. */
  readonly recovery: KeyObject
  /** Authenticates WebAuthn challenges. */
  readonly challenge: KeyObject
  /** Makes the secrets of clients that authenticate by HMAC. */
  readonly clientSecret: KeyObject
  /** Shuffles the indices of status lists. */
  readonly status: KeyObject
  /** Makes the nonces of DPoP proofs. */
  readonly dpopNonce: KeyObject
  /** Seals what an interaction is for into its forms. */
  readonly interaction: KeyObject
  /** Seals registrations and the tokens for them; the secrets of clients are derived from it. */
  readonly registration: KeyObject
}

/** The keys of every purpose (HKDF-SHA-256, RFC 5869). Changing an info string voids what its key protects. */
export function deriveSecrets(masterKey: Buffer): Secrets {
  const derive = (info: string) => createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', info, 32)))
  return {
    csrf: derive('grantor csrf token v1'),
    opaque: derive('grantor opaque access token v1'),
    refresh: derive('grantor refresh token v1'),
    sealing: derive('grantor signing key v1'),
    totp: derive('grantor totp secret v1'),
    recovery: derive('grantor recovery code v1'),
    challenge: derive('grantor webauthn challenge v1'),
    clientSecret: derive('grantor client secret v1'),
    status: derive('grantor status list v1'),
    dpopNonce: derive('grantor dpop nonce v1'),
    interaction: derive('grantor interaction v1'),
    registration: derive('grantor client registration v1'),
  }
}
