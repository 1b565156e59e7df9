// Removal of second factors that a user cannot prove: requested by password, announced by mail, stopped by its link.

import type { Context, Hono } from 'hono'
import { matchesHash, newHandle, newId, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { stopRemovalPage } from '../pages/lost-factor.js'
import { noticePage } from '../pages/notice.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { User } from '../protocol/user.js'
import type { FactorRemoval } from '../store/store.js'
import { accessOf } from './account-access.js'
import { type Audit, createAudit } from './audit.js'
import { formToken, isOwnForm } from './browser.js'
import { forgedPage, ownForm } from './interaction.js'
import { tell } from './notify.js'
import { pageApp } from './problem.js'
import { frameOf } from './views.js'

/** Seconds between the mail and the removal: long enough for a user who is away over a weekend. */
export const removalDelay = 72 * 3600

const path = '/stop-factor-removal'

/** Whether a mail with which the removal can be stopped reaches the user. */
export function canAnnounce({ mail }: Pick<Deps, 'mail'>, { email, emailVerified }: User): boolean {
  return mail.kind !== 'none' && email !== undefined && emailVerified
}

/** Plans the removal and mails the link that stops it; one that is planned already goes on as it is. */
export async function planRemoval(c: Context, deps: Deps, audit: Audit, user: User): Promise<void> {
  const { store, now, random, config } = deps
  const requestedAt = now()
  const id = newId(requestedAt, random)
  const { handle, hash } = newHandle(id, random)
  const dueAt = requestedAt + removalDelay
  const planned = { sub: user.sub, id, secretHash: hash, requestedAt, dueAt }
  if (!(await store.factorRemovals.request(planned))) return
  await audit(c, { type: 'user.factor_removal_planned', sub: user.sub, detail: { due_at: dueAt } })
  const { passkeys, totp } = await accessOf(deps, user.sub)
  // Without the mail the user could not stop it: it is never due before the mail has left.
  const settle = async (sent: boolean) => {
    if (sent) await store.factorRemovals.announced(id, now())
    else await cancelRemoval(c, deps, audit, { sub: user.sub, by: 'mail not sent' })
  }
  const onSettled = (sent: boolean) =>
    void settle(sent).catch((err: unknown) =>
      deps.log.error({ err, sub: user.sub, sent }, 'a removal of second factors was not brought up to date'),
    )
  const link = issuerUrl(config.issuer, `${path}/${handle}`)
  const factors = { passkeys: passkeys.map(({ name }) => name), twoStep: totp !== undefined }
  tell(
    c,
    deps,
    user,
    (happened) => ({ kind: 'factorRemoval', ...happened, ...factors, dueAt, link }),
    onSettled,
  )
}

/** True for the one call that stopped it. */
async function cancelRemoval(
  c: Context,
  { store }: Pick<Deps, 'store'>,
  audit: Audit,
  { sub, by }: { readonly sub: string; readonly by: string },
): Promise<boolean> {
  if (!(await store.factorRemovals.cancel(sub))) return false
  await audit(c, { type: 'user.factor_removal_stopped', sub, detail: { by } })
  return true
}

/** Serves /stop-factor-removal: the link works once, and for a user who is not signed in. */
export function stopFactorRemoval(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = `${deps.config.issuerPath}${path}/:handle{[0-9A-Za-z._-]{1,100}}`

  app.get(route, async (c) => {
    const removal = await findRemoval(c, deps)
    if (!removal) return dead(c, deps)
    const page = stopRemovalPage({
      ...frameOf(c, deps),
      action: c.req.path,
      csrf: formToken(c, deps, path),
      dueAt: removal.dueAt,
    })
    return sendPage(c, page)
  })

  app.post(route, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    if (!isOwnForm(c, deps, path, params)) return forgedPage(c, deps, c.req.path)
    const removal = await findRemoval(c, deps)
    if (!removal || !(await cancelRemoval(c, deps, audit, { sub: removal.sub, by: 'mail' })))
      return dead(c, deps)
    const { issuerPath } = deps.config
    const actions = [
      { kind: 'newPassword', href: `${issuerPath}/forgot-password` },
      { kind: 'signIn', href: `${issuerPath}/login` },
    ] as const
    return sendPage(c, noticePage({ ...frameOf(c, deps), kind: 'removal_stopped', actions }))
  })

  return app
}

async function findRemoval(c: Context, { store }: Deps): Promise<FactorRemoval | undefined> {
  const parsed = parseHandle(c.req.param('handle') ?? '')
  const removal = parsed && (await store.factorRemovals.findById(parsed.id))
  return removal && matchesHash(parsed.secret, removal.secretHash) ? removal : undefined
}

function dead(c: Context, deps: Deps): Response {
  const actions = [{ kind: 'signIn', href: `${deps.config.issuerPath}/login` }] as const
  const page = noticePage({ ...frameOf(c, deps), kind: 'dead_link', actions, failed: true })
  return sendPage(c, page, 410)
}
