// Owns cross-origin access to the endpoints that browser apps call; never /authorize (OAuth 2.1 3.1).

/**
 * Open to every origin because it opens nothing: these endpoints take no cookies, and the answer never allows
 * credentials. Error answers carry it too, or a browser app could not read what went wrong.
 */
export const corsHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
}

/** The answer to a preflight, beside `corsHeaders`. */
export function preflightHeaders(methods: readonly string[]): Record<string, string> {
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
    'access-control-max-age': '86400',
  }
}
