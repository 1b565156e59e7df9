// Owns the published status lists (Token Status List 8 and 9): each signed list, and the list of lists.
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { corsHeaders } from '../http/cors.js'
import { alreadyThere } from '../http/document.js'
import { securityHeaders } from '../http/headers.js'
import { jsonSender } from '../http/json.js'
import { OAuthError } from '../protocol/error.js'
import { listsPath, listUri } from '../protocol/status-list.js'
import type { ListToken } from '../status/list-token.js'

/**
 * Caches may keep a list but ask each time: what they held back would come on top of the `ttl` that its readers
 * keep it for.
 */
const caching = 'public, max-age=0, must-revalidate'

export function statusLists(deps: Deps): Hono {
  const { issuer, issuerPath } = deps.config
  const path = issuerPath + listsPath
  const sendJson = jsonSender(deps.config, { open: true })
  const always = {
    ...securityHeaders(deps.config),
    ...corsHeaders,
    'cache-control': caching,
    vary: 'Accept-Encoding',
  }
  return new Hono()
    .get(path, async () => {
      const lists = (await deps.status.lists()).map((list) => listUri(issuer, list))
      return sendJson({ status_lists: lists }, 200, { 'cache-control': caching })
    })
    .get(`${path}/:list`, async (c) => {
      const number = listNumber(c.req.param('list'))
      const list = number === undefined ? undefined : await deps.status.token(number)
      if (list === undefined) throw noSuchList()
      return send(c, list, always)
    })
}

/** The number of a list as its address has it: one text for each. */
export function listNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

export function noSuchList(): OAuthError {
  return new OAuthError('invalid_request', 'there is no such status list', { status: 404 })
}

function send(c: Context, list: ListToken, always: Record<string, string>): Response {
  const zipped = acceptsGzip(c.req.header('accept-encoding'))
  // Two representations, two tags (RFC 9110 8.8.3).
  const etag = zipped ? list.etag.replace(/"$/, '-gzip"') : list.etag
  const headers = { ...always, etag }
  if (alreadyThere(c, etag)) return new Response(null, { status: 304, headers })
  return new Response(zipped ? new Uint8Array(list.gzipped) : list.text, {
    status: 200,
    headers: {
      ...headers,
      'content-type': 'application/statuslist+jwt',
      ...(zipped && { 'content-encoding': 'gzip' }),
    },
  })
}

/** RFC 9110 12.5.3. */
function acceptsGzip(header = ''): boolean {
  const offers = header.split(',').map((offer) => offer.trim().toLowerCase())
  return offers.some((offer) => /^(gzip|\*)($|\s*;)/.test(offer) && !/;\s*q=0(\.0*)?$/.test(offer))
}
