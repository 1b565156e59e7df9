// Owns public keys as authenticators write them: COSE (RFC 9052 7, RFC 9053 7) in CBOR (RFC 8949).
import type { KeyObject } from 'node:crypto'

export type Value = number | string | Buffer | Value[] | Map<number | string, Value>

/** A P-256, Ed25519 or RSA key, for ES256, EdDSA or RS256; another algorithm where `alg` says so. */
export function coseKey(key: KeyObject, alg?: number): Buffer {
  const jwk = key.export({ format: 'jwk' })
  const bytes = (name: 'x' | 'y' | 'n' | 'e') => Buffer.from(jwk[name] ?? '', 'base64url')
  const entries: Record<string, [number, Value][]> = {
    EC: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes('x')],
      [-3, bytes('y')],
    ],
    OKP: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes('x')],
    ],
    RSA: [
      [1, 3],
      [3, -257],
      [-1, bytes('n')],
      [-2, bytes('e')],
    ],
  }
  const map = new Map<number | string, Value>(entries[jwk.kty ?? ''])
  return cbor(alg === undefined ? map : map.set(3, alg))
}

/** As much of CBOR as attestation needs. */
export function cbor(value: Value): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  return Buffer.concat([head(5, value.size), ...[...value].flat().map(cbor)])
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument])
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument])
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 255])
}
