// What browsers are asked for when a passkey is made or used (WebAuthn Level 3, 5.4 and 5.5).
import { describe, expect, it } from 'vitest'
import { creationOptions, relyingPartyOf, requestOptions } from '../../src/crypto/passkey-options.js'

const rp = { id: 'login.example.test', origin: 'https://login.example.test' }
const sub = 'u_ann'
const [forRegistration, forSignIn] = ['cmVnaXN0cmF0aW9u', 'c2lnbi1pbg']

const creation = creationOptions({
  rp,
  product: 'Grantor',
  user: { handle: sub, name: 'ann', displayName: 'Ann' },
  challenge: forRegistration,
  exclude: [{ id: 'AAAA', transports: ['usb'] }],
})
const request = requestOptions({ rp, challenge: forSignIn })

describe('the relying party', () => {
  it.each([
    ['https://login.example.test', 'login.example.test', 'https://login.example.test'],
    ['https://login.example.test:8443/tenant', 'login.example.test', 'https://login.example.test:8443'],
    ['https://login.example.test:443/', 'login.example.test', 'https://login.example.test'],
    ['http://localhost:8080', 'localhost', 'http://localhost:8080'],
  ])('of %s is %s at %s', (issuer, id, origin) => {
    expect(relyingPartyOf(issuer)).toEqual({ id, origin })
  })

  it.each(['http://127.0.0.1:8080', 'http://[::1]:8080', 'https://203.0.113.7/tenant', 'http://2130706433'])(
    'of %s is none: an address',
    (issuer) => {
      expect(relyingPartyOf(issuer)).toBeUndefined()
    },
  )
})

describe('what is asked for', () => {
  it('is a passkey that is found without a name and verifies its owner', () => {
    expect(creation).toEqual({
      rp: { id: rp.id, name: 'Grantor' },
      user: { id: Buffer.from(sub).toString('base64url'), name: 'ann', displayName: 'Ann' },
      challenge: forRegistration,
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      attestation: 'none',
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      excludeCredentials: [{ type: 'public-key', id: 'AAAA', transports: ['usb'] }],
      extensions: { credProps: true },
    })
  })

  it('is any passkey at sign-in, or one of a few', () => {
    const common = { rpId: rp.id, challenge: forSignIn, timeout: 300_000, userVerification: 'required' }
    expect(request).toEqual({ ...common, allowCredentials: [] })
    const allow = [{ id: 'AAAA', transports: ['internal'], sub, publicKey: 'not for browsers' }]
    expect(requestOptions({ rp, challenge: forSignIn, allow })).toEqual({
      ...common,
      allowCredentials: [{ type: 'public-key', id: 'AAAA', transports: ['internal'] }],
    })
  })
})
