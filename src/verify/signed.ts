// Owns reading a JWT that the issuer has signed, of one kind and no other (RFC 9068 4, RFC 8725 3).
import type { KeyObject } from 'node:crypto'
import { compactVerify, type JWSHeaderParameters } from 'jose'
import { isObject } from '../protocol/json.js'
import { Fault, invalidToken, quoted, whyOf } from './fault.js'
import type { KeySet, Keys } from './keys.js'

export type SignedOptions = {
  /** Without `application/`, as in at+jwt. */
  readonly typ: string
  readonly algorithms: readonly string[]
  readonly maxLength: number
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The claims behind a text, once a published key has proven them, and the set with that key.
 * @throws Fault invalid_token for a text that is not such a JWT, temporarily_unavailable when no keys can be had
 */
export async function readSigned(
  text: string,
  keys: Keys,
  { typ, algorithms, maxLength }: SignedOptions,
): Promise<{ claims: Record<string, unknown>; set: KeySet }> {
  if (text.length > maxLength) throw invalidToken(`longer than ${maxLength} characters`)
  let set: KeySet = keys.fresh() ?? (await keysOrFault(keys))
  const find = async (header: JWSHeaderParameters): Promise<KeyObject> => {
    checkHeader(header, typ, algorithms)
    if (set.find(header).keys.length === 0) set = await keys.renewed(set)
    const found = set.find(header)
    const [key, ...others] = found.keys
    if (key === undefined)
      throw invalidToken(
        `signed with no key that the issuer publishes for it: ${found.fault ?? 'no such kid'}`,
      )
    if (others.length > 0)
      throw invalidToken('several keys of the issuer could have signed it, and it has no kid')
    return key
  }
  const { payload } = await compactVerify(text, find).catch((error) => {
    if (error instanceof Fault) throw error
    // Whatever else went wrong went wrong over this text.
    throw invalidToken(`not a JWT of the issuer: ${whyOf(error)}`)
  })
  return { claims: claimsIn(payload), set }
}

/** @throws Fault temporarily_unavailable: the token may well be good */
export function keysOrFault(keys: Keys): Promise<KeySet> {
  return keys.get().catch((error) => {
    const detail = { retryAfter: Math.ceil(keys.retryIn()) }
    throw new Fault('temporarily_unavailable', `no keys of the issuer: ${whyOf(error)}`, detail)
  })
}

/**
 * kid names one of the issuer's keys and nothing else: jku, x5u, x5c and jwk in the header are never looked at,
 * and the algorithm is the one that its key was published for (RFC 8725 3.1, 3.10).
 */
function checkHeader(header: JWSHeaderParameters, typ: string, algorithms: readonly string[]): void {
  // RFC 8725 3.11: an ID token is never an access token. RFC 7515 4.1.9: the prefix may be left out.
  const kind =
    typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : undefined
  if (kind !== typ) throw invalidToken(`typ is ${quoted(header.typ)}, not ${typ}`)
  if (!algorithms.includes(header.alg as string))
    throw invalidToken(`alg ${quoted(header.alg)} is not accepted`)
  // RFC 7515 4.1.11: whoever does not know an extension must refuse it, and none is known here.
  if (header.crit !== undefined) throw invalidToken('crit in the header')
}

/** @throws Fault invalid_token */
function claimsIn(payload: Uint8Array): Record<string, unknown> {
  let claims: unknown
  try {
    claims = JSON.parse(utf8.decode(payload))
  } catch {
    throw invalidToken('its claims are not JSON')
  }
  if (!isObject(claims)) throw invalidToken('its claims are not a JSON object')
  return claims
}
