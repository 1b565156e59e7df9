// Owns /end-session (OIDC RP-Initiated Logout 1.0): signing out, and the way back that an app has registered.
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { form, query } from '../http/body.js'
import { redirectTo, seeOther, sendPage } from '../http/respond.js'
import { leavingPage } from '../pages/leaving.js'
import { loggedOutPage } from '../pages/logged-out.js'
import { logoutPage } from '../pages/logout.js'
import { type Params, requireSingle } from '../protocol/params.js'
import { redirectDestination, redirectLocation } from '../protocol/redirect-uri.js'
import { canonicalIdentifier } from '../protocol/user.js'
import { type Audit, createAudit } from './audit.js'
import { type Browser, findBrowser, nameBrowser } from './browser.js'
import { moveToGet } from './cross-site-post.js'
import type { Ending } from './end-sessions.js'
import { logoutFrames } from './front-channel.js'
import { forgedPage, ownForm } from './interaction.js'
import { fieldsOf, type LogoutRequest, readLogout } from './logout-request.js'
import { pageApp } from './problem.js'
import {
  endSession as endOwnSession,
  endSessionBySid,
  findOthers,
  findVisitor,
  type Visitor,
} from './session.js'
import { accountOf, appOf, frameOf } from './views.js'

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
    const request = await readLogout(c, deps, params)
    if (request instanceof Response) return request
    const visitor = await whoLeaves(c, deps, request)
    const sub = visitor?.user.sub
    const shown = params.get('account') ?? sub
    const browser = findBrowser(c, deps)
    const genuine =
      browser !== undefined &&
      shown !== undefined &&
      csrfMatches(deps.secrets.csrf, params.get('csrf'), ...formContext(browser, shown))
    const decision = params.get('decision')
    const confirmed = genuine && decision === 'allow'
    // The second press of the button: the first one has signed out, and this one leads where that did (BR06).
    if (!visitor) return signOut(c, deps, request, audit, { disconnect: false, confirmed })
    if (!genuine || shown !== sub) return forgedPage(c, deps, path)
    if (confirmed) {
      const disconnect = params.get('disconnect_apps') === '1'
      return signOut(c, deps, request, audit, { disconnect, sub, confirmed })
    }
    if (decision === 'deny') return seeOther(c, `${deps.config.issuerPath}/account` as `/${string}`)
    return askFirst(c, deps, request, visitor)
  })

  return app
}

async function begin(c: Context, deps: Deps, params: Params, audit: Audit): Promise<Response> {
  const request = await readLogout(c, deps, params)
  if (request instanceof Response) return request
  const visitor = await whoLeaves(c, deps, request)
  // A link on any page could lead here: without a token for this very person they are asked (LO02).
  if (visitor && request.hint?.sub !== visitor.user.sub) return askFirst(c, deps, request, visitor)
  const confirmed = request.hint !== undefined
  return signOut(c, deps, request, audit, { disconnect: false, sub: visitor?.user.sub, confirmed })
}

/** The form is for this browser and for the account on the page, whose session the first press may have ended. */
function formContext({ secret }: Browser, sub: string): string[] {
  return ['/end-session', secret, sub]
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

async function askFirst(c: Context, deps: Deps, request: LogoutRequest, visitor: Visitor): Promise<Response> {
  const { hint, client, redirect } = request
  const present = [await findVisitor(c, deps), ...(await findOthers(c, deps))]
  const page = logoutPage({
    ...frameOf(c, deps, request.locales),
    action: `${deps.config.issuerPath}/end-session/confirm`,
    csrf: csrfToken(deps.secrets.csrf, ...formContext(nameBrowser(c, deps), visitor.user.sub)),
    account: accountOf(visitor.user),
    others: present.some((one) => one !== undefined && one.user.sub !== visitor.user.sub),
    disconnect: true,
    app: hint && client && appOf(client),
    // Anybody can write a link that names an app: only where it leads is certain.
    backTo:
      !hint && client && redirect
        ? { ...appOf(client), host: redirectDestination(redirect).text }
        : undefined,
    fields: { ...request.fields, account: visitor.user.sub },
  })
  return sendPage(c, page)
}

type SigningOut = Ending & {
  /** Who leaves, if anybody is signed in. */
  sub?: string | undefined
  /** By an ID token of ours, or by the button of our page. */
  confirmed: boolean
}

async function signOut(
  c: Context,
  deps: Deps,
  request: LogoutRequest,
  audit: Audit,
  { disconnect, sub: who, confirmed }: SigningOut,
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
  if (redirect && confirmed && frames.length > 0) {
    return sendPage(c, leavingPage({ ...frame, frames, onward: redirectLocation(redirect, { state }) }))
  }
  if (redirect && confirmed) return redirectTo(c, redirect, { state })
  const app = (hint || redirect) && client ? appOf(client) : undefined
  // A page of ours does not lead on to an app that nobody has checked.
  const onwardHref = redirect && client?.verified ? redirectLocation(redirect, { state }) : undefined
  return sendPage(c, loggedOutPage({ ...frame, app, onwardHref, frames }))
}
