// Owns the question whether a form was sent by one of our own pages.
import type { Context } from 'hono'
import type { Config } from '../config.js'

export type ForeignForm = {
  /** The origin that the browser named, if it named one. */
  origin?: string | undefined
  /** The browser says that page and server are the same site: the server is reached by another name. */
  misaddressed: boolean
}

/**
 * What speaks against the form being ours, or undefined. Browsers send Origin with every POST, and
 * Sec-Fetch-Site wherever they consider the connection trustworthy; each that is there must agree. A client
 * that sends neither is no browser and holds no cookies of a victim: the form token still guards that case.
 */
export function foreignForm(c: Context, config: Pick<Config, 'issuerOrigin'>): ForeignForm | undefined {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const sameSite = site === undefined || site === 'same-origin' || site === 'none'
  const sameOrigin = origin === undefined || origin === config.issuerOrigin
  if (sameSite && sameOrigin) return undefined
  return { origin, misaddressed: site === 'same-origin' }
}
