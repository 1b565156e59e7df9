// Owns scope strings (RFC 6749 3.3) and the scopes that belong to the server itself (OIDC Core 5.4, 11).
import { OAuthError } from './error.js'

export const oidcScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'] as const

export function isOidcScope(name: string): boolean {
  return (oidcScopes as readonly string[]).includes(name)
}

/** Asks who the user is; `offline_access` asks for a refresh token alone. */
export function isIdentityScope(name: string): boolean {
  return isOidcScope(name) && name !== 'offline_access'
}

const maxBytes = 2048
const maxTokens = 100

/** Whether this is one scope token: %x21 / %x23-5B / %x5D-7E (RFC 6749 3.3). */
export function isScopeToken(text: string): boolean {
  return /^[!#-[\]-~]+$/.test(text)
}

/**
 * Splits a scope string into its tokens, each once, in their order.
 * @throws OAuthError invalid_scope for illegal characters, over 2 KiB or over 100 tokens (AZ08).
 */
export function parseScope(text: string): string[] {
  const fail = (description: string) => new OAuthError('invalid_scope', description, { parameter: 'scope' })
  if (text.length > maxBytes) throw fail(`scope is longer than ${maxBytes} characters`)
  const tokens = text.split(' ').filter((token) => token !== '')
  if (tokens.length > maxTokens) throw fail(`scope has more than ${maxTokens} entries`)
  if (!tokens.every(isScopeToken)) throw fail('scope holds a character that no scope may hold')
  return [...new Set(tokens)]
}

export function formatScope(scope: readonly string[]): string {
  return scope.join(' ')
}
