// Owns the application: the list of what is mounted, the commit barrier, the limits, the last word on errors.
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Config } from './config.js'
import { newId } from './crypto/handle.js'
import type { Deps } from './deps.js'
import { account } from './endpoints/account/index.js'
import { assets } from './endpoints/assets.js'
import { authorize } from './endpoints/authorize.js'
import { renewBrowser } from './endpoints/browser.js'
import { changePassword } from './endpoints/change-password.js'
import { confirmDevice } from './endpoints/confirm-device.js'
import { changeEmail, verifyEmail } from './endpoints/confirm-email.js'
import { consent } from './endpoints/consent.js'
import { device } from './endpoints/device.js'
import { deviceAuthorization } from './endpoints/device-authorization.js'
import { type AdvertisedPaths, discovery } from './endpoints/discovery.js'
import { endSession } from './endpoints/end-session.js'
import { stopFactorRemoval } from './endpoints/factor-removal.js'
import { forgotPassword } from './endpoints/forgot-password.js'
import { health } from './endpoints/health.js'
import { introspect } from './endpoints/introspect.js'
import { jwks } from './endpoints/jwks.js'
import { login } from './endpoints/login.js'
import { lostFactor } from './endpoints/lost-factor.js'
import { invitation, registration } from './endpoints/new-account.js'
import { par } from './endpoints/par.js'
import { passkeyOffer } from './endpoints/passkey-offer.js'
import { failurePage, problemPage } from './endpoints/problem.js'
import { protectedResources } from './endpoints/protected-resource.js'
import { refusal } from './endpoints/refusal.js'
import { register } from './endpoints/register.js'
import { registeredClient } from './endpoints/registered-client.js'
import { resetPassword } from './endpoints/reset-password.js'
import { revoke } from './endpoints/revoke.js'
import { rootAliases } from './endpoints/root-aliases.js'
import { secondFactor } from './endpoints/second-factor.js'
import { selectAccount } from './endpoints/select-account.js'
import { signUp } from './endpoints/sign-up.js'
import { statusEvents } from './endpoints/status-events.js'
import { statusLists } from './endpoints/status-list.js'
import { token } from './endpoints/token.js'
import { userinfo } from './endpoints/userinfo.js'
import { preflightHeaders } from './http/cors.js'
import { securityHeaders } from './http/headers.js'
import { jsonSender, type SendJson } from './http/json.js'
import { pageHasForm } from './http/respond.js'
import { createUntrustedProxyWarning } from './http/untrusted-proxy.js'
import { OAuthError } from './protocol/error.js'

type Mounted = {
  /** Mounts its own paths, below the issuer's path. */
  readonly endpoint: (deps: Deps, advertised: AdvertisedPaths) => Hono
  readonly advertised?: AdvertisedPaths
  /** Whether it is there at all; it is, unless this says otherwise. */
  readonly when?: (config: Config) => boolean
}

const registers = ({ clientRegistration }: Config) => clientRegistration !== 'off'

/** For programs: JSON, whatever happens. `open`: to browser apps of every origin (OAuth 2.1 3.2). */
const programs: readonly (Mounted & { readonly open: boolean })[] = [
  { endpoint: discovery, open: true },
  { endpoint: jwks, open: true, advertised: { jwks_uri: '/jwks' } },
  { endpoint: token, open: true, advertised: { token_endpoint: '/token' } },
  { endpoint: par, open: true, advertised: { pushed_authorization_request_endpoint: '/par' } },
  { endpoint: userinfo, open: true, advertised: { userinfo_endpoint: '/userinfo' } },
  { endpoint: revoke, open: true, advertised: { revocation_endpoint: '/revoke' } },
  {
    endpoint: deviceAuthorization,
    open: false,
    advertised: { device_authorization_endpoint: '/device_authorization' },
  },
  { endpoint: introspect, open: false, advertised: { introspection_endpoint: '/introspect' } },
  { endpoint: statusLists, open: true, advertised: { status_list_aggregation_endpoint: '/status-lists' } },
  { endpoint: statusEvents, open: true },
  { endpoint: protectedResources, open: true },
  {
    endpoint: register,
    open: true,
    advertised: { registration_endpoint: '/register' },
    when: registers,
  },
  { endpoint: registeredClient, open: true, when: registers },
  { endpoint: health, open: false },
]

/** For people: pages, which no other origin may read (OAuth 2.1 3.1). */
const people: readonly Mounted[] = [
  { endpoint: authorize, advertised: { authorization_endpoint: '/authorize' } },
  { endpoint: login },
  { endpoint: secondFactor },
  { endpoint: lostFactor },
  { endpoint: passkeyOffer },
  { endpoint: selectAccount },
  { endpoint: consent },
  { endpoint: device },
  { endpoint: confirmDevice },
  { endpoint: endSession, advertised: { end_session_endpoint: '/end-session' } },
  { endpoint: account },
  { endpoint: changePassword },
  { endpoint: forgotPassword },
  { endpoint: resetPassword },
  { endpoint: stopFactorRemoval },
  { endpoint: verifyEmail },
  { endpoint: changeEmail },
  { endpoint: invitation },
  { endpoint: signUp },
  { endpoint: registration },
  { endpoint: assets },
]

