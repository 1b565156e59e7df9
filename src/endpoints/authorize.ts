// Owns /authorize (OAuth 2.1 4.1.1, OIDC Core 3.1.2): a request becomes a code, an error, or an interaction.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { form, query } from '../http/body.js'
import { seeOther } from '../http/respond.js'
import {
  type AuthorizationRequest,
  asksOpenid,
  parseAuthorization,
  readReply,
} from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import type { Params } from '../protocol/params.js'
import { addresseeOf } from './addressee.js'
import { refuse } from './answer.js'
import { moveToGet } from './cross-site-post.js'
import { beginInteraction, findForm, findOpen, findOwn, findUnexpired, routeOf } from './interaction.js'
import { issueCode } from './issue.js'
import { continueJourney, findErrand, nextStep, proceed } from './journey.js'
import { pageApp } from './problem.js'
import { type Asked, answerOnce, readAsked, stalePage } from './pushed-request.js'
import { queryOf } from './query.js'
import { refuseUnsigned } from './request-object.js'
import { findOthers, findVisitor } from './session.js'

export function authorize(deps: Deps): Hono {
  const app = pageApp(deps)
  const path = `${deps.config.issuerPath}/authorize`
  const resume = routeOf(deps, 'authorize')

  app.get(path, (c) => begin(c, deps, query(c)))

  app.post(path, async (c) => begin(c, deps, await form(c)))

  app.get(resume, async (c) => {
    const own = await (c.req.query('sent') === undefined ? findOpen : findUnexpired)(c, deps)
    const journey = own instanceof Response ? own : await continueJourney(c, deps, own)
    return journey instanceof Response ? journey : proceed(c, deps, journey)
  })

  app.post(`${resume}/restart`, async (c) => {
    const own = await findForm(c, deps, 'authorize', findOwn)
    if (own instanceof Response) return own
    const { request } = own.interaction
    if (!request) return seeOther(c, `${deps.config.issuerPath}/account` as `/${string}`)
    const errand = await findErrand(c, deps, request)
    if (errand instanceof Response) return errand
    const { pushed } = request
    const isOver = own.interaction.completedAt !== undefined || (pushed && pushed.until <= deps.now())
    if (pushed && isOver) return stalePage(c, deps, errand.client)
    return beginInteraction(c, deps, { kind: 'authorize', clientId: errand.client.id, request })
  })

  return app
}

/** Every check, in the order of OAuth 2.1 4.1.1 and 4.1.2.1: until the redirect is verified, errors are pages. */
async function begin(c: Context, deps: Deps, sent: Params): Promise<Response> {
  const asked = await readAsked(c, deps, sent)
  if (asked instanceof Response) return asked
  const { params, pushed } = asked
  const twice = params.repeated.find((name) => name === 'client_id' || name === 'redirect_uri')
  if (twice !== undefined) {
    throw new OAuthError('invalid_request', 'a parameter came more than once', { parameter: twice })
  }
  const where = { uri: params.get('redirect_uri'), openid: asksOpenid(params) }
  const found = await addresseeOf(c, deps, params.get('client_id'), where)
  if (found instanceof Response) return found
  const addressee = { ...found, reply: readReply(params, found.client, found.redirect) }
  const { client } = found
  const request = await parse(deps, asked, client)
  const once = (answer: () => Response | Promise<Response>) => answerOnce(c, deps, { client, pushed }, answer)
  const failed = request instanceof OAuthError
  // Of a client that registered itself, errors go to the app or on a page: that depends on who is signed in.
  const needsCookies = !failed || !client.verified
  const moved = c.req.method === 'POST' && needsCookies && moveToGet(c, deps, queryOf(sent))
  if (moved) return moved
  if (failed) return once(() => refuse(c, deps, addressee, request, { interacted: false }))
  const errand = { ...addressee, request }
  const visitor = await findVisitor(c, deps)
  const others = !visitor && (await findOthers(c, deps)).length > 0
  const step = await nextStep(deps, errand, { visitor, others }, { accountChosen: false })
  if (step.at === 'fail') return once(() => refuse(c, deps, addressee, step.error, { interacted: false }))
  if (step.at === 'issue' && visitor)
    return once(() => issueCode(c, deps, errand, visitor, { consented: false }))
  return beginInteraction(c, deps, { kind: 'authorize', clientId: client.id, request })
}

/** The fault of a request is a value: it belongs to the app, while anything thrown belongs on a page. */
async function parse(
  { store, config }: Deps,
  { params, pushed, signed, fault }: Asked,
  client: Client,
): Promise<AuthorizationRequest | OAuthError> {
  if (fault) return fault
  const resources = await store.resources.all()
  try {
    if (!pushed && client.metadata.require_pushed_authorization_requests) {
      throw new OAuthError('invalid_request', 'this client must push its authorization requests')
    }
    if (!pushed && !signed) refuseUnsigned(client)
    return { ...parseAuthorization(params, client, resources, config.issuer), pushed }
  } catch (error) {
    if (error instanceof OAuthError) return error
    throw error
  }
}
