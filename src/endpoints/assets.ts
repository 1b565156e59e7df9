// Owns delivery of the style sheet and the script; their names change with their content, so they may be kept for ever.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { securityHeaders } from '../http/headers.js'
import { passkeyScript } from '../pages/passkey-script.js'
import { styleSheet } from '../pages/style.js'

const files = [
  { ...styleSheet, type: 'text/css; charset=utf-8' },
  { ...passkeyScript, type: 'text/javascript; charset=utf-8' },
]

export function assets(deps: Deps): Hono {
  const app = new Hono()
  for (const { path, body, type } of files) {
    const headers = {
      ...securityHeaders(deps.config),
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
    }
    app.get(`${deps.config.issuerPath}${path}`, () => new Response(body, { headers }))
  }
  return app
}
