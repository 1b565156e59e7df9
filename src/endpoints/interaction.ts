// Owns the interaction: one browser's journey through our pages, and who may go on with it.

import type { Context } from 'hono'
import { newId, sameText } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { bodyLimit, form, isForm, tokenLimit } from '../http/body.js'
import { senderKey } from '../http/client-address.js'
import { isMisaddressed } from '../http/misaddressed.js'
import { seeOther, sendPage } from '../http/respond.js'
import { foreignForm } from '../http/same-site.js'
import { expiredPage } from '../pages/error.js'
import type { Messages } from '../pages/messages/en.js'
import type { PageAction } from '../pages/props.js'
import type { AuthorizationRequest } from '../protocol/authorization.js'
import type { Client } from '../protocol/client.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { Params } from '../protocol/params.js'
import type { AccountDemand } from '../protocol/required-assurance.js'
import type { Interaction } from '../store/store.js'
import { type Browser, findBrowser, nameBrowser } from './browser.js'
import { interactionToken, isInteractionToken, sealedInteraction } from './interaction-token.js'
import { anonymous } from './origin.js'
import { addressDetails, problemPage } from './problem.js'
import { stalePage } from './pushed-request.js'
import { appOf, backActions, frameOf, wayBack } from './views.js'

/** An interaction in the browser that began it. */
export type OwnInteraction = {
  readonly interaction: Interaction
  readonly browser: Browser
  /** Proves that a form was rendered for this browser, interaction and page: none does another page's step. */
  readonly csrf: (page: InteractionPage) => string
  /** What the form of the request has sent. */
  readonly params?: Params | undefined
}

/** Where a person who signs in on their own account goes next. The list is ours: no request can add to it (SE10). */
export type ReturnTo = `/account${AccountPage}` | `/change-email/${string}` | `/verify-email/${string}`

type AccountPage =
  | ''
  | '/check'
  | '/profile'
  | '/profile/email'
  | '/password'
  | '/passkeys'
  | '/second-factor'
  | '/second-factor/set-up'
  | '/sessions'
  | '/connections'
  | '/activity'
  | '/data'
  | '/delete'

/** What an interaction is for. */
export type NewInteraction =
  | { kind: 'authorize'; clientId: string; request: AuthorizationRequest }
  | { kind: 'device'; clientId: string; deviceRequestId: string }
  | { kind: 'account'; returnTo: ReturnTo; demand?: AccountDemand | undefined }

/** Seconds for which the pages of an interaction work. */
const usableFor = 600
/** Seconds for which an expired one can still begin again from its address alone (EX01). */
const keptFor = 1800

/** Begins an interaction in this browser and goes to where it decides what comes first. */
export async function beginInteraction(c: Context, deps: Deps, errand: NewInteraction): Promise<Response> {
  const now = deps.now()
  const id = newId(now, deps.random)
  const interaction = {
    ...errand,
    id,
    browserHash: nameBrowser(c, deps).hash,
    accountChosen: false,
    createdAt: now,
    expiresAt: now + usableFor,
    keepUntil: now + keptFor,
  }
  await deps.store.interactions.create(interaction, anonymous(c, deps))
  return seeOther(c, pathOf(deps, 'authorize', id))
}

export type InteractionPage =
  | 'authorize'
  | 'login'
  | 'second-factor'
  | 'lost-factor'
  | 'passkey-offer'
  | 'consent'
  | 'select-account'
  | 'device'

export function pathOf(deps: Deps, page: InteractionPage, id: string): `/${string}` {
  return `${deps.config.issuerPath}/${page}/${id}` as `/${string}`
}

/** Where a form has led to: what comes next, or the response once more if the form was sent twice. */
export function afterForm(deps: Deps, id: string): `/${string}` {
  return `${pathOf(deps, 'authorize', id)}?sent=1`
}

/** The route of a page: only what can be an id reaches the store. */
export function routeOf(deps: Deps, page: InteractionPage): string {
  return `${deps.config.issuerPath}/${page}/:interaction{[0-9A-Za-z]{16}}`
}

/** The id of an interaction in a link of ours; undefined for anything that is none. */
export function interactionIn(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9A-Za-z]{16}$/.test(text) ? text : undefined
}

/** Whether this browser began the interaction: no other may go on with it (AZ14). */
export function isBegunBy({ hash }: Browser, { browserHash }: Interaction): boolean {
  return sameText(hash, browserHash)
}

/** The interaction in the address, open or not, or the page that says why this browser cannot have it (AZ14). */
export async function findOwn(c: Context, deps: Deps): Promise<OwnInteraction | Response> {
  const id = c.req.param('interaction') ?? ''
  const interaction = await deps.store.interactions.find(id)
  if (!interaction) {
    const frame = frameOf(c, deps)
    return sendPage(c, expiredPage({ ...frame, details: [] }), 400)
  }
  const locales = interaction.request?.uiLocales
  const browser = findBrowser(c, deps)
  if (!browser) {
    const client = await clientOf(c, deps, interaction)
    const actions = (m: Messages) => backActions(m, deps, client)
    const details = addressDetails(c, deps)
    // Where an interaction begins, the cookie was set one redirect ago; its other pages may have been passed on.
    const begins = c.req.path === pathOf(deps, 'authorize', id)
    const kind = isMisaddressed(c, deps.config) ? 'misaddressed' : begins ? 'no_cookies' : 'other_browser'
    return problemPage(c, deps, { kind, status: 400, locales, actions, details })
  }
  if (!isBegunBy(browser, interaction)) {
    const client = await clientOf(c, deps, interaction)
    const actions = (m: Messages) => backActions(m, deps, client)
    return problemPage(c, deps, { kind: 'other_browser', status: 400, locales, actions })
  }
  const csrf = (page: InteractionPage) => interactionToken(deps, { page, browser, id }, interaction)
  return { interaction, browser, csrf }
}

