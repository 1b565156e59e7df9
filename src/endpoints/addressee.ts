// Owns the two questions before any redirect: which app is this, and may it be answered there (AZ01, RU01).
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { matchRedirect, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { errorDetails, problemPage } from './problem.js'
import { backActions } from './views.js'

/** The client and its verified redirect, or the page that says why there is none; never a redirect. */
export async function addresseeOf(
  c: Context,
  deps: Deps,
  clientId: string | undefined,
  { uri, openid }: { uri: string | undefined; openid: boolean },
): Promise<{ client: Client; redirect: VerifiedRedirect } | Response> {
  const client = clientId === undefined ? undefined : await deps.store.clients.find(clientId)
  if (!client || client.disabled) {
    const description = clientId === undefined ? 'client_id is missing' : 'client_id names no active client'
    const error = new OAuthError('invalid_request', description, { parameter: 'client_id' })
    const kind = client ? 'disabled_client' : 'unknown_client'
    return problemPage(c, deps, { kind, status: 400, details: errorDetails(error, { received: clientId }) })
  }
  const match = matchRedirect(client, uri, { openid })
  if (!('mismatch' in match)) return { client, redirect: match }
  const description = `redirect_uri is ${match.mismatch === 'missing' ? 'missing' : 'not registered for this client'}`
  const error = new OAuthError('invalid_request', description, { parameter: 'redirect_uri' })
  deps.log.info({ clientId: client.id, redirectUri: uri, nearest: match.nearest }, 'redirect_uri refused')
  return problemPage(c, deps, {
    kind: 'redirect_uri',
    status: 400,
    actions: (m) => backActions(m, deps, client),
    details: errorDetails(error, { received: uri, nearest: match.nearest, clientId: client.id }),
  })
}
