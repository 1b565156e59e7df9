// Owns the proof that a passkey answered: by whom, for whom and how (WebAuthn Level 3, 7).
// The library is slow to load: only those who use a passkey wait for it.
import type { Assertion, Attestation } from './passkey-answer.js'
import { algorithms, type RelyingParty } from './passkey-options.js'

/** The credential as it is kept; `publicKey` is COSE in base64url. */
type Kept = {
  readonly id: string
  readonly sub: string
  readonly publicKey: string
  readonly signCount: number
  readonly synced: boolean
}

/** The new state of a credential that has signed the challenge for this relying party (7.2); undefined if not. */
export async function verifyAssertion(
  { challenge, response }: Assertion,
  rp: RelyingParty,
  { id, sub, publicKey, signCount, synced }: Kept,
): Promise<{ signCount: number; backedUp: boolean } | undefined> {
  const { userHandle, ...rest } = response.response
  // 7.2 step 6: who the key says it belongs to is who we say.
  if (typeof userHandle === 'string' && Buffer.from(userHandle, 'base64url').toString() !== sub)
    return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...response, response: rest },
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      credential: {
        id,
        publicKey: Uint8Array.from(Buffer.from(publicKey, 'base64url')),
        counter: signCount,
      },
    })
    const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo
    // Whether a key may be copied is settled when it is made (6.1.3).
    if (!verified || (credentialDeviceType === 'multiDevice') !== synced) return undefined
    return { signCount: newCounter, backedUp: credentialBackedUp }
  } catch {
    return undefined
  }
}

export type NewCredential = {
  readonly id: string
  readonly publicKey: string
  readonly signCount: number
  readonly transports: string[]
  readonly synced: boolean
  readonly backedUp: boolean
}

/** The credential that a browser has made for this relying party (7.1); undefined if it is not what was asked for. */
export async function verifyAttestation(
  { challenge, response }: Attestation,
  rp: RelyingParty,
): Promise<NewCredential | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    const attestationObject = await withoutStatement(response.response.attestationObject)
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, response: { ...response.response, attestationObject } },
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified || registrationInfo.credential.id !== response.id) return undefined
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      signCount: credential.counter,
      transports: response.response.transports,
      synced: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
    }
  } catch {
    return undefined
  }
}

/**
 * The attestation object with no word about the make of the authenticator, for none is asked for. Some browsers
 * add one all the same, and to judge it is to fetch whatever addresses its certificates name.
 */
async function withoutStatement(attestationObject: string): Promise<string> {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } = await import('@simplewebauthn/server/helpers')
  const authData = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get('authData')
  const bare = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, string>()],
    ['authData', authData],
  ])
  return isoBase64URL.fromBuffer(isoCBOR.encode(bare))
}
