// Owns how strongly a person was authenticated, as OIDC Core 2 (acr) and RFC 8176 (amr) name it.

/** How a person proved who they are. */
export type Authentication = { readonly acr: string; readonly amr: string[] }

export const passwordAcr = 'urn:grantor:acr:pwd'
/** Two factors: something known and something held. */
export const secondFactorAcr = 'urn:grantor:acr:mfa'
/** Phishing-resistant: any WebAuthn (OpenID Connect EAP ACR Values 1.0). */
export const phishingResistantAcr = 'phr'

/** Weakest first; what discovery publishes as acr_values_supported. */
export const acrValues: readonly string[] = [passwordAcr, secondFactorAcr, phishingResistantAcr]

export const byPassword: Authentication = { acr: passwordAcr, amr: ['pwd'] }

/**
 * A one-time code of an app, or one that was kept for the day the app is lost: two factors with what was proven before,
 * which is said by that alone (EN04).
 */
export const byCode: Authentication = { acr: secondFactorAcr, amr: ['otp', 'mfa'] }

/**
 * User verification is always asked for, so that a passkey is two factors by itself.
 * @param synced the key may be copied to other devices: software, as far as anybody can tell
 */
export function byPasskey({ synced }: { synced: boolean }): Authentication {
  return { acr: phishingResistantAcr, amr: [synced ? 'swk' : 'pop', 'user', 'mfa'] }
}

/** A session that has proven `more` on top: the stronger acr, and every method. */
export function raised({ acr, amr }: Authentication, more: Authentication): Authentication {
  return {
    acr: atLeast(acr, more.acr) ? acr : more.acr,
    amr: [...new Set([...amr, ...more.amr])],
  }
}

export function atLeast(acr: string, wanted: string): boolean {
  return acrValues.indexOf(acr) >= acrValues.indexOf(wanted)
}

/** The least of several values that would do; undefined when none is known here. */
export function weakest(values: readonly unknown[]): string | undefined {
  return acrValues.find((acr) => values.includes(acr))
}

/**
 * The `acr` to tell: of the values that were asked for, the strongest that the session meets, since a client
 * compares with what it asked for; the session's own where none was.
 */
export function toldAcr(acr: string, asked: readonly unknown[]): string {
  return acrValues.findLast((value) => asked.includes(value) && atLeast(acr, value)) ?? acr
}
