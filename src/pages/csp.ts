// Owns the Content-Security-Policy of pages: nothing but our own style sheet, and never inside a frame.
import { createHash } from 'node:crypto'

const base = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

const policy = (...more: string[]) => [...base, ...more].join('; ')

const ownScript = "script-src 'self'"

/** For pages whose forms are answered by this server. */
export const closedPolicy = policy("form-action 'self'")

/**
 * For pages whose POST may end at a client. Chrome applies `form-action` to the redirects that follow
 * a POST, so any value here would strand people on the page after they have decided.
 */
export const leavingPolicy = policy()

/** The same two for pages that do more where our script runs. */
export const closedScriptPolicy = policy(ownScript, "form-action 'self'")
export const leavingScriptPolicy = policy(ownScript)

/** For the page that posts itself to `action`, with its one inline script. */
export const formPostPolicy = (action: string, script: string): string =>
  policy(`script-src '${scriptHash(script)}'`, `form-action ${formTarget(action)}`)

/** For pages that open these addresses in frames, and may leave by one inline script. */
export const framesPolicy = (frames: readonly string[], script?: string): string => {
  const origins = [...new Set(frames.map((uri) => new URL(uri).origin))].sort()
  const scripts = script === undefined ? [] : [`script-src '${scriptHash(script)}'`]
  return policy(...scripts, `frame-src ${origins.join(' ')}`, "form-action 'self'")
}

const scriptHash = (script: string) => `sha256-${createHash('sha256').update(script).digest('base64')}`

/**
 * The app's origin, and the schemes of the web: Chrome holds the app's own redirects after the POST to this
 * too, and with the origin alone it strands people at apps that send them on to another host.
 */
const formTarget = (action: string): string => {
  const { protocol, origin, hostname } = new URL(action)
  const onward = protocol === 'http:' ? 'http: https:' : protocol
  // CSP has no grammar for IPv6, and a `;` in a host would begin a directive: their scheme must do.
  return /^https?:$/.test(protocol) && /^[a-z0-9.-]+$/i.test(hostname) ? `${origin} ${onward}` : onward
}
