// Which claims about a user an ID token carries (OIDC Core 5.4), and what it leaves out when it would be too long.
import type { Client } from './client.js'

export const idTokenClaimsModes = ['scope', 'minimal'] as const

/**
 * `scope`: the claims of the granted scopes; `minimal`: only those that the `claims` parameter names. Many apps never ask
 * UserInfo, so `scope` is for clients that an administrator registered; a client that registered itself has `minimal`.
 */
export function idTokenClaimsMode({
  verified,
  metadata,
}: Pick<Client, 'verified' | 'metadata'>): (typeof idTokenClaimsModes)[number] {
  return metadata.id_token_claims ?? (verified ? 'scope' : 'minimal')
}

/** Bytes of JSON. With a header, and a signature by one of our RSA keys (3,072 bits), a token stays below 4,000 characters. */
const maxPayloadBytes = 2500

/** What apps need most comes first; claims that belong together are in the ID token together or not at all. */
const byImportance: readonly (readonly string[])[] = [
  ['email', 'email_verified'],
  ['name'],
  ['preferred_username'],
  ['given_name'],
  ['family_name'],
  ['locale'],
  ['zoneinfo'],
  ['nickname'],
  ['phone_number', 'phone_number_verified'],
  ['updated_at'],
  ['middle_name'],
  ['birthdate'],
  ['gender'],
  ['picture'],
  ['profile'],
  ['website'],
  ['address'],
]

/**
 * The payload of an ID token: the claims of the protocol, and as many claims about the user as fit. Claims that were asked
 * for by name come first. What is left out is at UserInfo.
 * @param named names of the claims that the `claims` parameter asks for
 */
export function idTokenPayload(
  user: Readonly<Record<string, unknown>>,
  protocol: Readonly<Record<string, unknown>>,
  named: readonly string[],
): Record<string, unknown> {
  // First, so that nothing about the user can stand in for a claim of the protocol (JW16).
  const whole = { ...user, ...protocol }
  if (bytesOf(whole) <= maxPayloadBytes) return whole
  const present = Object.keys(user).filter((name) => !Object.hasOwn(protocol, name))
  const listed = new Set(byImportance.flat())
  const groups = [...byImportance, ...present.filter((name) => !listed.has(name)).map((name) => [name])]
  const isNamed = (group: readonly string[]) => group.some((name) => named.includes(name))
  const order = [...groups.filter(isNamed), ...groups.filter((group) => !isNamed(group))]
  const fitting: Record<string, unknown> = {}
  let left = maxPayloadBytes - bytesOf(protocol)
  for (const group of order) {
    const claims = Object.fromEntries(
      group.filter((name) => present.includes(name)).map((name) => [name, user[name]]),
    )
    // A comma takes the place of the braces.
    const bytes = bytesOf(claims) - 1
    if (bytes > left) continue
    Object.assign(fitting, claims)
    left -= bytes
  }
  return { ...fitting, ...protocol }
}

function bytesOf(claims: Readonly<Record<string, unknown>>): number {
  return Buffer.byteLength(JSON.stringify(claims))
}
