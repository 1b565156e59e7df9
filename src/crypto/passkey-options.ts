// Owns what a browser is asked for when it makes or uses a passkey (WebAuthn Level 3, 5.4 and 5.5).
import { isIP } from 'node:net'

/** Who asks: passkeys belong to this host for good, and sign its origin. */
export type RelyingParty = { readonly id: string; readonly origin: string }

type Known = { readonly id: string; readonly transports: readonly string[] }

/** Undefined where the issuer's host is an address: WebAuthn knows names alone (5.1.2). */
export function relyingPartyOf(issuer: string): RelyingParty | undefined {
  const { hostname, origin } = new URL(issuer)
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { id: hostname, origin } : undefined
}

/** ES256 everywhere, EdDSA where there is, RS256 for the TPMs of Windows (COSE algorithms). */
export const algorithms = [-7, -8, -257]
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
