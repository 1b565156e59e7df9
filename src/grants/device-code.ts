// Owns the device code (RFC 8628 3.4, 3.5): the device asks again and again until a person has answered.
import { z } from 'zod'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { type Client, isPublic } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import type { DeviceRequest } from '../store/store.js'
import type { Grant } from './grant.js'
import { entitle, firstEntry, nextLife, readClaim } from './user-grant.js'

const params = z.object({ device_code: z.string(), resource: z.array(z.string()) })

/** Seconds by which each poll that comes too soon lets the interval grow, for good (RFC 8628 3.5). */
const slower = 5
/** Seconds; once it is as long as this, who still comes too soon is answered without a write. */
const longestInterval = 60
/** Seconds that a poll may come early: timers and networks are not exact, and times are kept in whole seconds. */
const earlyPollTolerance = 1
/** The grant's own code has no secret that anybody could guess at. */
const maxMisses = 1

export const deviceCode: Grant<z.infer<typeof params>> = {
  params,
  async redeem({ device_code, resource }, client, deps, jkt) {
    const { store, now } = deps
    const request = await ownRequest(device_code, client, deps)
    if (request.answeredIn !== undefined && request.grantId === undefined) {
      throw new OAuthError('access_denied', 'the person said no', { status: 400 })
    }
    if (request.expiresAt <= now()) throw new OAuthError('expired_token', 'the device code has expired')
    if (request.grantId === undefined) throw await pending(request, deps)

    const found = await store.grants.findForCode(request.grantId)
    if (!found?.grant.live) throw refused('grant is not live')
    // Not a theft as with a code, which a browser has carried: a device that polls twice at once keeps what it has won.
    if (found.code.usedAt !== undefined) throw refused('device code used twice')
    const claim = await readClaim({ grant: found.grant, client, resources: resource }, deps)

    const life = nextLife(claim, deps)
    // RFC 9449 5: what a confidential client holds is bound to its authentication already.
    const binding = isPublic(client.metadata) ? { jkt } : {}
    const place = await firstEntry(claim, deps)
    if (!(await store.grants.redeem(request.grantId, { ...life, ...binding, place }, maxMisses))) {
      throw refused('used, expired or revoked meanwhile')
    }
    const { id, secret, generation } = found.grant
    const refresh = life.refreshExpiresAt === undefined ? undefined : { id, secret, generation }
    return entitle(claim, { place, ...(refresh && { refresh }) })
  },
}

/** What this client has asked; an unknown code and another's look the same (DV02). */
async function ownRequest(text: string, client: Client, { store }: Deps): Promise<DeviceRequest> {
  const handle = parseHandle(text)
  const request = handle && (await store.deviceRequests.find(handle.id))
  if (!request || !matchesHash(handle.secret, request.secretHash)) throw refused('unknown device code')
  if (request.clientId !== client.id) throw refused('device code of another client')
  return request
}

/** One write for each poll as long as nobody has answered, and none after that. */
async function pending({ id, interval, polledAt }: DeviceRequest, { store, now }: Deps): Promise<OAuthError> {
  const at = now()
  const inTime = polledAt === undefined || at >= polledAt + interval - earlyPollTolerance
  if (inTime && (await store.deviceRequests.poll(id, at, polledAt))) {
    return new OAuthError('authorization_pending', 'nobody has answered yet')
  }
  if (interval < longestInterval) await store.deviceRequests.slowDown(id, at, slower, longestInterval)
  return new OAuthError('slow_down', `wait ${slower} seconds longer between two polls from now on`)
}

function refused(reason: string): OAuthError {
  return new OAuthError('invalid_grant', 'the device code is unknown or already used', { reason })
}
