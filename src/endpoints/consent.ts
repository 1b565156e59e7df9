// Owns /consent: what an app asks for, shown to the person it is about, and their answer.
import type { Context, Hono } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { consentPage } from '../pages/consent.js'
import type { Prompt } from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import { type ConsentAsk, consentToAsk, rememberConsent } from '../protocol/consent.js'
import { resourcesAmong } from '../protocol/known-resources.js'
import { redirectDestination } from '../protocol/redirect-uri.js'
import type { Interaction } from '../store/store.js'
import { createAudit } from './audit.js'
import { staysConnected, tellConnected } from './connected.js'
import { findCurrentConsent } from './current-consent.js'
import { findForm, findUnexpired, forgedPage, pathOf, routeOf } from './interaction.js'
import { continueJourney, type Errand, findJourney, type Journey, proceed } from './journey.js'
import { pageApp } from './problem.js'
import type { Visitor } from './session.js'
import { accountOf, appOf, frameOf, scopeGroups } from './views.js'

export function consent(deps: Deps): Hono {
  const app = pageApp(deps)
  const audit = createAudit(deps)
  const route = routeOf(deps, 'consent')

  app.get(route, async (c) => {
    const journey = await findJourney(c, deps)
    if (journey instanceof Response) return journey
    const { interaction, errand, visitor, step, csrf } = journey
    if (step.at !== 'consent' || !errand || !visitor) return proceed(c, deps, journey)
    return sendPage(c, await pageFor(c, deps, { id: interaction.id, csrf, errand, visitor, ask: step.ask }))
  })

  app.post(route, async (c) => {
    const own = await findForm(c, deps, 'consent')
    if (own instanceof Response) return own
    const decision = own.params.get('decision')
    const shown = c.req.query('shown')
    if (shown === undefined || (decision !== 'allow' && decision !== 'deny')) {
      return forgedPage(c, deps, pathOf(deps, 'authorize', own.interaction.id))
    }
    const journey = await continueJourney(c, deps, own)
    if (journey instanceof Response) return journey
    const { interaction, errand, visitor, step } = journey
    if (step.at !== 'consent' || !errand || !visitor) return proceed(c, deps, journey)
    // The answer counts for what was on the page: if person or question have changed, the page comes again.
    const context = shownContext(interaction.id, visitor, errand.client, step.ask)
    if (!csrfMatches(deps.secrets.csrf, shown, ...context)) return proceed(c, deps, journey)
    if (await keepAnswer(deps, interaction, errand.client, visitor, step.ask, decision === 'allow')) {
      if (decision === 'allow' && staysConnected(step.ask)) tellConnected(c, deps, visitor, errand.client)
      await audit(c, {
        type: decision === 'allow' ? 'consent.allowed' : 'consent.denied',
        sub: visitor.user.sub,
        clientId: errand.client.id,
        sessionId: visitor.session.sid,
        detail: { scope: step.ask.scope, resources: step.ask.resources },
      })
    }
    const decided = await findUnexpired(c, deps)
    if (decided instanceof Response) return decided
    const on = await continueJourney(c, deps, { ...decided, params: own.params })
    return on instanceof Response ? on : proceed(c, deps, on)
  })

  return app
}

/** False where the question has had its answer by now: the first click counts, whatever the second one says. */
async function keepAnswer(
  deps: Deps,
  { id, sub: begunBy }: Interaction,
  client: Client,
  { user: { sub } }: Visitor,
  { scope, resources }: ConsentAsk,
  allowed: boolean,
): Promise<boolean> {
  const { store, clients, config, now } = deps
  const earlier = allowed ? await findCurrentConsent(deps, sub, client) : undefined
  // Someone else may have begun this; the page has shown who it is about now, and the answer is theirs.
  if (begunBy !== undefined && begunBy !== sub) await store.interactions.choose(id, sub)
  // Before anything is given that would belong to a row that is not there.
  if (allowed) await clients.keep(client)
  if (!(await store.interactions.decide(id, allowed, sub))) return false
  if (!allowed) return true
  // What has `openid` is good at the server itself too, whichever API the request was about.
  const covered = scope.includes('openid') ? [...resources, config.issuer] : resources
  const consent = rememberConsent(earlier, { scope, resources: covered })
  await store.consents.put(sub, client.id, consent, now())
  return true
}

type Question = { id: string; csrf: Journey['csrf']; errand: Errand; visitor: Visitor; ask: ConsentAsk }

async function pageFor(c: Context, deps: Deps, { id, csrf, errand, visitor, ask }: Question) {
  const { client, request, redirect } = errand
  const shown = csrfToken(deps.secrets.csrf, ...shownContext(id, visitor, client, ask))
  const resources = resourcesAmong(await deps.store.resources.all(), ask.resources)
  const { policy_uri, tos_uri, client_uri } = client.metadata
  const isRemembered = (prompt: Prompt[]) => consentToAsk({ ...request, prompt }, client, ask) === undefined
  return consentPage({
    ...frameOf(c, deps, request.uiLocales),
    action: `${pathOf(deps, 'consent', id)}?shown=${shown}`,
    csrf: csrf('consent'),
    app: { ...appOf(client), clientId: client.id, uri: client_uri, policyUri: policy_uri, tosUri: tos_uri },
    account: accountOf(visitor.user),
    notYou: { action: pathOf(deps, 'select-account', id), fields: { csrf: csrf('select-account') } },
    groups: scopeGroups(ask.scope, resources, ask.isNew),
    destination: redirectDestination(redirect),
    offline: staysConnected(ask),
    remembered: isRemembered([]) ? 'remembered' : isRemembered(['none']) ? 'renews' : 'notRemembered',
  })
}

/** With the app as it is now: one that has become another since the page was sent asks anew (RG11). */
function shownContext(
  id: string,
  { user }: Visitor,
  { metadata }: Client,
  { scope, resources }: ConsentAsk,
): string[] {
  return ['consent', id, user.sub, JSON.stringify(metadata), scope.join(' '), resources.join(' ')]
}
