// Owns an authenticator in software (WebAuthn Level 3, 6): makes passkeys and signs with them, right or wrong.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What may be wrong about an answer; all right unless said. */
export type Flaws = {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  /** User present, verified; backup eligible, backed up. */
  flags?: Partial<{ up: boolean; uv: boolean; be: boolean; bs: boolean }>
  signCount?: number
  userHandle?: string
  /** Signs with another key. */
  foreignKey?: boolean
}

type Options = { challenge: string; rpId?: string; rp?: { id: string }; user?: { id: string } }

/** @param origin of the page that asks */
export function createAuthenticator(origin: string) {
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { publicKey, privateKey } = pair()
  const id = randomBytes(32)
  let handle = ''
  let counter = 0

  function clientData(type: string, challenge: string, flaws: Flaws): Buffer {
    const data = {
      type: flaws.type ?? type,
      challenge: flaws.challenge ?? challenge,
      origin: flaws.origin ?? origin,
      crossOrigin: false,
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
      handle = user?.id ?? ''
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)])
      const data = clientData('webauthn.create', challenge, flaws)
      const authData = authenticatorData(rp?.id ?? '', flaws, attested)
      const attestation = cbor({ fmt: 'none', attStmt: {}, authData })
      return credential({
        clientDataJSON: data.toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      })
    },

    /** The answer to request options, as JSON text. */
    assert(optionsText: string, flaws: Flaws = {}): string {
      const { challenge, rpId } = JSON.parse(optionsText) as Options
      const data = clientData('webauthn.get', challenge, flaws)
      const authData = authenticatorData(rpId ?? '', flaws)
      const signed = Buffer.concat([authData, createHash('sha256').update(data).digest()])
      return credential({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, flaws.foreignKey ? pair().privateKey : privateKey).toString(
          'base64url',
        ),
        userHandle: flaws.userHandle ?? handle,
      })
    },
  }

  function credential(response: object): string {
    const text = id.toString('base64url')
    return JSON.stringify({ id: text, rawId: text, type: 'public-key', response, clientExtensionResults: {} })
  }
}

/** RFC 9052 7: an ES256 key. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const entries: [number, number | Buffer][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ]
  return Buffer.concat([head(5, entries.length), ...entries.flat().map(cbor)])
}

type Value = number | string | Buffer | { [name: string]: Value }

/** As much of RFC 8949 as attestation needs. */
function cbor(value: Value): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const entries = Object.entries(value)
  return Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([name, one]) => [cbor(name), cbor(one)]),
  ])
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument])
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument])
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 255])
}
