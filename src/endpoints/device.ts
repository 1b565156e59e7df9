// Owns /device (RFC 8628 3.3): the page where a person types the code that a device shows.
import type { Context, Hono } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { sendPage } from '../http/respond.js'
import { deviceCodePage } from '../pages/device.js'
import type { DeviceCodePageProps } from '../pages/device-props.js'
import { formatUserCode, readUserCode } from '../protocol/user-code.js'
import type { DeviceRequest } from '../store/store.js'
import { countInAudit } from './audit.js'
import { formToken, isOwnForm } from './browser.js'
import { beginInteraction, forgedPage, ownForm } from './interaction.js'
import { pageApp } from './problem.js'
import { frameOf } from './views.js'

export function device(deps: Deps): Hono {
  const app = pageApp(deps)
  const { store, now } = deps
  const path = `${deps.config.issuerPath}/device` as const

  // A code in the address fills the field in, and nothing more: it is looked at once the person sends it (DV06).
  app.get(path, (c) => {
    const code = readUserCode(c.req.query('user_code') ?? '')
    return show(c, deps, 200, code === undefined ? {} : { typed: formatUserCode(code), brought: true })
  })

  app.post(path, async (c) => {
    const params = await ownForm(c, deps)
    if (params instanceof Response) return params
    if (!isOwnForm(c, deps, '/device', params)) return forgedPage(c, deps, path)
    const text = params.get('user_code') ?? ''
    const code = readUserCode(text)
    if (code === undefined) return show(c, deps, 422, { typed: text, error: { kind: 'missing' } })
    const typed = formatUserCode(code)
    const isOpen = (request: DeviceRequest) => request.answeredIn === undefined && now() < request.expiresAt
    const address = addressKey(addressOf(c, deps.config))
    const attempted = await deps.throttle.userCode(address, async (last) => {
      const request = await store.deviceRequests.findByUserCode(code)
      return { outcome: request && isOpen(request) ? 'right' : 'wrong', value: { request, last } }
    })
    if (!attempted.allowed) {
      const { retryAfter } = attempted
      c.header('Retry-After', String(retryAfter))
      return show(c, deps, 429, { typed, error: { kind: 'throttled', retryAfter } })
    }
    const { request, last } = attempted.value
    if (request && isOpen(request)) {
      const { id: deviceRequestId, clientId } = request
      return beginInteraction(c, deps, { kind: 'device', clientId, deviceRequestId })
    }
    if (last) {
      deps.log.warn('user codes are being guessed: nobody can enter one for up to a minute')
      await countInAudit(c, deps, { type: 'device.codes_guessed' })
    }
    const used = request !== undefined && now() < request.expiresAt
    return show(c, deps, 422, { typed, error: { kind: used ? 'used' : 'unknown' } })
  })

  return app
}

type Shown = Pick<DeviceCodePageProps, 'typed' | 'brought' | 'error'>

function show(c: Context, deps: Deps, status: number, shown: Shown): Response {
  const page = deviceCodePage({
    ...frameOf(c, deps),
    ...shown,
    action: `${deps.config.issuerPath}/device`,
    csrf: formToken(c, deps, '/device'),
  })
  return sendPage(c, page, status)
}
