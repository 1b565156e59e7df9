// Owns the headers that every answer carries, whatever happens.
import type { Config } from '../config.js'

/** For answers that are no page: nothing in them may run, load or be framed. A page brings its own policy. */
const bareContentPolicy = "default-src 'none'; frame-ancestors 'none'"

/**
 * Referrer-Policy is `same-origin` because under `no-referrer` Chrome sends `Origin: null` with forms, and
 * there is no Cross-Origin-Opener-Policy because it cuts the opener of apps that sign in through a popup.
 */
export function securityHeaders(config: Pick<Config, 'issuer'>): Readonly<Record<string, string>> {
  return {
    'content-security-policy': bareContentPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    // Only this host: what other hosts of the domain do is not ours to decide.
    ...(config.issuer.startsWith('https:') && { 'strict-transport-security': 'max-age=63072000' }),
  }
}

/** Seconds until a request that got 503 may be sent again, unless the response knows better. */
export const retryAfterUnavailable = '5'
