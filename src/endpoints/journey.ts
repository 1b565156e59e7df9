// Owns what comes next for a person: the stored request, looked at with everything as it is now.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { onwardPage } from '../pages/onward.js'
import type { AppView } from '../pages/props.js'
import type { AuthorizationRequest } from '../protocol/authorization.js'
import { OAuthError } from '../protocol/error.js'
import { isProven, next, nextForAccount, nextForDevice, type Progress, type Step } from '../protocol/step.js'
import { asksStrength } from '../protocol/strength.js'
import { readIdTokenHint } from '../tokens/id-token.js'
import { addresseeOf } from './addressee.js'
import { type Addressee, answer, type ResponseParams, refuse } from './answer.js'
import { findCurrentConsent } from './current-consent.js'
import { type DeviceErrand, findDevice } from './device-request.js'
import { findPerson } from './factors.js'
import { donePage, findOpen, type OwnInteraction, pathOf } from './interaction.js'
import { issueCode } from './issue.js'
import { answerOnce } from './pushed-request.js'
import { findResponse, isSameAnswer, keepResponse } from './repeated-form.js'
import { findOthers, findVisitor, type Visitor } from './session.js'
import { appOf, frameOf, wayBack } from './views.js'

/** What an app asked for, checked against its registration as it is now (AZ13, AZ16). */
export type Errand = Addressee & { readonly request: AuthorizationRequest }

export type Journey = OwnInteraction & {
  /** Absent when a person signs in for their own account. */
  readonly errand?: Errand | undefined
  /** Present when an app on another device is let in. */
  readonly device?: DeviceErrand | undefined
  readonly visitor?: Visitor | undefined
  readonly step: Step
}

/** The open interaction in the address and its next step, or the page that says why there is none. */
export async function findJourney(c: Context, deps: Deps): Promise<Journey | Response> {
  const own = await findOpen(c, deps)
  return own instanceof Response ? own : continueJourney(c, deps, own)
}

/** As findJourney, for an interaction that has been found. */
export async function continueJourney(
  c: Context,
  deps: Deps,
  own: OwnInteraction,
): Promise<Journey | Response> {
  const { interaction } = own
  if (interaction.completedAt !== undefined) return repeat(c, deps, own)
  const visitor = await findVisitor(c, deps)
  const others = !visitor && (await findOthers(c, deps)).length > 0
  if (interaction.kind === 'device') {
    const device = await findDevice(c, deps, interaction)
    // The page tells what has become of it.
    if (!device) return seeOther(c, pathOf(deps, 'device', interaction.id))
    const { default_max_age: maxAge, default_acr_values: acrValues = [] } = device.client.metadata
    const request = { prompt: [], maxAge, acrValues }
    const { client } = device
    const person = visitor && (await findPerson(deps, visitor, asksStrength(request, client)))
    const session = visitor?.session
    const step = nextForDevice({
      request,
      client,
      session,
      others,
      progress: interaction,
      person,
      now: deps.now(),
    })
    return { ...own, visitor, device, step }
  }
  if (!interaction.request) {
    const { demand = {} } = interaction
    const person = visitor && (await findPerson(deps, visitor, demand.strong === true))
    const session = visitor?.session
    const step = nextForAccount({ session, others, progress: interaction, demand, person, now: deps.now() })
    return { ...own, visitor, step }
  }
  const errand = await findErrand(c, deps, interaction.request)
  if (errand instanceof Response) return errand
  return { ...own, visitor, errand, step: await nextStep(deps, errand, { visitor, others }, interaction) }
}

export async function findErrand(
  c: Context,
  deps: Deps,
  request: AuthorizationRequest,
): Promise<Errand | Response> {
  const openid = request.scope.includes('openid')
  const found = await addresseeOf(c, deps, request.clientId, { uri: request.redirectUri, openid })
  return found instanceof Response ? found : { ...found, reply: request, request }
}

