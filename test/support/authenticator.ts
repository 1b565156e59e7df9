// Owns an authenticator in software (WebAuthn Level 3, 6): makes passkeys and signs with them, right or wrong.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { cbor, coseKey, type Value } from './cose.js'

/** What may be wrong about an answer; all right unless said. */
export type Flaws = {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  /** User present, verified; backup eligible, backed up. */
  flags?: Partial<{ up: boolean; uv: boolean; be: boolean; bs: boolean }>
  signCount?: number
  /** Base64url; null: the key does not say. */
  userHandle?: string | null
  /** The id that is told, another than the one that was attested. */
  id?: string
  /** Signs with another key. */
  foreignKey?: boolean
  /** COSE: what the new key claims to be for. */
  algorithm?: number
  /** What is said about the make of the authenticator. */
  attestation?: { format: string; statement: Value }
  transports?: unknown
}

type Options = { challenge: string; rpId?: string; rp?: { id: string }; user?: { id: string } }

const pairs = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** @param origin of the page that asks */
export function createAuthenticator(origin: string, algorithm: keyof typeof pairs = 'ES256') {
  const pair: () => { publicKey: KeyObject; privateKey: KeyObject } = pairs[algorithm]
  const { publicKey, privateKey } = pair()
  const id = randomBytes(32)
  let handle = ''
  let counter = 0

  function clientData(type: string, challenge: string, flaws: Flaws): Buffer {
    const data = {
      type: flaws.type ?? type,
      challenge: flaws.challenge ?? asBrowsersDo(challenge),
      origin: flaws.origin ?? origin,
      crossOrigin: flaws.crossOrigin ?? false,
    }
    return Buffer.from(JSON.stringify(data))
  }

  function authenticatorData(rpId: string, flaws: Flaws, attested = Buffer.alloc(0)): Buffer {
    const { up = true, uv = true, be = false, bs = false } = flaws.flags ?? {}
    const bits = [up ? 1 : 0, uv ? 4 : 0, be ? 8 : 0, bs ? 16 : 0, attested.length > 0 ? 64 : 0]
    const count = Buffer.alloc(4)
    count.writeUInt32BE(flaws.signCount ?? ++counter)
    const hash = createHash('sha256').update(flaws.rpId ?? rpId)
    return Buffer.concat([
      hash.digest(),
      Buffer.from([bits.reduce((sum, bit) => sum + bit)]),
      count,
      attested,
    ])
  }

  return {
    id: id.toString('base64url'),

    /** The answer to creation options, as JSON text. */
    register(optionsText: string, flaws: Flaws = {}): string {
      const { challenge, rp, user } = JSON.parse(optionsText) as Options
      handle = user ? asBrowsersDo(user.id) : ''
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey, flaws.algorithm)])
      const authData = authenticatorData(rp?.id ?? '', flaws, attested)
      const { format, statement } = flaws.attestation ?? { format: 'none', statement: new Map() }
      const attestation = new Map<string, Value>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', authData],
      ])
      return credential(flaws, {
        clientDataJSON: clientData('webauthn.create', challenge, flaws).toString('base64url'),
        attestationObject: cbor(attestation).toString('base64url'),
        transports: flaws.transports ?? ['internal'],
      })
    },

    /** The answer to request options, as JSON text. */
    assert(optionsText: string, flaws: Flaws = {}): string {
      const { challenge, rpId } = JSON.parse(optionsText) as Options
      const data = clientData('webauthn.get', challenge, flaws)
      const authData = authenticatorData(rpId ?? '', flaws)
      const signed = Buffer.concat([authData, createHash('sha256').update(data).digest()])
      const key = flaws.foreignKey ? pair().privateKey : privateKey
      return credential(flaws, {
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign(algorithm === 'EdDSA' ? null : 'sha256', signed, key).toString('base64url'),
        userHandle: flaws.userHandle === undefined ? handle : flaws.userHandle,
      })
    },
  }

  function credential(flaws: Flaws, response: object): string {
    const told = flaws.id ?? id.toString('base64url')
    return JSON.stringify({ id: told, rawId: told, type: 'public-key', response, clientExtensionResults: {} })
  }
}

/** Browsers turn texts of the options into bytes, and refuse what is not base64url (5.1.8); keys see bytes alone. */
function asBrowsersDo(text: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw new Error(`not base64url: ${text}`)
  return Buffer.from(text, 'base64url').toString('base64url')
}
