// Owns what a pushed request stands for at /authorize (RFC 9126 4): found by its reference, answered once.
import { hash } from 'node:crypto'
import type { Context } from 'hono'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { senderKey } from '../http/client-address.js'
import type { Pushed } from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, readParams } from '../protocol/params.js'
import { anonymous } from './origin.js'
import { errorDetails, problemPage } from './problem.js'
import { openRequest } from './request-object.js'
import { backActions } from './views.js'

export const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:'

/** Seconds after a reference has expired in which an interaction that began with it may end. */
const usableAfter = 1200

/** What a request asks for, in whichever way it came. */
export type Asked = {
  readonly params: Params
  readonly pushed?: Pushed | undefined
  /** It came in a request object that the client has signed. */
  readonly signed?: boolean
  /** Of its request object, when the parameters beside that are all there is to answer by. */
  readonly fault?: OAuthError | undefined
}

/**
 * The parameters that count: those that were pushed, if there is a reference to them, or those of a request object;
 * and then of those beside it only `client_id`. The page instead, when there is nothing under this reference, or for
 * another client.
 */
export async function readAsked(c: Context, deps: Deps, sent: Params): Promise<Asked | Response> {
  const uri = sent.get('request_uri')
  if (!uri?.startsWith(requestUriPrefix))
    return sent.get('request') === undefined ? { params: sent } : readObject(c, deps, sent)
  const twice = sent.repeated.find((name) => name === 'client_id' || name === 'request_uri')
  if (twice !== undefined) {
    throw new OAuthError('invalid_request', 'a parameter came more than once', { parameter: twice })
  }
  const handle = parseHandle(uri.slice(requestUriPrefix.length))
  const found = handle && (await deps.store.pushedRequests.find(handle.id))
  if (!found || !matchesHash(handle.secret, found.hash)) return stalePage(c, deps, undefined)
  const { id, clientId, expiresAt } = found
  if (clientId !== sent.get('client_id')) return stalePage(c, deps, undefined)
  if (expiresAt <= deps.now())
    return stalePage(c, deps, await deps.clients.find(clientId, senderKey(c, deps.config)))
  const query = new URLSearchParams(found.params)
  query.set('client_id', clientId)
  return { params: readParams(query.toString()), pushed: { id, until: expiresAt + usableAfter } }
}

/** An unknown client is left for who looks for its address. */
async function readObject(c: Context, deps: Deps, sent: Params): Promise<Asked> {
  const client = await deps.clients.current(sent.get('client_id') ?? '', senderKey(c, deps.config))
  if (!client || 'fault' in client) return { params: sent }
  try {
    return { params: await openRequest(c, sent, client, deps), signed: true }
  } catch (error) {
    if (error instanceof OAuthError) return { params: sent, fault: error }
    throw error
  }
}

/**
 * Gives the one answer to a request that was pushed, or the page when it has had it: whoever opens it again before, in
 * this tab or another, goes on as if nothing had been (PR02). Other requests are answered each time.
 */
export async function answerOnce(
  c: Context,
  deps: Deps,
  { client, pushed }: { readonly client: Client; readonly pushed: Pushed | undefined },
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  if (pushed === undefined) return answer()
  const { id, until } = pushed
  if (until <= deps.now()) return stalePage(c, deps, client)
  const marker = hash('sha256', `pushed ${id}`, 'base64url')
  const first = await deps.store.replay.once(marker, until, anonymous(c, deps))
  if (!first) return stalePage(c, deps, client)
  await deps.store.pushedRequests.remove(id)
  return answer()
}

export function stalePage(c: Context, deps: Deps, client: Client | undefined): Response {
  const description = 'request_uri is unknown, used or expired, or of another client'
  const error = new OAuthError('invalid_request_uri', description, { parameter: 'request_uri' })
  return problemPage(c, deps, {
    kind: 'stale_request',
    status: 400,
    actions: (m) => backActions(m, deps, client),
    details: errorDetails(error, { clientId: client?.id }),
  })
}
