// Owns claims about a person: which exist, which scope or `claims` parameter releases which, and where.
import { OAuthError } from './error.js'
import { isObject, isStorableJson, unstorable } from './json.js'
import type { User } from './user.js'

/** The claims that each scope releases (OIDC Core 5.4). */
export const scopeClaims = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const satisfies Record<string, readonly string[]>

/** What discovery publishes as claims_supported. */
export const supportedClaims: readonly string[] = [
  'sub',
  ...Object.values(scopeClaims).flat(),
  'auth_time',
  'acr',
  'amr',
]

/** One claim as asked for: values that would satisfy the client, best first (OIDC Core 5.5.1). */
export type ClaimAsk = { essential: boolean; values?: (string | number | boolean)[] | undefined }

/** The parsed `claims` parameter (OIDC Core 5.5), holding only claims that exist here. */
export type ClaimsRequest = { idToken: Record<string, ClaimAsk>; userinfo: Record<string, ClaimAsk> }

const maxBytes = 8192
const maxDepth = 16

/**
 * Parses the `claims` parameter. Unknown members and claims are passed over, as 5.5 says, and so are claims that
 * belong to a scope which the client may not ask for.
 * @param listed the only scopes that it may ask for; absent when it may ask for all
 * @throws OAuthError invalid_request for over 8 KiB, JSON that is none or deeper than 16, and wrong shapes (AZ21)
 */
export function parseClaims(text: string, listed?: readonly string[]): ClaimsRequest {
  if (Buffer.byteLength(text) > maxBytes) throw badClaims(`claims is longer than ${maxBytes} bytes`)
  if (!isStorableJson(text)) throw badClaims(`claims holds ${unstorable}`)
  if (isDeep(text)) throw badClaims('claims is nested too deeply')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw badClaims('claims is not JSON', cause)
  }
  const members = objectOf(parsed)
  const parse = (name: string) => parseMember(members.get(name), (claim) => mayAsk(claim, listed))
  return { idToken: parse('id_token'), userinfo: parse('userinfo') }
}

function mayAsk(claim: string, listed: readonly string[] | undefined): boolean {
  const scope = scopeOf(claim)
  return scope === undefined || listed === undefined || listed.includes(scope)
}

/** The scope that releases a claim; undefined for those of the protocol itself. */
function scopeOf(claim: string): string | undefined {
  return Object.entries<readonly string[]>(scopeClaims).find(([, names]) => names.includes(claim))?.[0]
}

/** The scopes whose claims are asked for by name: in their words the person is asked about them. */
export function scopesOfClaims(claims: ClaimsRequest | undefined): string[] {
  const names = [...Object.keys(claims?.idToken ?? {}), ...Object.keys(claims?.userinfo ?? {})]
  return [...new Set(names.flatMap((name) => scopeOf(name) ?? []))]
}

/**
 * What may be said about a user: the claims of these scopes, and those that the `claims` parameter asks for at this
 * target (OIDC Core 5.4, 5.5). Claims without a value are left out. `sub` is always there.
 */
export function userClaims(
  user: User,
  scope: readonly string[],
  claims: ClaimsRequest | undefined,
  target: 'id_token' | 'userinfo',
): Record<string, unknown> {
  const asked = Object.keys((target === 'id_token' ? claims?.idToken : claims?.userinfo) ?? {})
  const byScope = Object.entries(scopeClaims).flatMap(([name, list]) => (scope.includes(name) ? list : []))
  // Only what says something about a person: `sub`, `acr` and their like are not theirs to say (JW16).
  const byName = asked.filter((name) => scopeOf(name) !== undefined)
  const released: ReadonlySet<string> = new Set<string>([...byScope, ...byName])
  const known = Object.entries(allClaims(user)).filter(
    ([name, value]) => released.has(name) && value !== undefined,
  )
  return { sub: user.sub, ...Object.fromEntries(known) }
}

function allClaims(user: User): Record<string, unknown> {
  const { phone_number, phone_number_verified, ...rest } = user.claims
  return {
    ...rest,
    ...(phone_number === undefined
      ? {}
      : { phone_number, phone_number_verified: phone_number_verified ?? false }),
    ...(user.email === undefined ? {} : { email: user.email, email_verified: user.emailVerified }),
    preferred_username: user.username,
    updated_at: user.updatedAt,
  }
}

function parseMember(member: unknown, mayAsk: (claim: string) => boolean): Record<string, ClaimAsk> {
  if (member === undefined || member === null) return {}
  const asks = [...objectOf(member)]
    .filter(([name]) => supportedClaims.includes(name) && mayAsk(name))
    .map(([name, ask]) => [name, parseAsk(ask)] as const)
  return Object.fromEntries(asks)
}

function parseAsk(ask: unknown): ClaimAsk {
  if (ask === null) return { essential: false }
  const members = objectOf(ask)
  const essential = members.get('essential') ?? false
  const list = members.get('values') ?? (members.has('value') ? [members.get('value')] : undefined)
  if (typeof essential !== 'boolean') throw badClaims('essential is neither true nor false in claims')
  if (list === undefined) return { essential }
  if (!Array.isArray(list) || !list.every(isScalar)) throw badClaims('a value in claims has a wrong type')
  return { essential, values: list }
}

/** The members of a JSON object, as a map: no name of theirs can reach a prototype. */
function objectOf(value: unknown): Map<string, unknown> {
  if (!isObject(value)) throw badClaims('claims has something else where an object belongs')
  const members = new Map(Object.entries(value))
  if (members.has('__proto__')) throw badClaims('claims has a member that no object may have')
  return members
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

/** Counts brackets outside strings, so that depth is known before anything recursive sees the text. */
function isDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (quoted) continue
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (depth > maxDepth) return true
  }
  return false
}

function badClaims(description: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', description, { parameter: 'claims', cause })
}
