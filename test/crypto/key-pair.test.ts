// Single signing keys: which ones are refused, and what sealing binds.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { generateSigningKey, openSigningKey, sealSigningKey, signingKey } from '../../src/crypto/key-pair.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { signingAlgs } from '../../src/protocol/client.js'
import { knownKey, privateKeyOf } from '../support/keys.js'

const secrets = deriveSecrets(Buffer.alloc(32, 7))

/** x with a·x = 1 modulo m, for numbers without a common factor. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next, x, after] = [m, a % m, 0n, 1n]
  while (next !== 0n) [r, next, x, after] = [next, r % next, after, x - (r / next) * after]
  return ((x % m) + m) % m
}

describe('key names', () => {
  it.each(signingAlgs)('are the thumbprint that jose computes: %s', async (alg) => {
    const { kid, publicJwk } = signingKey(alg, knownKey(alg))
    expect(kid).toBe(await calculateJwkThumbprint(publicJwk as JWK))
  })
})

describe('JW10 keys that do not fit', () => {
  const rsa = (bits: number, exponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).privateKey

  /** OpenSSL imports the numbers as they are, so a bad key need not be a working one. */
  const madeUp = (members: { e: Buffer }) => {
    const jwk = knownKey('RS256').export({ format: 'jwk' })
    const text = Object.fromEntries(Object.entries(members).map(([k, v]) => [k, v.toString('base64url')]))
    return privateKeyOf({ ...jwk, ...text })
  }

  /** Numbers that fit each other, as Node.js 26 demands; the two factors need not be prime. */
  const consistent = (bits: bigint) => {
    const e = 65_537n
    const [p, q] = [2n ** (bits / 2n) - 1n, 2n ** (bits / 2n) - 3n]
    const d = inverse(e, (p - 1n) * (q - 1n))
    const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
    const text = Object.entries(numbers).map(([name, value]) => {
      const hex = value.toString(16)
      return [
        name,
        Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url'),
      ]
    })
    return privateKeyOf({ kty: 'RSA', ...Object.fromEntries(text) })
  }

  it.each([
    ['RSA with 1024 bits', () => rsa(1024)],
    ['RSA with 2040 bits', () => rsa(2040)],
    ['RSA with more than 8192 bits', () => consistent(8200n)],
    ['RSA with e = 1', () => madeUp({ e: Buffer.of(1) })],
    ['RSA with e = 3', () => rsa(2048, 3)],
    ['an elliptic curve key', () => knownKey('ES256')],
    ['an Ed25519 key', () => knownKey('EdDSA')],
    ['an RSA-PSS key', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
  ])('RS256 and PS256 refuse %s', (_, make) => {
    const key = make()
    for (const alg of ['RS256', 'PS256'] as const) {
      expect(() => signingKey(alg, key)).toThrow(`a key for ${alg} must be RSA with 2048 to 8192 bits`)
    }
  })

  it('ES256 refuses another curve, another kind, and a point that is not on the curve', () => {
    for (const namedCurve of ['P-384', 'secp256k1']) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve })
      expect(() => signingKey('ES256', privateKey)).toThrow('must be on the curve P-256')
    }
    expect(() => signingKey('ES256', knownKey('RS256'))).toThrow('must be on the curve P-256')
    const jwk = knownKey('ES256').export({ format: 'jwk' })
    expect(() => privateKeyOf({ ...jwk, y: jwk.x })).toThrow()
  })

  it('EdDSA refuses Ed448 and X25519', () => {
    for (const { privateKey } of [generateKeyPairSync('ed448'), generateKeyPairSync('x25519')]) {
      expect(() => signingKey('EdDSA', privateKey)).toThrow('must be Ed25519')
    }
  })
})

describe('fresh keys', () => {
  it('are P-256, RSA with 3072 bits, Ed25519', async () => {
    const [es256, rs256, edDsa] = await Promise.all(
      (['ES256', 'RS256', 'EdDSA'] as const).map(async (alg) =>
        signingKey(alg, await generateSigningKey(alg)),
      ),
    )
    expect(es256?.publicJwk).toMatchObject({ kty: 'EC', crv: 'P-256' })
    expect(edDsa?.publicJwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519' })
    expect(rs256?.publicKey.asymmetricKeyDetails).toMatchObject({
      modulusLength: 3072,
      publicExponent: 65_537n,
    })
  })
})

describe('sealing a key', () => {
  const key = signingKey('ES256', knownKey('ES256'))
  const sealed = sealSigningKey(secrets, key, randomBytes)

  it('hides the private number and gives the whole pair back', () => {
    const d = Buffer.from(key.privateKey.export({ format: 'jwk' }).d as string, 'base64url')
    expect(Buffer.from(sealed, 'base64url').includes(d)).toBe(false)
    const opened = openSigningKey(secrets, { kid: key.kid, alg: 'ES256', sealed })
    expect(opened?.privateKey.equals(key.privateKey)).toBe(true)
    expect(opened?.publicJwk).toEqual(key.publicJwk)
  })

  it('binds its name, its algorithm and the master key', () => {
    const row = { kid: key.kid, alg: 'ES256' as const, sealed }
    const other = deriveSecrets(Buffer.alloc(32, 8))
    expect(openSigningKey(other, row)).toBeUndefined()
    expect(openSigningKey(secrets, { ...row, kid: 'another' })).toBeUndefined()
    expect(openSigningKey(secrets, { ...row, alg: 'RS256' })).toBeUndefined()
    expect(openSigningKey(secrets, { ...row, sealed: `${sealed}A` })).toBeUndefined()
  })
})
