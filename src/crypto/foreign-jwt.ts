// Owns reading JWTs that others have made, before anything in them is believed (RFC 7515 7.1, RFC 8725 3).
import { hash } from 'node:crypto'
import { isTime } from '../protocol/json.js'
import { readObject } from './jwt.js'
import { decodeBase64url } from './seal.js'

/** A JWT of somebody else. Its signature is still to be verified. */
export type ForeignJwt = {
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const maxLength = 16_384
const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * Reads a compact JWS whose header and payload are JSON objects; undefined for anything with a second meaning:
 * another spelling of a part, a member that is there twice, a header with `crit` (none is understood here).
 */
export function readForeignJwt(text: string): ForeignJwt | undefined {
  const parts = text.length <= maxLength ? compact.exec(text) : null
  const [, first = '', second = '', signature = ''] = parts ?? []
  if (!parts || !decodeBase64url(signature)) return undefined
  const header = readObject(first)
  const claims = readObject(second)
  if (!header || !claims || Object.hasOwn(header.value, 'crit')) return undefined
  if (repeatsMember(header.text) || repeatsMember(claims.text)) return undefined
  return { text, header: header.value, claims: claims.value }
}

/** Whether an object in this JSON, which is valid, has two members of one name: parsers differ in which one counts. */
function repeatsMember(json: string): boolean {
  const open: Set<unknown>[] = []
  let latest = '""'
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ':') latest = token
    else {
      const name: unknown = JSON.parse(latest)
      const members = open.at(-1)
      if (members?.has(name)) return true
      members?.add(name)
    }
  }
  return false
}

/** Its type as types are compared, `jwt` where it says none; empty for what is no text (RFC 7515 4.1.9, RFC 8725 3.11). */
export function typeOf({ typ = 'jwt' }: ForeignJwt['header']): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
}

/** Under which key, and how long, it is remembered that this one of its issuer was used (RFC 7519 4.1.7). */
export function useOf(
  purpose: string,
  issuer: string,
  { claims }: Pick<ForeignJwt, 'claims'>,
): [key: string, until: number] {
  const key = hash('sha256', JSON.stringify([purpose, issuer, claims.jti]), 'base64url')
  return [key, Math.ceil(Number(claims.exp))]
}

const skew = 60

/** What is wrong with its times, in words (RFC 7519 4.1); `now` and what it may live at most are in seconds. */
export function timeFault(
  claims: ForeignJwt['claims'],
  now: number,
  longestLife: number,
): string | undefined {
  const { exp, iat = now, nbf = iat } = claims
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf)) return 'exp, iat or nbf of the assertion is no time'
  if (iat > now + skew || nbf > now + skew) return 'iat or nbf of the assertion is in the future'
  if (exp <= now) return 'the assertion has expired'
  return exp - iat > longestLife ? `the assertion lives longer than ${longestLife} seconds` : undefined
}

/** The same for one that need not end. */
export function openTimeFault(claims: ForeignJwt['claims'], now: number): string | undefined {
  return timeFault({ exp: now + 1, ...claims }, now, Number.POSITIVE_INFINITY)
}
