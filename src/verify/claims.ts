// Owns what an access token says, and whether that makes it one for this API (RFC 9068 2.2, 4).
import { isTime } from '../protocol/json.js'
import { Fault, invalidToken, quoted } from './fault.js'

/** The claims of a verified access token. Times are epoch seconds. Frozen: the same object serves many requests. */
export type AccessClaims = {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly nbf?: number
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  /** Who acts for `sub`, the latest outermost (RFC 8693 4.1). */
  readonly act?: Actor
  readonly cnf?: Confirmation
  readonly status?: unknown
  readonly [name: string]: unknown
}

/** RFC 8693 4.1: only the outermost decides, the rest is history. */
export type Actor = { readonly sub: string; readonly act?: Actor; readonly [name: string]: unknown }

/** RFC 7800: what the sender must prove beside holding the token. */
export type Confirmation = {
  /** RFC 9449 6.1. */
  readonly jkt?: string
  /** RFC 8705 3.1. */
  readonly 'x5t#S256'?: string
}

export type ClaimRules = {
  readonly issuer: string
  readonly audiences: readonly string[]
}

/** Everything that stays true of a token for as long as it lives. @throws Fault invalid_token that names the claim */
export function readClaims(claims: Record<string, unknown>, rules: ClaimRules): AccessClaims {
  const fail = (reason: string): never => {
    throw invalidToken(reason)
  }
  if (claims.iss !== rules.issuer) fail(`iss is ${quoted(claims.iss)}, not ${rules.issuer}`)
  if (!audiencesOf(claims.aud).some((aud) => rules.audiences.includes(aud as string)))
    fail(
      `aud is ${audiencesOf(claims.aud)
        .map((aud) => quoted(aud))
        .join(' and ')}, not ${rules.audiences.join(' or ')}`,
    )
  for (const name of ['sub', 'client_id', 'jti']) {
    if (typeof claims[name] !== 'string' || claims[name] === '') fail(`${name} is missing or no text`)
  }
  for (const name of ['exp', 'iat']) if (!isTime(claims[name])) fail(`${name} is missing or no time`)
  for (const name of ['nbf', 'auth_time']) {
    if (claims[name] !== undefined && !isTime(claims[name])) fail(`${name} is no time`)
  }
  for (const name of ['scope', 'acr']) {
    if (claims[name] !== undefined && typeof claims[name] !== 'string') fail(`${name} is no text`)
  }
  if (claims.act !== undefined && !isActor(claims.act)) fail('act is no actor')
  return frozen(claims) as AccessClaims
}

/** What changes with the clock, so looked at each time. @throws Fault invalid_token */
export function checkTimes({ exp, iat, nbf }: AccessClaims, now: number, tolerance: number): void {
  if (exp + tolerance <= now) throw invalidToken(`expired ${Math.ceil(now - exp)} s ago`)
  if (iat - tolerance > now) throw invalidToken(`iat is ${Math.ceil(iat - now)} s in the future`)
  if (nbf !== undefined && nbf - tolerance > now)
    throw invalidToken(`nbf is ${Math.ceil(nbf - now)} s in the future`)
}

/** What one operation asks of a token. */
export type Requirements = {
  /** All of these, as a list or separated by spaces. */
  readonly scope?: string | readonly string[] | undefined
  /** One of these, the preferred first (RFC 9470 3). */
  readonly acr?: string | readonly string[] | undefined
  /** Seconds since the person signed in (RFC 9470 3). */
  readonly maxAge?: number | undefined
}

/** @throws Fault insufficient_scope (RFC 6750 3.1), insufficient_user_authentication (RFC 9470 3) */
export function checkRequirements(claims: AccessClaims, asked: Requirements, now: number): void {
  const scope = scopesOf(asked)
  if (scope.length > 0) {
    const granted = (claims.scope ?? '').split(' ')
    const missing = scope.filter((name) => !granted.includes(name))
    if (missing.length > 0)
      throw new Fault('insufficient_scope', `without scope ${missing.join(' ')}`, { scope: scope.join(' ') })
  }
  const acr = typeof asked.acr === 'string' ? [asked.acr] : (asked.acr ?? [])
  const { maxAge } = asked
  const acrValues = acr.length > 0 ? acr.join(' ') : undefined
  const stepUp = (reason: string) =>
    new Fault('insufficient_user_authentication', reason, {
      acrValues,
      maxAge,
      scope: scope.join(' ') || undefined,
    })
  if (acr.length > 0 && !acr.includes(claims.acr ?? ''))
    throw stepUp(`acr is ${quoted(claims.acr)}, not ${acr.join(' or ')}`)
  if (maxAge !== undefined && claims.auth_time === undefined) throw stepUp('auth_time is missing')
  if (maxAge !== undefined && now - (claims.auth_time as number) > maxAge)
    throw stepUp(`signed in ${Math.floor(now - (claims.auth_time as number))} s ago, over ${maxAge} s`)
}

export function scopesOf({ scope }: Requirements): string[] {
  return (typeof scope === 'string' ? scope.split(' ') : [...(scope ?? [])]).filter((name) => name !== '')
}

const audiencesOf = (aud: unknown): unknown[] => (Array.isArray(aud) ? aud : [aud])

/** A chain as long as the token is, so without recursion. */
function isActor(value: unknown): boolean {
  let actor = value
  while (actor !== undefined) {
    if (typeof actor !== 'object' || actor === null) return false
    const { sub, act } = actor as { sub?: unknown; act?: unknown }
    if (typeof sub !== 'string' || sub === '') return false
    actor = act
  }
  return true
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}
