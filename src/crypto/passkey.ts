// Owns passkeys (WebAuthn Level 3): what a browser is asked for, and whether what it answers is genuine.
import { isIP } from 'node:net'
import { z } from 'zod'

/** Who asks: passkeys belong to this host for good, and sign its origin. */
export type RelyingParty = { readonly id: string; readonly origin: string }

type Known = { readonly id: string; readonly transports: readonly string[] }

/** Undefined where the issuer's host is an address: WebAuthn knows names alone (5.1.2). */
export function relyingPartyOf(issuer: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(issuer)
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { id: hostname, origin } : undefined
}

/** ES256 everywhere, EdDSA where there is, RS256 for the TPMs of Windows (COSE algorithms). */
const algorithms = [-7, -8, -257]
const timeout = 300_000

/** For `navigator.credentials.create`, in JSON. */
export function creationOptions(about: {
  rp: RelyingParty
  product: string
  user: { handle: string; name: string; displayName: string }
  challenge: string
  exclude: readonly Known[]
}): object {
  const { rp, product, user, challenge, exclude } = about
  const { handle, name, displayName } = user
  return {
    rp: { id: rp.id, name: product },
    user: { id: Buffer.from(handle).toString('base64url'), name, displayName },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout,
    attestation: 'none',
    // Discoverable, so that nobody has to type a name, and verified, so that it is two factors by itself.
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    excludeCredentials: exclude.map(described),
    extensions: { credProps: true },
  }
}

/**
 * For `navigator.credentials.get`, in JSON.
 * @param allow empty: any that the browser has for us
 */
export function requestOptions(about: {
  rp: RelyingParty
  challenge: string
  allow?: readonly Known[]
}): object {
  const { rp, challenge, allow = [] } = about
  return {
    rpId: rp.id,
    challenge,
    timeout,
    userVerification: 'required',
    allowCredentials: allow.map(described),
  }
}

function described({ id, transports }: Known) {
  return { type: 'public-key', id, transports }
}

const bytes = z.string().regex(/^[A-Za-z0-9_-]{1,8192}$/)
const clientData = z.object({ challenge: bytes })
const common = { id: bytes, rawId: bytes, type: z.literal('public-key') }
const extensions = z.record(z.string(), z.unknown()).prefault({})

const assertionShape = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.nullish(),
  }),
  clientExtensionResults: extensions,
})

const attestationShape = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z
      .array(z.string().regex(/^[\x21-\x7e]{1,32}$/))
      .max(10)
      .prefault([]),
  }),
  clientExtensionResults: extensions,
})

/** Characters; no honest answer is half as long. */
const longest = 16_384

/** An answer that is well-formed, and the challenge that it claims to sign. Nothing is proven yet. */
type Read<T> = { readonly credentialId: string; readonly challenge: string; readonly response: T }
export type Assertion = Read<z.infer<typeof assertionShape>>
export type Attestation = Read<z.infer<typeof attestationShape>>

export const readAssertion = (text: string | undefined): Assertion | undefined => read(assertionShape, text)
export const readAttestation = (text: string | undefined): Attestation | undefined =>
  read(attestationShape, text)

function read<T extends { id: string; rawId: string; response: { clientDataJSON: string } }>(
  shape: z.ZodType<T>,
  text = '',
): Read<T> | undefined {
  const response = text.length > longest ? undefined : shape.safeParse(parsed(text)).data
  if (!response || response.id !== response.rawId) return undefined
  const data = Buffer.from(response.response.clientDataJSON, 'base64url').toString('utf8')
  const challenge = clientData.safeParse(parsed(data)).data?.challenge
  return challenge === undefined ? undefined : { credentialId: response.id, challenge, response }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The credential as it is kept; `publicKey` is COSE in base64url. */
type Kept = {
  readonly id: string
  readonly sub: string
  readonly publicKey: string
  readonly signCount: number
}

/** The new state of a credential that has signed the challenge for this relying party (7.2); undefined if not. */
export async function verifyAssertion(
  { challenge, response }: Assertion,
  rp: RelyingParty,
  { id, sub, publicKey, signCount }: Kept,
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
    if (!verified) return undefined
    return { signCount: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp }
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
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified || !registrationInfo) return undefined
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
