// Owns /account/sessions: every place where a person is signed in, and ending any of them.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import type { SessionView } from '../../pages/account-props.js'
import { pageSize } from '../../pages/page-size.js'
import { sessionsPage } from '../../pages/sessions.js'
import { createAudit } from '../audit.js'
import { endOneSession, endOtherSessions } from '../end-sessions.js'
import { pageApp, problemPage } from '../problem.js'
import type { Visitor } from '../session.js'
import { accountFrame } from './frame.js'
import { entryForm, requireForm, requireVisitor, wasListed } from './visitor.js'

export function sessions(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store } = deps
  const path = `${deps.config.issuerPath}/account/sessions` as const
  // Not below the other: beside `:session/end` it would be a path that the router has to search for.
  const others = `${deps.config.issuerPath}/account/end-other-sessions` as const

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/sessions')
    if (visitor instanceof Response) return visitor
    const ended = Number(c.req.query('ended'))
    const { views, next } = await viewsOf(deps, visitor, c.req.query('before')?.slice(0, 64))
    const page = sessionsPage({
      ...accountFrame(c, deps, visitor, 'sessions'),
      sessions: views,
      moreHref: next && `${path}?before=${encodeURIComponent(next)}`,
      endOthers: { action: others },
      notice:
        Number.isInteger(ended) && ended > 0 ? { kind: 'ended', count: Math.min(ended, 1000) } : undefined,
    })
    return sendPage(c, page)
  })

  app.post(others, async (c) => {
    const visitor = await requireForm(c, deps, '/account/sessions')
    if (visitor instanceof Response) return visitor
    const disconnect = visitor.params.get('disconnect_apps') === '1'
    const ended = await endOtherSessions(deps, visitor, { disconnect })
    const { user, session } = visitor
    const detail = { ended, disconnected: disconnect }
    await audit(c, { type: 'user.signed_out_elsewhere', sub: user.sub, sessionId: session.sid, detail })
    return seeOther(c, `${path}?ended=${ended}` as `/${string}`)
  })

  app.post(`${path}/:session/end`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/sessions')
    if (visitor instanceof Response) return visitor
    const session = await store.sessions.find(c.req.param('session'))
    // Somebody else's is as unknown as one that never was (AC04).
    if (!session && wasListed(deps, visitor, c.req.param('session')))
      return seeOther(c, `${path}?ended=1` as `/${string}`)
    if (!session || session.sub !== visitor.user.sub) {
      return problemPage(c, deps, { kind: 'not_found', status: 404 })
    }
    const disconnect = visitor.params.get('disconnect_apps') === '1'
    await endOneSession(deps, session, { disconnect })
    const detail = { disconnected: disconnect }
    await audit(c, { type: 'session.revoked', sub: session.sub, sessionId: session.sid, detail })
    return seeOther(c, `${path}?ended=1` as `/${string}`)
  })

  return app
}

/** A page of those signed in last: last seen first, and on the first page this one before all. */
async function viewsOf(
  deps: Deps,
  visitor: Visitor,
  before: string | undefined,
): Promise<{ views: SessionView[]; next: string | undefined }> {
  const { user, session: own } = visitor
  const page = { sub: user.sub, now: deps.now(), before, limit: pageSize + 1 }
  const found = await deps.store.sessions.newest(page)
  const shown = found.slice(0, pageSize)
  const next = found.length > pageSize ? shown.at(-1)?.id : undefined
  const others = shown.filter(({ id }) => id !== own.id)
  const listed = before === undefined ? [own, ...others] : others
  const order = (a: SessionView, b: SessionView) => Number(b.own) - Number(a.own) || b.lastSeen - a.lastSeen
  const views = listed.map(({ id, browser, system, ip, createdAt, lastSeenAt, amr, kept }) => ({
    id,
    own: id === own.id,
    browser,
    system,
    address: ip,
    started: createdAt,
    lastSeen: lastSeenAt,
    amr,
    kept,
    end: entryForm(deps, visitor, { action: `${deps.config.issuerPath}/account/sessions/${id}/end`, id }),
  }))
  return { views: views.sort(order), next }
}
