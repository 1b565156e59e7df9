// Owns /account/passkeys: adding, naming and removing them.
import type { Context, Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther, sendPage } from '../../http/respond.js'
import type { PasskeysPageProps } from '../../pages/account-props.js'
import { passkeysPage } from '../../pages/passkeys.js'
import { createAudit } from '../audit.js'
import { addPasskey, passkeyName } from '../new-passkey.js'
import { tellChange } from '../notify.js'
import { registrationOptions } from '../passkey.js'
import { pageApp, problemPage } from '../problem.js'
import { renewSession, type Visitor } from '../session.js'
import { accountFrame } from './frame.js'
import { entryForm, requireForm, requireVisitor, wasListed } from './visitor.js'

export function passkeys(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store } = deps
  const path = `${deps.config.issuerPath}/account/passkeys` as const
  const one = `${path}/:passkey{[A-Za-z0-9_-]{1,1400}}` as const

  app.get(path, async (c) => {
    const visitor = await requireVisitor(c, deps, '/account/passkeys')
    return visitor instanceof Response ? visitor : show(c, deps, visitor)
  })

  app.post(path, async (c) => {
    const visitor = await requireForm(c, deps, '/account/passkeys')
    if (visitor instanceof Response) return visitor
    const { user, params } = visitor
    const passkey = { text: params.get('passkey'), name: params.get('name') }
    const added = await addPasskey(c, deps, audit, user, occasionOf(visitor), passkey)
    if (added !== 'added') return show(c, deps, visitor, 422, { kind: added })
    await renewSession(c, deps, visitor)
    return seeOther(c, path as `/${string}`)
  })

  app.post(`${one}/rename`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/passkeys')
    if (visitor instanceof Response) return visitor
    const name = passkeyName(visitor.params.get('name'))
    if (name === undefined) return show(c, deps, visitor, 422, { kind: 'name_missing' })
    const renamed = await store.passkeys.rename(c.req.param('passkey'), visitor.user.sub, name)
    return renamed || wasListed(deps, visitor, c.req.param('passkey'))
      ? seeOther(c, path as `/${string}`)
      : unknown(c, deps)
  })

  app.post(`${one}/remove`, async (c) => {
    const visitor = await requireForm(c, deps, '/account/passkeys')
    if (visitor instanceof Response) return visitor
    const { user } = visitor
    const list = await store.passkeys.listByUser(user.sub)
    const id = c.req.param('passkey')
    const isGone = !list.some((passkey) => passkey.id === id)
    if (isGone && wasListed(deps, visitor, id)) return seeOther(c, path as `/${string}`)
    // With the last one gone nobody could sign in any more.
    if (list.length <= 1 && !user.hasPassword) return show(c, deps, visitor, 422, { kind: 'last' })
    if (!(await store.passkeys.remove(id, user.sub))) return unknown(c, deps)
    await audit(c, { type: 'user.passkey_removed', sub: user.sub })
    tellChange(c, deps, user, 'passkey_removed')
    await renewSession(c, deps, visitor)
    return seeOther(c, path as `/${string}`)
  })

  return app
}

/** Somebody else's passkey is as unknown as one that never was (AC04). */
function unknown(c: Context, deps: Deps): Response {
  return problemPage(c, deps, { kind: 'not_found', status: 404 })
}

function occasionOf({ handle }: Visitor) {
  return { purpose: 'register', binding: [handle] } as const
}

async function show(
  c: Context,
  deps: Deps,
  visitor: Visitor,
  status = 200,
  error?: PasskeysPageProps['error'],
): Promise<Response> {
  const { user } = visitor
  const path = `${deps.config.issuerPath}/account/passkeys`
  const list = await deps.store.passkeys.listByUser(user.sub)
  const page = passkeysPage({
    ...accountFrame(c, deps, visitor, 'passkeys'),
    add: { action: path, options: registrationOptions(deps, occasionOf(visitor), user, list) },
    passkeys: list.map(({ id, name, createdAt, lastUsedAt, synced }) => ({
      name,
      created: createdAt,
      lastUsed: lastUsedAt,
      synced,
      rename: entryForm(deps, visitor, { action: `${path}/${id}/rename`, id }),
      remove: entryForm(deps, visitor, { action: `${path}/${id}/remove`, id }),
    })),
    error,
  })
  return sendPage(c, page, status)
}
