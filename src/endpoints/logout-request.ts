// Reads a request to /end-session (OIDC RP-Initiated Logout 1.0, 2 and 3), or says why it is not valid.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { appName } from '../pages/layout.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, requireSingle } from '../protocol/params.js'
import { matchPostLogoutRedirect, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { type IdTokenHint, readIdTokenHint } from '../tokens/id-token.js'
import { errorDetails, problemPage } from './problem.js'

/** What is asked for, and how much of it is proven. */
export type LogoutRequest = {
  /** A genuine ID token of ours, expired or not. */
  hint?: IdTokenHint | undefined
  client?: Client | undefined
  /** Registered for the client. Without a hint, only a user who has pressed a button is led there (LO01). */
  redirect?: VerifiedRedirect | undefined
  state?: string | undefined
  /** A user name or address (RP-Initiated Logout 2); who is meant, where nothing proves it. */
  logoutHint?: string | undefined
  locales: string[]
  /** To be read again when the person has answered. */
  fields: Record<string, string>
}

/** Characters: more of them would only cost time (HT13). */
const longestLocales = 1024
const longestHint = 512

const carried = [
  'id_token_hint',
  'logout_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
  'ui_locales',
]

/** Every check of RP-Initiated Logout 2 and 3; a refusal is a page, never a redirect (LO01). */
export async function readLogout(c: Context, deps: Deps, params: Params): Promise<LogoutRequest | Response> {
  requireSingle(params)
  const token = params.get('id_token_hint')
  const hint = token === undefined ? undefined : await readIdTokenHint(token, deps)
  const clientId = params.get('client_id') ?? hint?.clientId
  const client = clientId === undefined ? undefined : await deps.clients.known(clientId)
  const asked = params.get('ui_locales') ?? ''
  const locales = asked.slice(0, longestLocales).split(' ')
  const logoutHint = params.get('logout_hint')?.slice(0, longestHint)
  const request = { hint, client, locales, logoutHint, state: params.get('state'), fields: fieldsOf(params) }
  if (hint !== undefined && clientId !== hint.clientId) {
    const error = new OAuthError('invalid_request', 'id_token_hint was issued to another client', {
      parameter: 'client_id',
    })
    return refusal(c, deps, error, { received: clientId, clientId: hint.clientId, locales })
  }
  const uri = params.get('post_logout_redirect_uri')
  // Without a hint the client has to be named (3). What is no token of ours counts as an attack, and leads nowhere.
  const named = hint !== undefined || (token === undefined && clientId !== undefined)
  if (uri === undefined || !named) return request
  if (!client || client.disabled) {
    const description = 'client_id names no active client'
    const error = new OAuthError('invalid_request', description, { parameter: 'client_id' })
    return refusal(c, deps, error, { received: clientId, locales })
  }
  const redirect = matchPostLogoutRedirect(client, uri)
  if (redirect) return { ...request, redirect }
  const description = 'post_logout_redirect_uri is not registered for this client'
  const error = new OAuthError('invalid_request', description, { parameter: 'post_logout_redirect_uri' })
  const { client_name: app } = client.metadata
  return refusal(c, deps, error, { received: uri, clientId, app, locales })
}

type Refused = {
  received?: string | undefined
  clientId?: string | undefined
  locales: readonly string[]
  /** Whose address is not registered. */
  app?: string | undefined
}

function refusal(c: Context, deps: Deps, error: OAuthError, { app, locales, ...more }: Refused): Response {
  const href = `${deps.config.issuerPath}/end-session`
  return problemPage(c, deps, {
    kind: 'logout',
    explanation: app === undefined ? undefined : (m) => m.logout.unregistered(appName(m, app)),
    status: 400,
    locales,
    actions: (m) => [{ label: m.logout.submit, href }],
    details: errorDetails(error, more),
  })
}

/** As they came, to be read again. */
export function fieldsOf(params: Params): Record<string, string> {
  return Object.fromEntries(carried.flatMap((name) => params.all(name).map((value) => [name, value])))
}
