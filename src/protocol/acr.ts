// Owns how strongly a person was authenticated, as OIDC Core 2 (acr) and RFC 8176 (amr) name it.

/** Signed in with a password. */
export const passwordAcr = 'urn:grantor:acr:pwd'
export const passwordAmr = ['pwd']

/** What discovery publishes as acr_values_supported. */
export const acrValues: readonly string[] = [passwordAcr]