export async function nextStep(
  deps: Deps,
  { request, client }: Errand,
  { visitor, others }: { visitor: Visitor | undefined; others: boolean },
  progress: Progress,
): Promise<Step> {
  const hint =
    request.idTokenHint === undefined ? undefined : await readIdTokenHint(request.idTokenHint, deps)
  if (request.idTokenHint !== undefined && hint === undefined) {
    const description = 'id_token_hint is not an ID token of this server'
    return {
      at: 'fail',
      error: new OAuthError('invalid_request', description, { parameter: 'id_token_hint' }),
    }
  }
  const consent = visitor && (await findCurrentConsent(deps, visitor.user.sub, client))
  return next({
    request,
    client,
    session: visitor?.session,
    others,
    progress,
    person: visitor && (await findPerson(deps, visitor, asksStrength(request, client))),
    consent,
    hintSub: hint?.sub,
    now: deps.now(),
  })
}

/** A sign-in that was asked for on the way to a change of the account counts for that, and no other does (EN02). */
async function keepConfirmation({ store }: Deps, { interaction, visitor }: Journey): Promise<void> {
  const { demand, authenticatedAt } = interaction
  if (demand?.confirmedWithin === undefined || authenticatedAt === undefined || !visitor) return
  const { session } = visitor
  if (isProven(interaction, session)) await store.sessions.confirm(session.id, authenticatedAt)
}

/** Where an interaction has led, once more for the form that led there; else the page that says that it is over. */
async function repeat(c: Context, deps: Deps, own: OwnInteraction): Promise<Response> {
  const { kind, id, returnTo, request } = own.interaction
  if (kind === 'device') return seeOther(c, pathOf(deps, 'device', id))
  if (!(await isSameAnswer(c, deps, own))) return donePage(c, deps, own)
  if (!request) return seeOther(c, `${deps.config.issuerPath}${returnTo}` as `/${string}`)
  const errand = await findErrand(c, deps, request)
  if (errand instanceof Response) return errand
  const repeated = await findResponse(c, deps, own)
  if (repeated.kind === 'send') return answer(c, deps, errand, repeated.params)
  const href = repeated.kind === 'redeemed' ? wayBack(errand.client, deps) : undefined
  if (href === undefined) return donePage(c, deps, own)
  const frame = frameOf(c, deps, request.uiLocales)
  return sendPage(c, onwardPage({ ...frame, app: appOf(errand.client), href }))
}

/** The app that a person is on the way to, for a page. */
export function appAt({ errand, device }: Pick<Journey, 'errand' | 'device'>): AppView | undefined {
  const { client } = errand ?? device ?? {}
  return client && appOf(client)
}

/** Does what the next step asks for: a page of ours, or the one answer to the app. */
export async function proceed(c: Context, deps: Deps, journey: Journey): Promise<Response> {
  const { interaction, errand, visitor, step } = journey
  switch (step.at) {
    case 'login':
      return seeOther(c, pathOf(deps, 'login', interaction.id))
    case 'select_account':
      return seeOther(c, pathOf(deps, 'select-account', interaction.id))
    case 'second_factor':
      return seeOther(c, pathOf(deps, 'second-factor', interaction.id))
    case 'consent':
      return seeOther(c, pathOf(deps, 'consent', interaction.id))
    case 'confirm':
      return seeOther(c, pathOf(deps, 'device', interaction.id))
    case 'issue':
    case 'fail': {
      if (!(await deps.store.interactions.complete(interaction.id, deps.now()))) {
        const completed = await deps.store.interactions.find(interaction.id)
        return completed
          ? repeat(c, deps, { ...journey, interaction: completed })
          : donePage(c, deps, journey)
      }
      await keepConfirmation(deps, journey)
      if (!errand) return seeOther(c, `${deps.config.issuerPath}${interaction.returnTo}` as `/${string}`)
      const { client, request } = errand
      const kept = { ...errand, keep: (params: ResponseParams) => keepResponse(deps, journey, params) }
      const response = await answerOnce(c, deps, { client, pushed: request.pushed }, () => {
        if (step.at === 'fail') {
          const { accountChosen, sub, consented } = interaction
          const interacted = accountChosen || sub !== undefined || consented !== undefined
          return refuse(c, deps, kept, step.error, { interacted })
        }
        if (!visitor) throw new OAuthError('server_error', 'a code without a session')
        return issueCode(c, deps, kept, visitor, { consented: interaction.consented === true })
      })
      // Where the user has got a page instead, nothing is to be repeated.
      if (response.status !== 303) await keepResponse(deps, journey)
      return response
    }
  }
}
