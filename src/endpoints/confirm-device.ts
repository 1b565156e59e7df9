// Owns /device/:interaction: whether an app on another device may use this person's account (RFC 8628 3.3, 5.4).
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { confirmDevicePage, deviceOutcomePage } from '../pages/device.js'
import { resourcesAmong } from '../protocol/known-resources.js'
import { formatUserCode } from '../protocol/user-code.js'
import { createAudit } from './audit.js'
import { staysConnected, tellConnected } from './connected.js'
import { type DeviceErrand, findDevice, outcomeOf } from './device-request.js'
import { findForm, findOwn, forgedPage, pathOf, routeOf } from './interaction.js'
import { beginGrant, endIfLost } from './issue.js'
import { continueJourney, findJourney, type Journey, proceed } from './journey.js'
import { pageApp, problemPage } from './problem.js'
import type { Visitor } from './session.js'
import { accountOf, appOf, frameOf, scopeGroups } from './views.js'

export function confirmDevice(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const { store } = deps
  const route = routeOf(deps, 'device')

  app.get(route, async (c) => {
    const own = await findOwn(c, deps)
    if (own instanceof Response) return own
    const { interaction } = own
    if (interaction.kind !== 'device') return problemPage(c, deps, { kind: 'not_found', status: 404 })
    if (!(await findDevice(c, deps, interaction)))
      return showOutcome(c, deps, await outcomeOf(c, deps, interaction))
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const { device, visitor, step } = journey
    if (step.at !== 'confirm' || !device || !visitor) return proceed(c, deps, journey)
    return sendPage(c, await pageFor(c, deps, { ...journey, device, visitor }))
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'device', findOwn)
    if (own instanceof Response) return own
    const { id } = own.interaction
    const decision = own.params.get('decision')
    const shown = c.req.query('shown')
    if (shown === undefined || (decision !== 'allow' && decision !== 'deny')) {
      return forgedPage(c, deps, pathOf(deps, 'device', id))
    }
    const here = () => seeOther(c, pathOf(deps, 'device', id))
    if (!(await findDevice(c, deps, own.interaction))) return here()
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    const { device, visitor, step } = journey
    if (step.at !== 'confirm' || !device || !visitor) return proceed(c, deps, journey)
    // The answer counts for what was on the page: if person or question have changed, the page comes again.
    if (!csrfMatches(deps.secrets.csrf, shown, ...shownContext(id, visitor, device))) return here()
    const allowed = decision === 'allow'
    const grantId = allowed ? await grantTo(deps, device, visitor) : undefined
    if (allowed && grantId === undefined) return here()
    const at = deps.now()
    if (await store.deviceRequests.answer(device.request.id, { at, answeredIn: id, grantId })) {
      const { scope, resources, ip } = device.request
      await audit(c, {
        type: allowed ? 'device.allowed' : 'device.denied',
        sub: visitor.user.sub,
        clientId: device.client.id,
        grantId,
        sessionId: visitor.session.sid,
        detail: { scope, resources, askedFrom: ip },
      })
      if (allowed && staysConnected(device.request)) tellConnected(c, deps, visitor, device.client)
      await store.interactions.complete(id, at)
    } else if (grantId !== undefined) {
      await store.grants.revoke(grantId, at, 'the device had another answer')
    }
    return here()
  })

  return app
}

/** What the device will get once it asks again; undefined if the person has signed out meanwhile. */
async function grantTo(deps: Deps, { client, request }: DeviceErrand, visitor: Visitor) {
  const grantId = newId(deps.now(), deps.random)
  // Before anything is given that would belong to a row that is not there.
  await deps.clients.keep(client)
  const acrValues = client.metadata.default_acr_values ?? []
  // No code of a code flow is worth this one: it is the row of the request that names the grant.
  const code = { hash: '', redirectUri: '', challenge: '', expiresAt: request.expiresAt }
  await beginGrant(deps, { grantId, client, request: { ...request, acrValues }, code }, visitor)
  const lost = await endIfLost(deps, grantId, client, visitor, { consented: true })
  return lost ? undefined : grantId
}

type Question = Pick<Journey, 'interaction' | 'csrf'> & { device: DeviceErrand; visitor: Visitor }

async function pageFor(c: Context, deps: Deps, { interaction: { id }, csrf, device, visitor }: Question) {
  const { client, request } = device
  const shown = csrfToken(deps.secrets.csrf, ...shownContext(id, visitor, device))
  const resources = resourcesAmong(await deps.store.resources.all(), request.resources)
  const { policy_uri, tos_uri, client_uri } = client.metadata
  return confirmDevicePage({
    ...frameOf(c, deps),
    action: `${pathOf(deps, 'device', id)}?shown=${shown}`,
    csrf: csrf('device'),
    app: { ...appOf(client), clientId: client.id, uri: client_uri, policyUri: policy_uri, tosUri: tos_uri },
    account: accountOf(visitor.user),
    notYou: { action: pathOf(deps, 'select-account', id), fields: { csrf: csrf('select-account') } },
    groups: scopeGroups(request.scope, resources),
    userCode: formatUserCode(request.userCode),
    askedAt: request.createdAt,
    askedFrom: request.ip,
    offline: staysConnected(request),
  })
}

function showOutcome(
  c: Context,
  deps: Deps,
  { kind, client }: Awaited<ReturnType<typeof outcomeOf>>,
): Response {
  const failed = kind === 'used' || kind === 'expired'
  const page = deviceOutcomePage({ ...frameOf(c, deps), kind, app: client && appOf(client) })
  return sendPage(c, page, failed ? 400 : 200)
}

/** With the app as it is now: one that has become another since the page was sent asks anew (RG11). */
function shownContext(id: string, { user }: Visitor, { request, client }: DeviceErrand): string[] {
  return ['device', id, user.sub, request.id, JSON.stringify(client.metadata)]
}
