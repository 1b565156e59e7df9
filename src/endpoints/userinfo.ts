// Owns UserInfo (OIDC Core 5.3), the one API of this server itself, with the challenges of RFC 6750 3.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { form } from '../http/body.js'
import { jsonSender } from '../http/json.js'
import { userClaims } from '../protocol/claims.js'
import { type ErrorCode, OAuthError } from '../protocol/error.js'
import { requireSingle } from '../protocol/params.js'
import { readAccessToken } from '../tokens/access-token.js'

export function userinfo(deps: Deps): Hono {
  const send = jsonSender(deps.config, { open: true })
  const answer = async (c: Context) => send(await describePerson(await bearerToken(c), deps))
  const path = `${deps.config.issuerPath}/userinfo`
  return new Hono().get(path, answer).post(path, answer)
}

async function describePerson(text: string, deps: Deps): Promise<object> {
  const token = await readAccessToken(text, deps)
  if (!token) throw challenge('invalid_token', 'the access token is unknown, expired or revoked')
  if (!token.scope.includes('openid')) {
    // Meant for us but without permission, or not meant for us at all (JW08).
    throw token.aud === deps.config.issuer
      ? challenge('insufficient_scope', 'the scope openid is needed', 'openid')
      : challenge('invalid_token', 'the access token is for another resource')
  }
  const user = await deps.store.users.find(token.sub)
  if (!user) throw challenge('invalid_token', 'the person is gone')
  return userClaims(user, token.scope, token.grant.claims, 'userinfo')
}

/**
 * The token, from the header or the form, never from the URL (OAuth 2.1 5.1).
 * @throws OAuthError a bare challenge when there is none (RFC 6750 3.1)
 */
async function bearerToken(c: Context): Promise<string> {
  const header = c.req.header('authorization')
  const inBody = await bodyToken(c)
  if (header === undefined) {
    if (inBody !== undefined) return inBody
    throw new OAuthError('invalid_token', 'an access token is needed', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    })
  }
  if (inBody !== undefined) throw new OAuthError('invalid_request', 'send the access token in one place only')
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header) ?? []
  if (token !== undefined) return token
  if (/^Bearer\b/i.test(header)) throw challenge('invalid_token', 'the access token is malformed')
  throw new OAuthError('invalid_token', 'the Bearer scheme is needed', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}

/** RFC 6750 2.2: a form body, which a POST need not have. */
async function bodyToken(c: Context): Promise<string | undefined> {
  if (c.req.method !== 'POST' || c.req.header('content-type') === undefined) return undefined
  const type = c.req.header('content-type')?.toLowerCase()
  if (!type?.startsWith('application/x-www-form-urlencoded')) return undefined
  const params = await form(c)
  requireSingle(params)
  return params.get('access_token')
}

function challenge(code: ErrorCode, description: string, scope?: string): OAuthError {
  const named = scope === undefined ? '' : `, scope="${scope}"`
  return new OAuthError(code, description, {
    headers: { 'WWW-Authenticate': `Bearer error="${code}", error_description="${description}"${named}` },
  })
}
