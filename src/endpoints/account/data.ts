// Owns /account/data: everything that is kept about a person, to take along or to delete.
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../../crypto/csrf.js'
import type { Deps } from '../../deps.js'
import { sendPage } from '../../http/respond.js'
import type { DeletePageProps } from '../../pages/account-props.js'
import { dataPage, deletePage } from '../../pages/data.js'
import { noticePage } from '../../pages/notice.js'
import { auditRetention } from '../../protocol/audit-retention.js'
import { canonicalIdentifier } from '../../protocol/user.js'
import { createAudit } from '../audit.js'
import { type Browser, findBrowser, nameBrowser } from '../browser.js'
import { tellChange } from '../notify.js'
import { pageApp } from '../problem.js'
import { endSession, findVisitor, type Visitor } from '../session.js'
import { frameOf } from '../views.js'
import { exportOf } from './export.js'
import { accountFrame } from './frame.js'
import { requireForm, requireVisitor } from './visitor.js'

const utf8 = new TextEncoder()

export function data(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const base = deps.config.issuerPath

  app.get(`${base}/account/data`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/data')
    if (visitor instanceof Response) return visitor
    const page = dataPage({
      ...accountFrame(c, deps, visitor, 'data'),
      exportHref: `${base}/account/data/export`,
      deleteHref: `${base}/account/delete`,
    })
    return sendPage(c, page)
  })

  app.get(`${base}/account/data/export`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/data')
    if (visitor instanceof Response) return visitor
    const { user, session } = visitor
    await audit(c, { type: 'user.data_exported', sub: user.sub, sessionId: session.sid })
    // Names and programs that others have chosen are in it: no browser must ever take it for a page.
    const chunks = exportOf(deps, user)
    const text = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(utf8.encode(value.replaceAll('<', '\\u003c')))
      },
      cancel: async () => void (await chunks.return(undefined)),
    })
    return c.body(text, 200, {
      'Content-Type': 'application/json',
      'Content-Disposition': 'attachment; filename="account.json"',
      'Cache-Control': 'no-store',
    })
  })

  app.get(`${base}/account/delete`, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/delete')
    return visitor instanceof Response ? visitor : showDelete(c, deps, visitor)
  })

  app.post(`${base}/account/delete`, async (c) => {
    if (!(await findVisitor(c, deps)) && (await isDeletedHere(c, deps))) return deleted(c, deps)
    const visitor = await requireForm(c, deps, '/account/delete')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const typed = canonicalIdentifier(params.get('confirm') ?? '')
    if (typed !== canonicalIdentifier(user.username)) {
      return showDelete(c, deps, visitor, 422, { kind: 'mismatch' })
    }
    await endSession(c, deps)
    // First, for a removal that a crash cuts off is finished by the sweep.
    await audit(c, { type: 'user.deleted', sub: user.sub })
    await deps.store.users.remove(user.sub, deps.now())
    tellChange(c, deps, user, 'account_deleted')
    return deleted(c, deps)
  })

  return app
}

/** The second press of the button: nobody is signed in any more, and the account that the form names is gone. */
async function isDeletedHere(c: Context, deps: Deps): Promise<boolean> {
  const browser = findBrowser(c, deps)
  const [sub, proof] = [c.req.query('account'), c.req.query('shown')]
  if (!browser || sub === undefined) return false
  if (!csrfMatches(deps.secrets.csrf, proof, ...deletionContext(browser, sub))) return false
  const user = await deps.store.users.find(sub)
  return user === undefined || deps.store.users.isBeingRemoved(sub)
}

function deletionContext({ secret }: Browser, sub: string): string[] {
  return ['/account/delete', secret, sub]
}

function deleted(c: Context, deps: Deps): Response {
  return sendPage(c, noticePage({ ...frameOf(c, deps), kind: 'account_deleted', actions: [] }))
}

function showDelete(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  status = 200,
  error?: DeletePageProps['error'],
): Response {
  const { sub } = visitor.user
  const shown = csrfToken(deps.secrets.csrf, ...deletionContext(nameBrowser(c, deps), sub))
  const page = deletePage({
    ...accountFrame(c, deps, visitor, 'data'),
    action: `${deps.config.issuerPath}/account/delete?account=${sub}&shown=${shown}`,
    username: visitor.user.username,
    back: `${deps.config.issuerPath}/account/data`,
    auditDays: Math.ceil(auditRetention / 86_400),
    error,
  })
  return sendPage(c, page, status)
}
