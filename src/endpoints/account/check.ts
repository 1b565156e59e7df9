// Owns /account/check: everything that gives access to the account, to be removed in one step.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import { checkPage } from '../../pages/check.js'
import { accessOf } from '../account-access.js'
import { createAudit } from '../audit.js'
import { tellChange } from '../notify.js'
import { pageApp } from '../problem.js'
import { renewSession, type Visitor } from '../session.js'
import { disconnect } from './connections.js'
import { accountFrame } from './frame.js'
import { turnOffTwoStep } from './turn-off-two-step.js'
import { requireForm, requireVisitor } from './visitor.js'

export function check(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store } = deps
  const path = `${deps.config.issuerPath}/account/check` as const

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/check')
    return visitor instanceof Response ? visitor : show(c, deps, visitor)
  })

  app.post(path, async (c) => {
    const visitor = await requireForm(c, deps, '/account/check')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const { passkeys, apps } = await accessOf(deps, user.sub)
    const chosen = passkeys.filter(({ id }) => params.all('passkey').includes(id))
    const twoStep = params.get('two_step') === '1' && !user.secondFactorRequired
    // With the last one gone nobody could sign in any more.
    if (chosen.length === passkeys.length && chosen.length > 0 && !user.hasPassword) {
      return show(c, deps, visitor, 422, { kind: 'last' })
    }
    for (const { clientId } of apps) {
      if (params.all('app').includes(clientId)) await disconnect(c, deps, audit, user.sub, clientId)
    }
    for (const { id } of chosen) {
      if (await store.passkeys.remove(id, user.sub))
        await audit(c, { type: 'user.passkey_removed', sub: user.sub })
    }
    if (chosen.length > 0) tellChange(c, deps, user, 'passkey_removed')
    if (twoStep) await turnOffTwoStep(c, deps, audit, user)
    if (chosen.length > 0 || twoStep) await renewSession(c, deps, visitor)
    return seeOther(c, path as `/${string}`)
  })

  return app
}

async function show(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  status = 200,
  error?: { kind: 'last' },
): Promise<Response> {
  const { user } = visitor
  const { passkeys, totp, apps } = await accessOf(deps, user.sub)
  const base = `${deps.config.issuerPath}/account`
  const page = checkPage({
    ...accountFrame(c, deps, visitor, 'overview'),
    action: `${base}/check`,
    passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      created: createdAt,
      lastUsed: lastUsedAt,
    })),
    twoStep: totp && { since: totp.createdAt, required: user.secondFactorRequired },
    apps,
    sessionsHref: `${base}/sessions`,
    connectionsHref: `${base}/connections`,
    error,
  })
  return sendPage(c, page, status)
}
