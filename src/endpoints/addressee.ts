// Owns the two questions before any redirect: which app is this, and may it be answered there (AZ01, RU01).
import type { Context } from 'hono'
import type { DocumentFault } from '../clients/documents.js'
import type { Deps } from '../deps.js'
import { senderKey } from '../http/client-address.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { matchRedirect, selfRegisteredSchemeFault, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { errorDetails, type ProblemKind, problemPage } from './problem.js'
import { backActions } from './views.js'

/** The client and its verified redirect, or the page that says why there is none; never a redirect. */
export async function addresseeOf(
  c: Context,
  deps: Deps,
  clientId: string | undefined,
  { uri, openid }: { uri: string | undefined; openid: boolean },
): Promise<{ client: Client; redirect: VerifiedRedirect } | Response> {
  const client =
    clientId === undefined ? undefined : await deps.clients.current(clientId, senderKey(c, deps.config))
  if (client && 'fault' in client) return faultPage(c, deps, client, clientId)
  if (!client || client.disabled) {
    const description = clientId === undefined ? 'client_id is missing' : 'client_id names no active client'
    const error = new OAuthError('invalid_request', description, { parameter: 'client_id' })
    const kind = client ? 'disabled_client' : 'unknown_client'
    return problemPage(c, deps, { kind, status: 400, details: errorDetails(error, { received: clientId }) })
  }
  const match = matchRedirect(client, uri, { openid })
  if (!('mismatch' in match)) return { client, redirect: match }
  const foreign =
    uri === undefined || client.verified
      ? undefined
      : selfRegisteredSchemeFault(uri, deps.config.nativeSchemes)
  const how = match.mismatch === 'missing' ? 'missing' : 'not registered for this client'
  const description = `redirect_uri is ${how}${foreign === undefined ? '' : `: ${foreign}`}`
  const error = new OAuthError('invalid_request', description, { parameter: 'redirect_uri' })
  deps.log.info({ clientId: client.id, redirectUri: uri, nearest: match.nearest }, 'redirect_uri refused')
  return problemPage(c, deps, {
    kind: 'redirect_uri',
    status: 400,
    actions: (m) => backActions(m, deps, client),
    details: errorDetails(error, { received: uri, nearest: match.nearest, clientId: client.id }),
  })
}

const faults: Record<DocumentFault['fault'], { kind: ProblemKind; status: number }> = {
  refused: { kind: 'app_not_admitted', status: 400 },
  disabled: { kind: 'disabled_client', status: 400 },
  invalid: { kind: 'app_document', status: 400 },
  unreadable: { kind: 'app_document', status: 400 },
  busy: { kind: 'too_many_requests', status: 429 },
}

/** Client ID Metadata Document 4: nobody knows where this app could be answered, so the person is told. */
function faultPage(
  c: Context,
  deps: Deps,
  { fault, description }: DocumentFault,
  clientId?: string,
): Response {
  const error = new OAuthError('invalid_client', description, { parameter: 'client_id' })
  const { pathname, search } = new URL(c.req.url)
  return problemPage(c, deps, {
    ...faults[fault],
    actions: (m) =>
      fault === 'refused' || fault === 'disabled' || c.req.method !== 'GET'
        ? []
        : [{ label: m.actions.tryAgain, href: `${pathname}${search}` }],
    details: errorDetails(error, { received: clientId }),
    ...(fault === 'busy' && { headers: { 'Retry-After': '60' } }),
  })
}
