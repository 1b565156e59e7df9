// Owns the push of revocations: the changes of a status list as server-sent events, for resource servers that
// cannot wait for its ttl.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { corsHeaders } from '../http/cors.js'
import { securityHeaders } from '../http/headers.js'
import { OAuthError } from '../protocol/error.js'
import { readParams } from '../protocol/params.js'
import { listsPath } from '../protocol/status-list.js'
import { isTrusted } from '../protocol/trusted-client.js'
import { identifyClient, requireConfidential } from './client-request.js'
import { anonymous } from './origin.js'
import { listNumber, noSuchList } from './status-list.js'

export function statusEvents(deps: Deps): Hono {
  const headers = {
    ...securityHeaders(deps.config),
    ...corsHeaders,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // nginx would keep events back until its buffer is full.
    'x-accel-buffering': 'no',
  }
  return new Hono().get(`${deps.config.issuerPath}${listsPath}/:list/events`, async (c) => {
    const client = await identifyClient(c, deps, readParams(''))
    requireConfidential(client, 'events are')
    const listener = isTrusted(client) ? { client: client.id } : anonymous(c, deps)
    const { streams } = deps.status
    if (streams.isFull(listener)) {
      throw new OAuthError('temporarily_unavailable', 'there are too many listeners, fetch the list', {
        status: 503,
        headers: { 'Retry-After': '30' },
      })
    }
    const list = listNumber(c.req.param('list'))
    const stream =
      list === undefined ? undefined : await streams.open(list, c.req.header('last-event-id'), listener)
    if (stream === undefined) throw noSuchList()
    if (c.req.method === 'HEAD') await stream.cancel()
    return new Response(c.req.method === 'HEAD' ? null : stream, { status: 200, headers })
  })
}
