// Where password managers look for the page that changes a password (W3C, A Well-Known URL for Changing Passwords).
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther } from '../http/respond.js'

export function changePassword({ config: { issuerPath } }: Deps): Hono {
  const app = new Hono()
  // At the root of the host, whatever path the issuer has.
  for (const base of new Set(['', issuerPath])) {
    app.get(`${base}/.well-known/change-password`, (c) =>
      seeOther(c, `${issuerPath}/account/password` as `/${string}`),
    )
  }
  return app
}
