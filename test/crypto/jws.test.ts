// Our signer against two libraries that are not ours.
import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { createVerifier } from 'fast-jwt'
import { compactVerify, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createSigner, rawEcdsaSignature } from '../../src/crypto/jws.js'
import { signingKey } from '../../src/crypto/key-pair.js'
import { type SigningAlg, signingAlgs } from '../../src/protocol/client.js'
import { knownKey } from '../support/keys.js'

const claims = {
  iss: 'https://as.test',
  sub: 'u_ada',
  aud: 'https://api.test',
  exp: 1_800_000_300,
  iat: 1_800_000_000,
  name: 'Ünï "quoted" \u2028 😀',
  scope: 'read write',
}

function material(alg: SigningAlg) {
  const { kid, privateKey, publicJwk, publicKey } = signingKey(alg, knownKey(alg))
  return { signer: createSigner(kid, alg, privateKey), kid, privateKey, publicJwk, publicKey }
}

describe.each(signingAlgs)('a token signed with %s', (alg) => {
  const { signer, kid, privateKey, publicJwk, publicKey } = material(alg)

  it('verifies with jose from the published JWK, and reads as what jose itself writes', async () => {
    const token = await signer.sign('at+jwt', claims)
    const theirs = await new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', kid }).sign(privateKey)
    expect(token.split('.').slice(0, 2)).toEqual(theirs.split('.').slice(0, 2))

    const key = await importJWK(publicJwk as JWK)
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: [alg],
      typ: 'at+jwt',
      currentDate: new Date(1_800_000_100_000),
    })
    expect(payload).toEqual(claims)
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid })
  })

  it('verifies with fast-jwt', async () => {
    const verify = createVerifier({
      key: publicKey.export({ format: 'pem', type: 'spki' }),
      algorithms: [alg],
      clockTimestamp: 1_800_000_100_000,
      complete: true,
    })
    const { header, payload } = verify(await signer.sign('JWT', claims))
    expect(payload).toEqual(claims)
    expect(header).toEqual({ alg, typ: 'JWT', kid })
  })

  it('keeps each type of token to its own header', async () => {
    const types = ['JWT', 'at+jwt', 'JWT']
    const tokens = await Promise.all(types.map((typ) => signer.sign(typ, claims)))
    expect(tokens.map((token) => decodeProtectedHeader(token).typ)).toEqual(types)
  })
})

describe('ES256', () => {
  it('gives 64 bytes that verify, also for the one signature in 128 whose integer is short', async () => {
    const { signer, publicKey } = material('ES256')
    const key = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }))
    for (let n = 0; n < 400; n++) {
      const token = await signer.sign('JWT', { n })
      expect(Buffer.from(token.split('.')[2] as string, 'base64url')).toHaveLength(64)
      await compactVerify(token, key)
    }
  })

  it('pads and strips every pair of DER integers', () => {
    const integer = fc.oneof(
      fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
      fc.bigInt({ min: 0n, max: 255n }).map((shift) => 2n ** shift),
    )
    fc.assert(
      fc.property(integer, integer, (r, s) => {
        const body = Buffer.concat([derInteger(r), derInteger(s)])
        const der = Buffer.concat([Buffer.of(0x30, body.length), body])
        const hex = (value: bigint) => value.toString(16).padStart(64, '0')
        expect(rawEcdsaSignature(der).toString('hex')).toBe(hex(r) + hex(s))
      }),
      { numRuns: 500 },
    )
  })
})

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const positive = bytes.readUInt8(0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(2, positive.length), positive])
}
