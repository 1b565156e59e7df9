// Owns delivery of the one style sheet; its name changes with its content, so it may be kept for ever.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { securityHeaders } from '../http/headers.js'
import { styleSheet as sheet } from '../pages/style.js'

export function styleSheet(deps: Deps): Hono {
  const headers = {
    ...securityHeaders(deps.config),
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  }
  return new Hono().get(`${deps.config.issuerPath}${sheet.path}`, () => new Response(sheet.body, { headers }))
}
