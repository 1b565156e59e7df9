// Owns opening a mailed link: the page it leads to does nothing until its button is pressed, for scanners open links.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { seeOther, sendPage } from '../http/respond.js'
import { findLink, findUsedLink, links } from '../mail/link.js'
import { noticePage } from '../pages/notice.js'
import type { OtherAccount } from '../pages/sign-in-props.js'
import type { Params } from '../protocol/params.js'
import type { ActionToken } from '../store/store.js'
import { type Browser, findBrowser, nameBrowser } from './browser.js'
import { beginInteraction, forgedPage, ownForm } from './interaction.js'
import { findVisitor, switchTo, type Visitor } from './session.js'
import { accountOf, frameOf } from './views.js'

type Purpose = ActionToken['purpose']

/** A link that works, opened in this browser. */
export type Mailed = {
  readonly token: ActionToken
  readonly browser: Browser
  /** Where its form posts to. */
  readonly action: string
  readonly csrf: string
}

export function mailedRoute({ config }: Deps, purpose: Purpose): string {
  return `${config.issuerPath}${links[purpose].path}/:handle{[0-9A-Za-z._-]{1,100}}`
}

/** The link in the address, or the page that says why it does nothing and how to get another. */
export async function findMailed(c: Context, deps: Deps, purpose: Purpose): Promise<Mailed | Response> {
  const handle = c.req.param('handle') ?? ''
  const token = await findLink(deps, purpose, handle)
  if (!token) return deadLink(c, deps, purpose)
  return mailed(deps, token, handle, nameBrowser(c, deps))
}

/** As findMailed, for a link that was used a moment ago; undefined for every other. */
export async function findUsed(c: Context, deps: Deps, purpose: Purpose): Promise<Mailed | undefined> {
  const handle = c.req.param('handle') ?? ''
  const token = await findUsedLink(deps, purpose, handle)
  return token && mailed(deps, token, handle, nameBrowser(c, deps))
}

/**
 * As findMailed, for its form.
 * @param again what the same browser is shown that sends the form of a used link again: the first press did its work
 */
export async function findMailedForm(
  c: Context,
  deps: Deps,
  purpose: Purpose,
  again: (mailed: Mailed) => Promise<Response>,
): Promise<(Mailed & { readonly params: Params }) | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const handle = c.req.param('handle') ?? ''
  const unused = await findLink(deps, purpose, handle)
  const token = unused ?? (await findUsedLink(deps, purpose, handle))
  if (!token) return deadLink(c, deps, purpose)
  const browser = findBrowser(c, deps)
  const context = browser && formContext(browser, handle)
  const genuine = context && csrfMatches(deps.secrets.csrf, params.get('csrf'), ...context)
  if (!browser || !genuine) return unused ? forgedPage(c, deps, c.req.path) : deadLink(c, deps, purpose)
  const found = mailed(deps, token, handle, browser)
  if (params.get('account') === 'switch') return switchAccount(c, deps, token, handle)
  return unused ? { ...found, params } : again(found)
}

function mailed(deps: Deps, token: ActionToken, handle: string, browser: Browser): Mailed {
  const action = `${deps.config.issuerPath}${links[token.purpose].path}/${handle}`
  return { token, browser, action, csrf: csrfToken(deps.secrets.csrf, ...formContext(browser, handle)) }
}

function formContext(browser: Browser, handle: string): string[] {
  return ['mailed link', browser.secret, handle]
}

/** Who is signed in here at the moment, where the link is about another account; undefined where it is not. */
export async function findOther(
  c: Context,
  deps: Deps,
  { sub }: Pick<ActionToken, 'sub'>,
): Promise<Visitor | undefined> {
  const visitor = await findVisitor(c, deps)
  return visitor && visitor.user.sub !== sub ? visitor : undefined
}

/** What the page of a link is told about the account that is signed in here and that the link is not about. */
export function otherView({ user }: Visitor): OtherAccount {
  return { account: accountOf(user), fields: { account: 'switch' } }
}

/** On with the account of the link: at once if it is signed in here, or after signing in. */
async function switchAccount(
  c: Context,
  deps: Deps,
  { purpose, sub }: ActionToken,
  handle: string,
): Promise<Response> {
  const path = `${links[purpose].path}/${handle}` as `/verify-email/${string}`
  if (sub !== undefined && (await switchTo(c, deps, sub))) {
    return seeOther(c, `${deps.config.issuerPath}${path}` as `/${string}`)
  }
  return beginInteraction(c, deps, { kind: 'account', returnTo: path, demand: { choose: true } })
}

/** One page for all that is wrong with a link: used, too old, or never made. */
export function deadLink(c: Context, deps: Deps, purpose: Purpose): Response {
  const { issuerPath: base, registration } = deps.config
  const another = {
    reset_password: `${base}/forgot-password`,
    registration: registration === 'on' ? `${base}/sign-up` : undefined,
    verify_email: `${base}/account/profile`,
    change_email: `${base}/account/profile`,
    invitation: undefined,
  }[purpose]
  const signIn = { kind: 'signIn', href: `${base}/login` } as const
  const actions = another === undefined ? [signIn] : [{ kind: 'newLink', href: another } as const, signIn]
  return sendPage(c, noticePage({ ...frameOf(c, deps), kind: 'dead_link', actions, failed: true }), 410)
}
