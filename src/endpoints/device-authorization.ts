// Owns /device_authorization (RFC 8628 3.1, 3.2): a device asks, and is told what to show to a person.

import { Hono } from 'hono'
import { newHandle, newId } from '../crypto/handle.js'
import { newUserCode } from '../crypto/user-code.js'
import type { Deps } from '../deps.js'
import { requireGrantType } from '../grants/index.js'
import { addressOf } from '../http/client-address.js'
import { jsonSender } from '../http/json.js'
import { OAuthError } from '../protocol/error.js'
import { issuerUrl } from '../protocol/issuer.js'
import { resolveResources } from '../protocol/resource.js'
import { formatUserCode } from '../protocol/user-code.js'
import { clientRequests } from './client-request.js'
import { originBy } from './origin.js'

/** Seconds for which a person can answer. */
const usableFor = 600
/** Seconds for which a device that comes late still hears that its code has expired. */
const keptFor = 1800
/** Seconds between two polls (RFC 8628 3.2). */
const interval = 5
/** Of a million live codes, one try in 25,000 meets one of them. */
const tries = 4

export function deviceAuthorization(deps: Deps): Hono {
  const read = clientRequests(deps)
  const send = jsonSender(deps.config, { open: false })
  const { store, config, random } = deps

  return new Hono().post(`${config.issuerPath}/device_authorization`, async (c) => {
    const { client, params } = await read(c)
    requireGrantType(client, 'urn:ietf:params:oauth:grant-type:device_code')
    const target = resolveResources({
      scope: params.get('scope'),
      resources: params.all('resource'),
      client,
      registered: await store.resources.all(),
      issuer: config.issuer,
    })
    const origin = originBy(c, deps, client)
    const now = deps.now()
    const id = newId(now, random)
    const { handle, hash } = newHandle(id, random)
    for (let i = 0; i < tries; i++) {
      const userCode = newUserCode(random)
      const request = {
        ...target,
        id,
        secretHash: hash,
        userCode,
        clientId: client.id,
        ip: addressOf(c, config),
        interval,
        createdAt: now,
        expiresAt: now + usableFor,
        keepUntil: now + keptFor,
      }
      const created = await store.deviceRequests.create(request, origin)
      if (!created) continue
      const uri = issuerUrl(config.issuer, '/device')
      const user_code = formatUserCode(userCode)
      return send({
        device_code: handle,
        user_code,
        verification_uri: uri,
        verification_uri_complete: `${uri}?user_code=${user_code}`,
        expires_in: usableFor,
        interval,
      })
    }
    throw new OAuthError('temporarily_unavailable', 'no user code is free; try again')
  })
}
