// Owns what a person sees when there is nowhere safe to send them: one page per kind of problem.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { cookieKinds, cookieName } from '../http/cookies.js'
import { sendPage } from '../http/respond.js'
import { errorPage } from '../pages/error.js'
import type { Messages } from '../pages/messages/en.js'
import { pickMessages } from '../pages/messages/pick.js'
import type { PageAction, PageDetail } from '../pages/props.js'
import { OAuthError } from '../protocol/error.js'
import { StoreConflict, StoreUnavailable } from '../store/fault.js'
import { frameOf } from './views.js'

export type ProblemKind = keyof Messages['problems']

export type Problem = {
  kind: ProblemKind
  status: number
  /** In the place of the sentence that the kind has. */
  explanation?: ((m: Messages) => string) | undefined
  /** Preferred languages of the request, before the browser's. */
  locales?: readonly string[] | undefined
  actions?: ((m: Messages) => PageAction[]) | undefined
  details?: ((m: Messages) => PageDetail[]) | undefined
  headers?: Record<string, string> | undefined
}

export function problemPage(c: Context, deps: Deps, problem: Problem): Response {
  const frame = frameOf(c, deps, problem.locales)
  const m = pickMessages(frame.locales)
  const { title, explanation: ofKind } = m.problems[problem.kind]
  const explanation = problem.explanation?.(m) ?? ofKind
  const actions = problem.actions?.(m) ?? []
  const details = [...(problem.details?.(m) ?? []), ...requestDetails(c, m)]
  const page = errorPage({ ...frame, title, explanation, actions, details })
  return sendPage(c, page, problem.status, problem.headers)
}

/** The developer's part of a page about a refused request; `received` is shown escaped, never as a link. */
export function errorDetails(
  error: OAuthError,
  more: { received?: string | undefined; nearest?: string | undefined; clientId?: string | undefined } = {},
): (m: Messages) => PageDetail[] {
  return (m) =>
    [
      { label: m.details.error, value: error.code },
      { label: m.details.description, value: error.description },
      { label: m.details.parameter, value: error.detail.parameter },
      { label: m.details.received, value: more.received },
      { label: m.details.difference, value: more.nearest },
      { label: m.details.clientId, value: more.clientId },
    ].filter((detail): detail is PageDetail => detail.value !== undefined)
}

/** What the request said about where it went, beside what we are called: the commonest reason for lost cookies. */
export function addressDetails(c: Context, deps: Deps): (m: Messages) => PageDetail[] {
  const { host } = new URL(c.req.url)
  const forwarded = [c.req.header('x-forwarded-proto'), c.req.header('x-forwarded-host')]
  return (m) => [
    { label: m.details.openedAt, value: c.req.header('origin') ?? c.req.header('host') ?? host },
    { label: m.details.issuer, value: deps.config.issuer },
    { label: m.details.forwarded, value: forwarded.map((value) => value ?? '-').join(', ') },
  ]
}

/**
 * Answers anything that was thrown with a page. Where the server failed, a session that was begun is not handed out:
 * its record may be missing from the audit trail, or its row from the database (AD08).
 */
export function failurePage(c: Context, deps: Deps, error: unknown): Response {
  const requestId: unknown = c.get('requestId')
  if (!(error instanceof OAuthError) || error.status >= 500) {
    for (const name of ['Set-Cookie', 'Location']) c.header(name, undefined)
  }
  // A conflict: a row was deleted while we worked on it, and asking again gets the proper answer.
  if (error instanceof StoreUnavailable || error instanceof StoreConflict) {
    deps.log.error({ requestId, err: error }, 'store unavailable')
    return problemPage(c, deps, { kind: 'unavailable', status: 503 })
  }
  if (!(error instanceof OAuthError)) {
    deps.log.error({ requestId, err: error }, 'unexpected failure')
    return problemPage(c, deps, { kind: 'server_error', status: 500 })
  }
  deps.log.info({ requestId, code: error.code, reason: error.detail.reason ?? error.description }, 'refused')
  const kind = kindOf(error, deps)
  return problemPage(c, deps, {
    kind,
    status: error.status,
    actions: kind === 'twin_cookies' ? (m) => reloadActions(c, m) : undefined,
    details: errorDetails(error),
    headers: error.headers,
  })
}

/** A part of the app whose failures are pages, whatever the request says it accepts. */
export function pageApp(deps: Deps): Hono {
  const app = new Hono()
  app.onError((error, c) => failurePage(c, deps, error))
  return app
}

/** The same page again; none for a form, which a link cannot send. */
function reloadActions({ req }: Context, m: Messages): PageAction[] {
  const { pathname, search } = new URL(req.url)
  const isOurs = req.method === 'GET' && !pathname.startsWith('//')
  return isOurs ? [{ label: m.actions.tryAgain, href: pathname + search }] : []
}

function kindOf(error: OAuthError, { config }: Deps): ProblemKind {
  const cookies = cookieKinds.map((kind) => cookieName(config, kind))
  if (cookies.includes(error.detail.parameter ?? '')) return 'twin_cookies'
  if (error.status === 403) return 'forged'
  if (error.status === 404) return 'not_found'
  if (error.status === 413) return 'too_large'
  if (error.status === 414) return 'address_too_long'
  if (error.status === 429) return 'too_many_requests'
  if (error.status === 503) return 'unavailable'
  return error.status >= 500 ? 'server_error' : 'invalid_request'
}

function requestDetails(c: Context, m: Messages): PageDetail[] {
  const id: unknown = c.get('requestId')
  return typeof id === 'string' ? [{ label: m.details.requestId, value: id }] : []
}