/** Bytes of path and query (RFC 9110 15.5.15). */
const maxTarget = 8192

/** The whole server as a function of requests. What it touches of the world comes in with `deps`. */
export function createApp(deps: Deps): Hono {
  const mounted = programs.filter(({ when }) => when?.(deps.config) ?? true)
  const advertised: AdvertisedPaths = Object.assign(
    {},
    ...[...mounted, ...people].map((one) => one.advertised),
  )
  const app = new Hono()
  const senders = createSenders()
  const closed = jsonSender(deps.config, { open: false })
  const opened = jsonSender(deps.config, { open: true })
  const isProgram = (c: Context) => senders.of(c.req.path) !== undefined

  app.use(edge(deps, isProgram))
  for (const { endpoint, open } of mounted) {
    const send = open ? opened : closed
    for (const [path, methods] of mount(app, endpoint(deps, advertised))) {
      senders.add(path, send)
      app.all(path, (c) => {
        if (open && c.req.method === 'OPTIONS') {
          const asked = c.req.header('access-control-request-headers')
          return send(null, 204, preflightHeaders(methods, asked))
        }
        throw methodNotAllowed(methods)
      })
    }
  }
  for (const { endpoint } of people) {
    for (const [path, methods] of mount(app, endpoint(deps, advertised))) {
      app.all(path, (c) => {
        const { status, headers } = methodNotAllowed(methods).detail
        return problemPage(c, deps, { kind: 'method_not_allowed', status: status ?? 405, headers })
      })
    }
  }
  app.route('/', rootAliases(deps.config, app.fetch))
  app.notFound((c) => {
    if (wantsPage(c)) return problemPage(c, deps, { kind: 'not_found', status: 404 })
    return refusal(c, deps, nothingHere(), opened)
  })
  app.onError((error, c) => {
    const send = senders.of(c.req.path)
    return send ? refusal(c, deps, error, send) : failurePage(c, deps, error)
  })
  return app
}

/** Which paths are for programs, and how each is answered; a path may have parameters (`/lists/:list`, `/:path{.+}`). */
function createSenders() {
  const exact = new Map<string, SendJson>()
  const patterns: { readonly pattern: RegExp; readonly send: SendJson }[] = []
  return {
    add(path: string, send: SendJson): void {
      const literal = path.replace(/[.](?![+*])/g, '\\$&')
      const text = literal.replace(/:\w+(?:\{([^}]*)\})?/g, (_, pattern) => pattern ?? '[^/]+')
      if (path.includes(':')) patterns.push({ pattern: new RegExp(`^${text}$`), send })
      else exact.set(path, send)
    },
    of: (path: string) => exact.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.send,
  }
}

/** Mounts an endpoint; answers its paths with the methods that each takes. */
function mount(app: Hono, endpoint: Hono): Map<string, string[]> {
  app.route('/', endpoint)
  const methods = new Map<string, string[]>()
  for (const { path, method } of endpoint.routes) {
    const more = method === 'GET' ? ['GET', 'HEAD'] : [method]
    methods.set(path, [...new Set([...(methods.get(path) ?? []), ...more])])
  }
  return methods
}

/**
 * Around everything: nothing too long comes in, every page has the headers that every answer has, and no answer
 * leaves before what it says is on disk (the commit barrier).
 */
function edge(deps: Deps, isProgram: (c: Context) => boolean): MiddlewareHandler {
  const { store } = deps
  const headers = Object.entries(securityHeaders(deps.config))
  const warnOfUntrustedProxy = createUntrustedProxyWarning(deps)
  return async (c, next) => {
    const since = store.batch()
    warnOfUntrustedProxy(c)
    const program = isProgram(c)
    if (!program) {
      c.set('requestId', newId(deps.now(), deps.random))
      for (const [name, value] of headers) c.header(name, value)
    }
    const { url } = c.req
    const length = url.length - url.indexOf('/', 8)
    if (length > maxTarget) {
      const description = `path and query have ${length} bytes, and may have ${maxTarget}`
      throw new OAuthError('invalid_request', description, { status: 414 })
    }
    // PostgreSQL takes no NUL in a text, so no id has one.
    if (/^[^?]*%00/.test(url)) throw nothingHere()
    await next()
    if (c.get(pageHasForm) === true) renewBrowser(c, deps)
    try {
      await store.committed(since)
    } catch (error) {
      // The response speaks of what was not written; hono would carry its headers over into the one that follows.
      if (program) c.res = undefined
      throw error
    }
  }
}

function nothingHere(): OAuthError {
  return new OAuthError('invalid_request', 'there is nothing at this address', { status: 404 })
}

function methodNotAllowed(methods: readonly string[]): OAuthError {
  const headers = { Allow: methods.join(', ') }
  return new OAuthError('invalid_request', 'the method is not allowed here', { status: 405, headers })
}

/** A browser showing a page to a person, and not where clients look for metadata: they parse what they get. */
function wantsPage(c: Context): boolean {
  const accept = c.req.header('accept') ?? '*/*'
  if (c.req.path.includes('/.well-known/') || !['GET', 'HEAD', 'POST'].includes(c.req.method)) return false
  return accept.includes('text/html') || (c.req.method !== 'POST' && !accept.includes('json'))
}
