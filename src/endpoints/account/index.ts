// Owns what stands under /account: the pages of a person about themselves.
import type { Hono } from 'hono'
import type { Deps } from '../../deps.js'
import { seeOther } from '../../http/respond.js'
import { pageApp } from '../problem.js'
import { activity } from './activity.js'
import { check } from './check.js'
import { connections } from './connections.js'
import { data } from './data.js'
import { overview } from './overview.js'
import { passkeys } from './passkeys.js'
import { password } from './password.js'
import { profile } from './profile.js'
import { secondFactor } from './second-factor.js'
import { sessions } from './sessions.js'
import { signOut } from './sign-out.js'

const pages = [
  overview,
  check,
  profile,
  password,
  passkeys,
  secondFactor,
  sessions,
  connections,
  activity,
  data,
  signOut,
]

export function account(deps: Deps): Hono {
  const base = deps.config.issuerPath
  const app = pageApp(deps)
  // Who types the server's address is looking for their account.
  for (const root of new Set([base || '/', `${base}/`])) {
    app.get(root, (c) => seeOther(c, `${base}/account` as `/${string}`))
  }
  for (const page of pages) app.route('/', page(deps))
  return app
}