/** As findOwn, and the interaction is still open: what is over explains itself and offers to begin again. */
export async function findOpen(c: Context, deps: Deps): Promise<OwnInteraction | Response> {
  const own = await findUnexpired(c, deps)
  if (own instanceof Response || own.interaction.completedAt === undefined) return own
  return donePage(c, deps, own)
}

/** As findOpen, or the interaction has had its response, which the same form sent again leads to once more (BR06). */
export async function findUnexpired(c: Context, deps: Deps): Promise<OwnInteraction | Response> {
  const own = await findOwn(c, deps)
  if (own instanceof Response) return own
  const { interaction } = own
  if (interaction.completedAt !== undefined || deps.now() < interaction.expiresAt) return own
  const client = await clientOf(c, deps, interaction)
  const app = client && { ...appOf(client), uri: wayBack(client, deps) }
  const frame = frameOf(c, deps, interaction.request?.uiLocales)
  return sendPage(c, expiredPage({ ...frame, app, restart: restartTarget(deps, own), details: [] }), 400)
}

/** As findUnexpired, for a form to `page` that a page of this interaction has sent (SE03, AZ12, CO01). */
export async function findForm(
  c: Context,
  deps: Deps,
  page: InteractionPage,
  find: typeof findOwn = findUnexpired,
): Promise<(OwnInteraction & { readonly params: Params }) | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const own = await find(c, deps)
  if (own instanceof Response) return (await beginAgain(c, deps, page, params)) ?? own
  const { interaction, browser } = own
  const { id } = interaction
  return isInteractionToken(deps, params.get('csrf'), { page, browser, id })
    ? { ...own, params }
    : forgedPage(c, deps, pathOf(deps, 'authorize', id))
}

/** The same request once more, for a form of this browser whose row has made room for others, or was swept (EX01). */
async function beginAgain(
  c: Context,
  deps: Deps,
  page: InteractionPage,
  params: Params,
): Promise<Response | undefined> {
  const id = c.req.param('interaction') ?? ''
  const browser = findBrowser(c, deps)
  const sealed = browser && sealedInteraction(deps, params.get('csrf'), { page, browser, id })
  if (!sealed || (await deps.store.interactions.find(id))) return undefined
  const request = sealed.kind === 'authorize' ? sealed.request : undefined
  const isOver = request?.pushed && request.pushed.until <= deps.now()
  if (isOver) return stalePage(c, deps, await clientOf(c, deps, request))
  return beginInteraction(c, deps, sealed)
}

/** The parameters of a form that came from our own origin, or the page that refuses it. */
export async function ownForm(c: Context, deps: Deps): Promise<Params | Response> {
  const foreign = foreignForm(c, deps.config)
  if (!foreign && isForm(c)) return form(c, { limit: bodyLimit + tokenLimit })
  return problemPage(c, deps, {
    kind: foreign?.misaddressed ? 'misaddressed' : 'forged',
    status: 403,
    actions: (m) => [{ label: m.actions.account, href: issuerUrl(deps.config.issuer, '/account') }],
    details: addressDetails(c, deps),
  })
}

/** @param wayOn where the person sees the page anew, with a token of theirs */
export function forgedPage(c: Context, deps: Deps, wayOn: string): Response {
  const actions = (m: Messages) => [{ label: m.actions.tryAgain, href: wayOn }]
  return problemPage(c, deps, { kind: 'forged', status: 403, actions })
}

/** What an interaction shows that has had its answer: a second code is only for a second request. */
export async function donePage(c: Context, deps: Deps, own: OwnInteraction): Promise<Response> {
  const client = await clientOf(c, deps, own.interaction)
  return problemPage(c, deps, {
    kind: 'done',
    status: 400,
    locales: own.interaction.request?.uiLocales,
    actions: (m) => [
      { label: m.actions.startAgain, ...restartAction(deps, own) },
      ...backActions(m, deps, client),
    ],
  })
}

function restartAction(deps: Deps, own: OwnInteraction): Omit<PageAction, 'label'> {
  const target = restartTarget(deps, own)
  return 'href' in target ? target : { post: target }
}

function restartTarget(deps: Deps, { interaction, csrf }: OwnInteraction) {
  if (interaction.kind !== 'authorize') return { href: `${deps.config.issuerPath}/${interaction.kind}` }
  return {
    action: `${pathOf(deps, 'authorize', interaction.id)}/restart`,
    fields: { csrf: csrf('authorize') },
  }
}

async function clientOf(
  c: Context,
  deps: Deps,
  { clientId }: { clientId?: string | undefined },
): Promise<Client | undefined> {
  return clientId === undefined ? undefined : deps.clients.find(clientId, senderKey(c, deps.config))
}
