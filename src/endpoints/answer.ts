// Owns answering an app through the person's browser: by query or by form, always with state and iss (RFC 9207).
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { redirectTo, sendPage } from '../http/respond.js'
import { formPostPage } from '../pages/form-post.js'
import type { Messages } from '../pages/messages/en.js'
import type { PageAction } from '../pages/props.js'
import { isStateLength, type Reply } from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import type { OAuthError } from '../protocol/error.js'
import { leavesForApp, redirectLocation, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { findCurrentConsent } from './current-consent.js'
import { errorDetails, problemPage } from './problem.js'
import { findVisitor } from './session.js'
import { frameOf } from './views.js'

/** Where the answer goes and how; it can only be made of a verified redirect. */
export type Addressee = {
  readonly client: Client
  readonly redirect: VerifiedRedirect
  readonly reply: Reply
  /** Keeps what the app is sent, before it leaves. */
  readonly keep?: ((params: ResponseParams) => Promise<void>) | undefined
}

/** The parameters of an authorization response, without those that every one has. */
export type ResponseParams = Readonly<Record<string, string | undefined>>

export async function answer(
  c: Context,
  deps: Deps,
  addressee: Addressee,
  params: ResponseParams,
): Promise<Response> {
  const { redirect, reply, keep } = addressee
  await keep?.(params)
  const all = withState(deps, addressee, params)
  if (reply.responseMode === 'query') return redirectTo(c, redirect, all)
  return sendPage(c, formPostPage({ ...frameOf(c, deps), action: redirect.uri, fields: fieldsOf(all) }))
}

/** Bytes of a redirect with a `state` beyond the limit: not every browser and server takes longer addresses. */
const maxLocation = 8192

/**
 * RFC 6749 4.1.2.1: `state` comes back as it was received, so it is never cut. One that is too long for a request
 * comes back with the error, unless the redirect would be too long for an address (AZ09).
 */
function withState(deps: Deps, { redirect, reply }: Addressee, params: ResponseParams): ResponseParams {
  const { state, responseMode } = reply
  const iss = deps.config.issuer
  const all = { ...params, state, iss }
  if (responseMode !== 'query' || isStateLength(state)) return all
  return redirectLocation(redirect, all).length < maxLocation ? all : { ...params, iss }
}

function fieldsOf(params: ResponseParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/**
 * Tells the app that it will get no code. An app that registered itself could use this to send people wherever it
 * wants (RFC 9700 4.11.2, RU11). So the user must have done something here first, or have allowed this app before.
 */
export async function refuse(
  c: Context,
  deps: Deps,
  addressee: Addressee,
  error: OAuthError,
  { interacted }: { interacted: boolean },
): Promise<Response> {
  const { client } = addressee
  const reason = error.detail.reason ?? error.description
  deps.log.info({ clientId: client.id, code: error.code, reason }, 'authorization refused')
  const params = { error: error.code, error_description: error.description }
  if (!client.verified && !interacted && !(await hasAllowed(c, deps, client))) {
    return problemPage(c, deps, {
      kind: 'invalid_request',
      status: 400,
      actions: (m) => returnActions(m, deps, addressee, params),
      details: errorDetails(error, { clientId: client.id }),
    })
  }
  return answer(c, deps, addressee, params)
}

/**
 * The error by a button, for an app on the user's own device that registered itself: a command-line tool waits for a
 * response, and one that stays on the device leads nobody to another site (RU11). None for an app of the web.
 */
function returnActions(m: Messages, deps: Deps, addressee: Addressee, params: ResponseParams): PageAction[] {
  const { redirect, reply } = addressee
  if (!leavesForApp(redirect.uri)) return []
  const all = withState(deps, addressee, params)
  const toApp =
    reply.responseMode === 'query'
      ? { href: redirectLocation(redirect, all) }
      : { post: { action: redirect.uri, fields: fieldsOf(all) } }
  return [{ label: m.actions.backToTheApp, toApp }]
}

/** Whether the user who is signed in here has allowed this client, as it is registered now. */
async function hasAllowed(c: Context, deps: Deps, client: Client): Promise<boolean> {
  const visitor = await findVisitor(c, deps)
  return visitor !== undefined && (await findCurrentConsent(deps, visitor.user.sub, client)) !== undefined
}
