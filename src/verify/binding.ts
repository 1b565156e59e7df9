// Owns what the sender of a token must prove beside holding it (RFC 7800, RFC 9449 6, RFC 8705 3).

import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { isObject } from '../protocol/json.js'
import type { AccessClaims } from './claims.js'
import type { CheckProof } from './dpop.js'
import { Fault, invalidToken, whyOf } from './fault.js'
import type { Presented, RequestLike } from './request.js'

export type BindingRules = {
  readonly checkProof: CheckProof
  /** The certificate that the client has shown: DER, PEM or none. */
  certificate?(request: RequestLike): Uint8Array | string | null | undefined
  /** Whether a token that anybody could use is refused. */
  readonly proofRequired: boolean
}

/** @throws Fault when the token is bound to something that did not come with it, or presented as what it is not */
export async function checkBinding(
  claims: AccessClaims,
  presented: Presented,
  { checkProof, certificate, proofRequired }: BindingRules,
  now: number,
): Promise<void> {
  const cnf: unknown = claims.cnf
  if (cnf !== undefined && !isObject(cnf)) throw invalidToken('cnf is not an object')
  const { jkt, 'x5t#S256': x5t, ...others } = cnf ?? {}
  if (Object.keys(others).length > 0) throw invalidToken('cnf asks for a proof that is not known here')
  if (jkt !== undefined) {
    // RFC 9449 7.2: a stolen token must not become a bearer token by saying so.
    if (presented.scheme !== 'DPoP')
      throw new Fault('invalid_token', 'bound to a key, but sent as Bearer', { dpop: true })
    if (typeof jkt !== 'string') throw invalidToken('cnf.jkt is no text')
    await checkProof(presented, jkt, now)
  } else {
    if (presented.scheme === 'DPoP') throw invalidToken('sent with DPoP, but bound to no key')
    if (proofRequired) throw invalidToken('bound to no key, which dpop.required asks for')
  }
  if (x5t === undefined) return
  if (typeof x5t !== 'string') throw invalidToken('cnf.x5t#S256 is no text')
  const shown = presented.request && certificate?.(presented.request)
  if (!shown || shown.length === 0) throw invalidToken('bound to a certificate, but none was shown')
  if (!isEqual(thumbprint(shown), x5t)) throw invalidToken('bound to another certificate than was shown')
}

function thumbprint(certificate: Uint8Array | string): string {
  try {
    const der = typeof certificate === 'string' ? new X509Certificate(certificate).raw : certificate
    return createHash('sha256').update(der).digest('base64url')
  } catch (error) {
    throw invalidToken(`the certificate cannot be read: ${whyOf(error)}`)
  }
}

function isEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
