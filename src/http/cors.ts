// Owns cross-origin access to the endpoints that browser apps call; never /authorize (OAuth 2.1 3.1).

/**
 * Open to every origin because it opens nothing: these endpoints take no cookies, and the answer never allows
 * credentials. Error answers carry it too, or a browser app could not read what went wrong.
 */
export const corsHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Retry-After',
}

/** Headers that our clients send; the answer names them also where they were not asked for. */
const usualHeaders = ['Authorization', 'Content-Type', 'DPoP', 'MCP-Protocol-Version']
/** Characters of a list that is answered. A browser asks for the headers that a script has set, a few dozen at most. */
const longestList = 1024

/**
 * The answer to a preflight, beside `corsHeaders`. Tracing and fetch libraries add headers of their own
 * (`traceparent`, `X-Requested-With`): each name is allowed, since a header opens nothing that a program of any other
 * kind could not send.
 * @param asked Access-Control-Request-Headers, as it came
 */
export function preflightHeaders(
  methods: readonly string[],
  asked: string | undefined,
): Record<string, string> {
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': [...usualHeaders, ...otherNames(asked)].join(', '),
    'access-control-max-age': '86400',
    vary: 'Access-Control-Request-Headers',
  }
}

/** The names of a list that are not the usual ones, once each; `*` would be a wildcard (RFC 9110 5.1, 5.6.2; Fetch 3.3.3). */
function otherNames(asked = ''): string[] {
  if (asked.length > longestList) return []
  const names = asked.split(',').map((name) => name.trim().toLowerCase())
  const usual = usualHeaders.map((name) => name.toLowerCase())
  return [...new Set(names)].filter(
    (name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && name !== '*' && !usual.includes(name),
  )
}
