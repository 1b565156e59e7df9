// Published vectors: RFC 7515, 7517, 7638, 8037 on our signer and key names, RFC 7636 on PKCE.
import { createPublicKey } from 'node:crypto'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { signBytes } from '../../src/crypto/jws.js'
import { signingKey } from '../../src/crypto/key-pair.js'
import type { SigningAlg } from '../../src/protocol/client.js'
import { thumbprint } from '../../src/protocol/jwk.js'
import { verifyPkce } from '../../src/protocol/pkce.js'
import { privateKeyOf } from '../support/keys.js'
import rfc7515 from '../vectors/rfc7515.json' with { type: 'json' }
import rfc7517 from '../vectors/rfc7517.json' with { type: 'json' }
import rfc7636 from '../vectors/rfc7636.json' with { type: 'json' }
import rfc7638 from '../vectors/rfc7638.json' with { type: 'json' }
import rfc8037 from '../vectors/rfc8037.json' with { type: 'json' }

type JwsVector = { alg: string; header: string; payload: string; signature: string }

async function signVector(vector: JwsVector, jwk: object): Promise<string> {
  const input = Buffer.from(`${vector.header}.${vector.payload}`)
  const signature = await signBytes(vector.alg as SigningAlg, privateKeyOf(jwk), input)
  return signature.toString('base64url')
}

describe('RFC 7515', () => {
  it('A.2: our RS256 signature is the published one', async () => {
    expect(await signVector(rfc7515['A.2'], rfc7515['A.2'].key)).toBe(rfc7515['A.2'].signature)
  })

  it('A.3: our ES256 signature verifies with the published key, as the published one does', async () => {
    const vector = rfc7515['A.3']
    const key = createPublicKey(privateKeyOf(vector.key))
    for (const signature of [vector.signature, await signVector(vector, vector.key)]) {
      const { payload } = await compactVerify(`${vector.header}.${vector.payload}.${signature}`, key)
      expect(Buffer.from(payload).toString('base64url')).toBe(vector.payload)
    }
  })
})

describe('RFC 8037', () => {
  it('A.4: our EdDSA signature is the published one', async () => {
    expect(await signVector(rfc8037['A.4'], rfc8037['A.1'].key)).toBe(rfc8037['A.4'].signature)
  })

  it('A.3: the key is named by the published thumbprint, which the private member does not change', () => {
    expect(thumbprint(rfc8037['A.2'].key)).toBe(rfc8037['A.3'].thumbprint)
    expect(signingKey('EdDSA', privateKeyOf(rfc8037['A.1'].key)).kid).toBe(rfc8037['A.3'].thumbprint)
  })
})

describe('RFC 7638', () => {
  it('3.1: the thumbprint is the published one', () => {
    expect(thumbprint(rfc7638['3.1'].key)).toBe(rfc7638['3.1'].thumbprint)
  })
})

describe('RFC 7517', () => {
  it('A.1 and A.2: of a private key we publish the public members and no other', () => {
    const [, rsaPublic] = rfc7517['A.1'].keys
    const [, rsaPrivate] = rfc7517['A.2'].keys
    const { publicJwk, kid } = signingKey('RS256', privateKeyOf(rsaPrivate as object))
    expect(publicJwk).toEqual({ ...rsaPublic, use: 'sig', kid })
    expect(kid).toBe(rfc7638['3.1'].thumbprint)

    const [ecPublic] = rfc7517['A.1'].keys
    const [ecPrivate] = rfc7517['A.2'].keys
    const ec = signingKey('ES256', privateKeyOf(ecPrivate as object))
    expect(ec.publicJwk).toEqual({
      ...ecPublic,
      use: 'sig',
      alg: 'ES256',
      kid: thumbprint(ecPublic as object),
    })
  })
})

describe('RFC 7636', () => {
  it('appendix B: the verifier meets the challenge', () => {
    expect(verifyPkce(rfc7636.B.challenge, rfc7636.B.verifier)).toBe(true)
  })
})
