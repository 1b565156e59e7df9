// Which answers of passkeys are accepted, and which are not (WebAuthn Level 3, 7; SE13).
import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { verifyAssertion, verifyAttestation } from '../../src/crypto/passkey.js'
import { readAssertion, readAttestation } from '../../src/crypto/passkey-answer.js'
import { creationOptions, requestOptions } from '../../src/crypto/passkey-options.js'
import { createAuthenticator, type Flaws } from '../support/authenticator.js'

const rp = { id: 'login.example.test', origin: 'https://login.example.test' }
const sub = 'u_ann'
const challengeOf = (name: string) => createHash('sha256').update(name).digest('base64url')
const forRegistration = challengeOf('registration')
const forSignIn = challengeOf('sign-in')

const creation = creationOptions({
  rp,
  product: 'Grantor',
  user: { handle: sub, name: 'ann', displayName: 'Ann' },
  challenge: forRegistration,
  exclude: [{ id: 'AAAA', transports: ['usb'] }],
})
const request = requestOptions({ rp, challenge: forSignIn })

type Authenticator = ReturnType<typeof createAuthenticator>

async function registered(authenticator: Authenticator, flaws: Flaws = {}) {
  const answer = readAttestation(authenticator.register(JSON.stringify(creation), flaws))
  return answer && verifyAttestation(answer, rp)
}

async function kept(flaws: Flaws = {}, algorithm: 'ES256' | 'EdDSA' | 'RS256' = 'ES256') {
  const authenticator = createAuthenticator(rp.origin, algorithm)
  const made = await registered(authenticator, flaws)
  if (!made) throw new Error('not registered')
  return { authenticator, passkey: { ...made, sub } }
}

type Kept = Awaited<ReturnType<typeof kept>>

async function signedIn({ authenticator, passkey }: Kept, flaws: Flaws = {}) {
  const answer = readAssertion(authenticator.assert(JSON.stringify(request), flaws))
  return answer && verifyAssertion(answer, rp, passkey)
}

describe('a new passkey', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)('with %s is accepted and signs in', async (algorithm) => {
    const one = await kept({}, algorithm)
    expect(one.passkey).toEqual({
      id: one.authenticator.id,
      sub,
      publicKey: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
      signCount: 1,
      transports: ['internal'],
      synced: false,
      backedUp: false,
    })
    expect(await signedIn(one)).toEqual({ signCount: 2, backedUp: false })
  })

  it('says whether it may be copied, and whether it has been', async () => {
    expect(await registered(createAuthenticator(rp.origin), { flags: { be: true } })).toMatchObject({
      synced: true,
      backedUp: false,
    })
    expect(await registered(createAuthenticator(rp.origin), { flags: { be: true, bs: true } })).toMatchObject(
      { synced: true, backedUp: true },
    )
  })

  const refused: [string, Flaws][] = [
    ['another origin', { origin: 'https://login.example.test.evil.example' }],
    ['another scheme', { origin: 'http://login.example.test' }],
    ['another port', { origin: 'https://login.example.test:8443' }],
    ['a sub-domain', { origin: 'https://a.login.example.test' }],
    ['a page inside that of another', { crossOrigin: true }],
    ['another relying party', { rpId: 'example.test' }],
    ['a sign-in', { type: 'webauthn.get' }],
    ['nobody present', { flags: { up: false } }],
    ['nobody verified', { flags: { uv: false } }],
    ['a copy of what cannot be copied', { flags: { be: false, bs: true } }],
    ['another id than was attested', { id: 'AAAA' }],
    ['an algorithm that was not asked for', { algorithm: -35 }],
    ['transports that are no words', { transports: ['usb\0'] }],
    ['transports without end', { transports: Array(11).fill('usb') }],
  ]
  it.each(refused)('is refused with %s', async (_, flaws) => {
    expect(await registered(createAuthenticator(rp.origin), flaws)).toBeUndefined()
  })

  it('is taken without a look at what certificates say of its make', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    for (const format of ['packed', 'android-key', 'apple', 'tpm', 'fido-u2f', 'never heard of']) {
      const statement = new Map([['x5c', [Buffer.from('certificate')]]])
      const flaws = { attestation: { format, statement } }
      expect(await registered(createAuthenticator(rp.origin), flaws), format).toMatchObject({ signCount: 1 })
    }
    expect(fetched).not.toHaveBeenCalled()
  })
})

describe('a sign-in with a passkey', () => {
  it('works without a user handle, and with a counter that never counts', async () => {
    const one = await kept({ signCount: 0 })
    expect(await signedIn(one, { signCount: 0, userHandle: null })).toEqual({ signCount: 0, backedUp: false })
  })

  it('tells when a copy has been made since', async () => {
    const one = await kept({ flags: { be: true } })
    expect(await signedIn(one, { flags: { be: true, bs: true } })).toEqual({ signCount: 2, backedUp: true })
  })

  const refused: [string, Flaws][] = [
    ['another origin', { origin: 'https://login.example.test.evil.example' }],
    ['another scheme', { origin: 'http://login.example.test' }],
    ['another port', { origin: 'https://login.example.test:8443' }],
    ['a page inside that of another', { crossOrigin: true }],
    ['another relying party', { rpId: 'example.test' }],
    ['a registration', { type: 'webauthn.create' }],
    ['nobody present', { flags: { up: false } }],
    ['nobody verified', { flags: { uv: false } }],
    ['a copy of what cannot be copied', { flags: { be: false, bs: true } }],
    ['a key that has become one to be copied', { flags: { be: true } }],
    ['another key', { foreignKey: true }],
    ['a counter that stands still', { signCount: 1 }],
    ['a counter that went back to nothing', { signCount: 0 }],
    ['the user handle of another', { userHandle: Buffer.from('u_eve').toString('base64url') }],
    ['a user handle that only begins so', { userHandle: Buffer.from('u_ann\0').toString('base64url') }],
  ]
  it.each(refused)('is refused with %s', async (_, flaws) => {
    expect(await signedIn(await kept(), flaws)).toBeUndefined()
  })

  it('is refused where a key that could be copied no longer can', async () => {
    expect(await signedIn(await kept({ flags: { be: true } }))).toBeUndefined()
  })

  it('is refused with the passkey of somebody else', async () => {
    const [ann, eve] = [await kept(), await kept()]
    expect(await signedIn({ authenticator: eve.authenticator, passkey: ann.passkey })).toBeUndefined()
  })

  it('is refused with any part changed after it was signed', async () => {
    // A signature of this kind is 64 bytes that all count; those of ES256 come in an encoding that has some play.
    const { authenticator, passkey } = await kept({}, 'EdDSA')
    const answer = JSON.parse(authenticator.assert(JSON.stringify(request)))
    expect(await verified(answer.response)).toBe(true)
    for (const part of ['signature', 'authenticatorData', 'clientDataJSON']) {
      const bytes = Buffer.from(answer.response[part], 'base64url')
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
        const response = { ...answer.response, [part]: changed.toString('base64url') }
        expect(await verified(response), `${part} ${at}`).toBe(false)
      }
    }

    async function verified(response: object): Promise<boolean> {
      const read = readAssertion(JSON.stringify({ ...answer, response }))
      return read !== undefined && (await verifyAssertion(read, rp, passkey)) !== undefined
    }
  })

  it('is refused, not failed, where the key that is kept is damaged', async () => {
    const { authenticator, passkey } = await kept()
    for (const publicKey of ['', 'AAAA', passkey.publicKey.slice(0, 40)]) {
      expect(await signedIn({ authenticator, passkey: { ...passkey, publicKey } }), publicKey).toBeUndefined()
    }
  })
})
