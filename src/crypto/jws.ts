// Owns signing: JWS compact serialisation (RFC 7515 7.1) with our own keys.
import { constants, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto'
import type { SigningAlg } from '../protocol/client.js'

export type Signer = {
  readonly kid: string
  readonly alg: SigningAlg
  /** A compact JWS with the header alg, typ, kid and the claims as they are; times are the caller's. */
  readonly sign: (typ: string, claims: object) => Promise<string>
}

type Method = {
  readonly hash: 'sha256' | null
  readonly key: (key: KeyObject) => KeyObject | SignKeyObjectInput
  readonly finish: (signature: Buffer) => Buffer
}

const bare = (key: KeyObject) => key
const pss = (key: KeyObject) => ({ key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
const asIs = (signature: Buffer) => signature

/** RFC 7518 3.3-3.5, RFC 8037 3.1. Bare keys where possible: on Node 24 an options object doubles the cost. */
const methods: Record<SigningAlg, Method> = {
  ES256: { hash: 'sha256', key: bare, finish: rawEcdsaSignature },
  RS256: { hash: 'sha256', key: bare, finish: asIs },
  PS256: { hash: 'sha256', key: pss, finish: asIs },
  EdDSA: { hash: null, key: bare, finish: asIs },
}

/** The signer of one private key. */
export function createSigner(kid: string, alg: SigningAlg, privateKey: KeyObject): Signer {
  const headers = new Map<string, string>()
  const header = (typ: string) => {
    const known = headers.get(typ) ?? protectedHeader(alg, typ, kid)
    headers.set(typ, known)
    return known
  }
  return {
    kid,
    alg,
    sign: async (typ, claims) => {
      const input = `${header(typ)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
      const signature = await signBytes(alg, privateKey, Buffer.from(input))
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

/** The one header that our signer writes for a key and a type of token, encoded. */
export function protectedHeader(alg: SigningAlg, typ: string, kid: string): string {
  return Buffer.from(JSON.stringify({ alg, typ, kid })).toString('base64url')
}

/** A JWS signature over the signing input. Made on the thread pool: twice the rate of signing in place. */
export function signBytes(alg: SigningAlg, privateKey: KeyObject, input: Buffer): Promise<Buffer> {
  const { hash, key, finish } = methods[alg]
  return new Promise((resolve, reject) => {
    sign(hash, input, key(privateKey), (error, signature) => {
      if (error) reject(error)
      else resolve(finish(signature))
    })
  })
}

/**
 * OpenSSL's DER SEQUENCE of two INTEGERs as the 64 bytes r || s (RFC 7518 3.4). By hand, because
 * `dsaEncoding` needs the options object.
 */
export function rawEcdsaSignature(der: Buffer): Buffer {
  const raw = Buffer.alloc(64)
  const rEnd = 4 + der.readUInt8(3)
  const sEnd = rEnd + 2 + der.readUInt8(rEnd + 1)
  copyInteger(der.subarray(4, rEnd), raw, 32)
  copyInteger(der.subarray(rEnd + 2, sEnd), raw, 64)
  return raw
}

/** DER integers are as short as they can be, with a zero byte in front when the top bit is set. */
function copyInteger(integer: Buffer, target: Buffer, end: number): void {
  const magnitude = integer.subarray(-32)
  magnitude.copy(target, end - magnitude.length)
}
