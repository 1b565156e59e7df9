// Owns requests that another site sends by POST: SameSite=Lax keeps our cookies away from those.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { cookieKinds, readCookie } from '../http/cookies.js'
import { seeOther } from '../http/respond.js'

/** The server takes addresses of 8 KiB; what would be longer is answered as it came, without the cookies. */
const longestQuery = 7 * 1024

/** The same request as a GET, which has the cookies; undefined where they are here already, or never will be. */
export function moveToGet(c: Context, deps: Deps, query: URLSearchParams): Response | undefined {
  const { config } = deps
  const hasCookies = cookieKinds.some((kind) => readCookie(c, config, kind) !== undefined)
  const search = query.toString()
  if (hasCookies || search.length > longestQuery) return undefined
  return seeOther(c, `${c.req.path}?${search}` as `/${string}`)
}
