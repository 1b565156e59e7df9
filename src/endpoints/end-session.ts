// Owns /end-session (OIDC RP-Initiated Logout 1.0): signing out, and the way back that an app has registered.
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { form, query } from '../http/body.js'
import { redirectTo, seeOther, sendPage } from '../http/respond.js'
import { leavingPage } from '../pages/leaving.js'
import { loggedOutPage } from '../pages/logged-out.js'
import { logoutPage } from '../pages/logout.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { type Params, requireSingle } from '../protocol/params.js'
import { matchPostLogoutRedirect, redirectLocation, type VerifiedRedirect } from '../protocol/redirect-uri.js'
import { canonicalIdentifier } from '../protocol/user.js'
import { type IdTokenHint, readIdTokenHint } from '../tokens/id-token.js'
import { type Audit, createAudit } from './audit.js'
import { moveToGet } from './cross-site-post.js'
import type { Ending } from './end-sessions.js'
import { logoutFrames } from './front-channel.js'
import { forgedPage, ownForm } from './interaction.js'
import { errorDetails, pageApp, problemPage } from './problem.js'
import {
  endSession as endOwnSession,
  endSessionBySid,
  findOthers,
  findVisitor,
  type Visitor,
} from './session.js'
import { accountOf, appOf, frameOf } from './views.js'

/** What is asked for, and how much of it is proven. */
type LogoutRequest = {
  /** A genuine ID token of ours, expired or not. */
  hint?: IdTokenHint | undefined
  client?: Client | undefined
  /** Only with a hint: without one nothing ties the address to a person who was signed in there. */
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

export function endSession(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const path = `${deps.config.issuerPath}/end-session`

  app.get(path, (c) => begin(c, deps, query(c), audit))

  app.post(path, async (c) => {
    const params = await form(c)
    requireSingle(params)
    const moved = moveToGet(c, deps, new URLSearchParams(fieldsOf(params)))
    return moved ?? begin(c, deps, params, audit)
  })

  app.post(`${path}/confirm`, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    const request = await readRequest(c, deps, params)
    if (request instanceof Response) return request
    const visitor = await whoLeaves(c, deps, request)
    if (!visitor) return signOut(c, deps, request, audit)
    if (!csrfMatches(deps.secrets.csrf, params.get('csrf'), 'session', visitor.handle)) {
      return forgedPage(c, deps, path)
    }
    const decision = params.get('decision')
    if (decision === 'allow') {
      const disconnect = params.get('disconnect_apps') === '1'
      return signOut(c, deps, request, audit, { disconnect, sub: visitor.user.sub })
    }
    if (decision === 'deny') return seeOther(c, `${deps.config.issuerPath}/account` as `/${string}`)
    return askFirst(c, deps, request, visitor)
  })

  return app
}

async function begin(c: Context, deps: Deps, params: Params, audit: Audit): Promise<Response> {
  const request = await readRequest(c, deps, params)
  if (request instanceof Response) return request
  const visitor = await whoLeaves(c, deps, request)
  // A link on any page could lead here: without a token for this very person they are asked (LO02).
  if (visitor && request.hint?.sub !== visitor.user.sub) return askFirst(c, deps, request, visitor)
  return signOut(c, deps, request, audit, { disconnect: false, sub: visitor?.user.sub })
}

/** Whom the ID token or the hint names, if they are signed in in this browser; else who is at the moment. */
async function whoLeaves(
  c: Context,
  deps: Deps,
  { hint, logoutHint }: LogoutRequest,
): Promise<Visitor | undefined> {
  const current = await findVisitor(c, deps)
  const named = logoutHint === undefined ? undefined : canonicalIdentifier(logoutHint)
  const isMeant = ({ user: { sub, username, email } }: Visitor) =>
    hint
      ? sub === hint.sub
      : [username, email].some((name) => name !== undefined && canonicalIdentifier(name) === named)
  if (current && isMeant(current)) return current
  return (await findOthers(c, deps)).find(isMeant) ?? current
}

/** Every check of RP-Initiated Logout 2 and 3; a refusal is a page, never a redirect (LO01). */
async function readRequest(c: Context, deps: Deps, params: Params): Promise<LogoutRequest | Response> {
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
    return refusal(c, deps, error, { received: clientId, clientId: hint.clientId })
  }
  const uri = params.get('post_logout_redirect_uri')
  if (uri === undefined || hint === undefined) return request
  const redirect = client && !client.disabled ? matchPostLogoutRedirect(client, uri) : undefined
  if (redirect) return { ...request, redirect }
  const description = 'post_logout_redirect_uri is not registered for this client'
  const error = new OAuthError('invalid_request', description, { parameter: 'post_logout_redirect_uri' })
  return refusal(c, deps, error, { received: uri, clientId })
}

async function askFirst(c: Context, deps: Deps, request: LogoutRequest, visitor: Visitor): Promise<Response> {
  const present = [await findVisitor(c, deps), ...(await findOthers(c, deps))]
  const page = logoutPage({
    ...frameOf(c, deps, request.locales),
    action: `${deps.config.issuerPath}/end-session/confirm`,
    csrf: csrfToken(deps.secrets.csrf, 'session', visitor.handle),
    account: accountOf(visitor.user),
    others: present.some((one) => one !== undefined && one.user.sub !== visitor.user.sub),
    disconnect: true,
    app: request.hint && request.client && appOf(request.client),
    fields: request.fields,
  })
  return sendPage(c, page)
}

async function signOut(
  c: Context,
  deps: Deps,
  request: LogoutRequest,
  audit: Audit,
  { disconnect, sub: who }: Ending & { sub?: string | undefined } = { disconnect: false },
): Promise<Response> {
  const { hint, client, redirect, state } = request
  const frames = await logoutFrames(c, deps, who)
  const ended = await endOwnSession(c, deps, { disconnect }, who)
  const elsewhere = hint?.sid !== undefined && hint.sid !== ended?.sid ? hint : undefined
  const endedThere =
    elsewhere?.sid !== undefined && (await endSessionBySid(deps, elsewhere.sub, elsewhere.sid))
  const [sub, sid] = ended ? [ended.sub, ended.sid] : endedThere ? [hint?.sub, hint?.sid] : []
  // A token that ends nothing writes nothing, however often it is sent (EX02).
  if (sub !== undefined) {
    await audit(c, { type: 'user.signed_out', sub, clientId: client?.id, sessionId: sid })
  }
  const frame = frameOf(c, deps, request.locales)
  if (redirect && frames.length > 0) {
    return sendPage(c, leavingPage({ ...frame, frames, onward: redirectLocation(redirect, { state }) }))
  }
  if (redirect) return redirectTo(c, redirect, { state })
  const app = hint && client ? appOf(client) : undefined
  return sendPage(c, loggedOutPage({ ...frame, app, frames }))
}

function refusal(
  c: Context,
  deps: Deps,
  error: OAuthError,
  more: { received?: string | undefined; clientId?: string | undefined },
): Response {
  const href = `${deps.config.issuerPath}/end-session`
  return problemPage(c, deps, {
    kind: 'logout',
    status: 400,
    actions: (m) => [{ label: m.logout.submit, href }],
    details: errorDetails(error, more),
  })
}

function fieldsOf(params: Params): Record<string, string> {
  return Object.fromEntries(carried.flatMap((name) => params.all(name).map((value) => [name, value])))
}
