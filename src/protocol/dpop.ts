// Owns the DPoP proof (RFC 9449 4.2, 4.3): that its own key has signed it, and for the request that it came with.
import { hash, type KeyObject } from 'node:crypto'
import { isObject, isTime, parseObject } from './json.js'
import {
  type Algorithm,
  hasSigned,
  importKey,
  isAlgorithm,
  type Jwk,
  keyFault,
  purposeFault,
  thumbprint,
} from './jwk.js'

export type ProofRules = {
  readonly algorithms: readonly string[]
  /** Seconds that `iat` may lie behind, and ahead, where no nonce says when the proof was made. */
  readonly maxAge: number
  readonly maxAhead: number
}

/** The request that a proof must be for. */
export type ProofTarget = {
  readonly method: string | undefined
  /** Where the client believes it to go: the public address, whatever the Host header says. */
  readonly url: string
  /** The access token beside the proof. */
  readonly token?: string | undefined
  /**
   * Whether the proof may have this nonce, given as it came, undefined without one (RFC 9449 8, 9). The answer for a
   * nonce may be the epoch second from which on it is not accepted any more: then the nonce says when the proof was
   * made, and the clock of the client need not be right (RFC 9449 4.3, step 11).
   */
  readonly acceptsNonce: (nonce: unknown) => boolean | { readonly until: number }
  /** Epoch seconds. */
  readonly now: number
}

/** What a good proof says. That it is used once is for who keeps the memory of that. */
export type Proof = {
  /** The thumbprint of its key (RFC 9449 6.1). */
  readonly jkt: string
  readonly jti: string
  readonly nonce: unknown
  /** Epoch seconds from which on it is not accepted any more, so that its `jti` may be forgotten. */
  readonly until: number
}

/** `reason` quotes the proof. */
export type ProofFault = {
  readonly code: 'invalid_dpop_proof' | 'use_dpop_nonce'
  readonly reason: string
}

const maxLength = 8192
const longestId = 200
/** Keys that are kept imported: a client shows the same one with every request. */
const mostKeys = 500
const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Checks proofs by these rules. What costs little is looked at before the signature. */
export function proofReader(
  rules: ProofRules,
): (text: string, target: ProofTarget) => Promise<Proof | ProofFault> {
  const known = new Map<string, KeyObject>()

  function keyOf(jwk: Jwk, alg: Algorithm, name: string): { key: KeyObject } | { fault: string } {
    const kept = known.get(name)
    if (kept) return { key: kept }
    const imported = importKey(jwk, alg)
    if ('fault' in imported) return imported
    const [oldest] = known.keys()
    if (known.size >= mostKeys && oldest !== undefined) known.delete(oldest)
    known.set(name, imported.key)
    return imported
  }

  return async (text, target) => {
    const [, header = '', payload = '', signature = ''] =
      (text.length <= maxLength && compact.exec(text)) || []
    const [named, claims] = [readObject(header), readObject(payload)]
    if (!named || !claims) return bad(`no compact JWS of at most ${maxLength} characters`)
    const signer = readHeader(named, rules)
    if ('code' in signer) return signer
    const said = judge(claims, target, rules)
    if ('code' in said) return said
    const { alg, jwk } = signer
    const jkt = thumbprint(jwk)
    const found = keyOf(jwk, alg, `${alg} ${jkt}`)
    if ('fault' in found) return bad(`its key: ${found.fault}`)
    const bytes = Buffer.from(signature, 'base64url')
    return (await hasSigned(alg, found.key, `${header}.${payload}`, bytes))
      ? { ...said, jkt }
      : bad('its signature is wrong')
  }
}

function readHeader(
  { typ, alg, crit, jwk }: Record<string, unknown>,
  { algorithms }: ProofRules,
): { alg: Algorithm; jwk: Jwk } | ProofFault {
  // RFC 7515 4.1.9: the prefix may be left out.
  if (typeof typ !== 'string' || !/^(application\/)?dpop\+jwt$/i.test(typ))
    return bad(`typ is ${told(typ)}, not dpop+jwt`)
  if (!isAlgorithm(alg) || !algorithms.includes(alg)) return bad(`alg ${told(alg)} is not accepted`)
  // RFC 7515 4.1.11: whoever does not know an extension must refuse it, and none is known here.
  if (crit !== undefined) return bad('crit in its header')
  if (!isObject(jwk)) return bad('no jwk in its header')
  // Each time: keys are cached by their thumbprint, which says nothing of what they are for (CF03).
  const fault = keyFault(jwk) ?? purposeFault(jwk, alg)
  return fault === undefined ? { alg, jwk } : bad(`its key: ${fault}`)
}

function judge(
  { htm, htu, nonce, iat, jti, ath, exp, nbf }: Record<string, unknown>,
  { method, url, token, acceptsNonce, now }: ProofTarget,
  { maxAge, maxAhead }: ProofRules,
): Omit<Proof, 'jkt'> | ProofFault {
  if (htm !== method) return bad(`htm is ${told(htm)}, not ${method}`)
  const expected = comparable(url)
  if (typeof htu !== 'string' || expected === undefined || comparable(htu) !== expected)
    return bad(`htu is ${told(htu)}, not ${expected}`)
  // Before the clock is looked at: a client whose clock is wrong is told what is asked first.
  const nonceFits = acceptsNonce(nonce)
  if (nonceFits === false) return { code: 'use_dpop_nonce', reason: `nonce is ${told(nonce)}` }
  if (!isTime(iat)) return bad('iat is missing or no time')
  // With a nonce that is dated, what the client's clock said is the time that its other claims are compared with.
  const [clock, until] = nonceFits === true ? [now, iat + maxAge] : [iat, nonceFits.until]
  if (iat + maxAge <= clock || iat - maxAhead > clock) return bad('iat is too old or in the future')
  // Neither is asked for, but what says of itself that it does not count does not (RFC 7519 4.1.4, 4.1.5).
  if (exp !== undefined && !(isTime(exp) && exp + maxAhead > clock)) return bad('exp is over or no time')
  if (nbf !== undefined && !(isTime(nbf) && nbf - maxAhead <= clock)) return bad('nbf is ahead or no time')
  if (typeof jti !== 'string' || jti === '' || jti.length > longestId)
    return bad('jti is missing or too long')
  if (token !== undefined && ath !== hash('sha256', token, 'base64url'))
    return bad('ath is not of this token')
  return { jti, nonce, until }
}

const bad = (reason: string): ProofFault => ({ code: 'invalid_dpop_proof', reason })

/** A value from outside, never deeper than a stack is. */
function told(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  return value === undefined ? 'missing' : 'no text'
}

/** An http URL with a host and no user, in full. What URL would read into another text is left out (PC14). */
const absolute = /^https?:\/\/[^/?#@\s\\\p{Cc}]+(?:[/?#][^\s\\\p{Cc}]*)?$/iu

/**
 * Without query and fragment (RFC 9449 4.3), normalised as RFC 3986 6.2.2 and 6.2.3 have it; undefined for what is
 * no absolute URL.
 */
function comparable(text: string): string | undefined {
  if (!absolute.test(text) || !URL.canParse(text)) return undefined
  const { origin, pathname } = new URL(text)
  const path = pathname.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : octet.toUpperCase()
  })
  return origin + path
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    return parseObject(utf8.decode(Buffer.from(part, 'base64url')))
  } catch {
    return undefined
  }
}
