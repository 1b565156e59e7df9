// Owns what stands under /account: the pages of a person about themselves.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther } from '../../http/respond.js'
import { pageApp } from '../problem.js'
import { connections } from './connections.js'
import { signOut } from './sign-out.js'

export function account(deps: Deps): Hono {
  const base = deps.config.issuerPath
  const app = pageApp(deps)
  // Who types the server's address is looking for their account.
  for (const root of new Set([base || '/', `${base}/`])) {
    app.get(root, (c) => seeOther(c, `${base}/account` as `/${string}`))
  }
  app.get(`${base}/account`, (c) => seeOther(c, `${base}/account/connections` as `/${string}`))
  app.route('/', connections(deps))
  app.route('/', signOut(deps))
  return app
}
