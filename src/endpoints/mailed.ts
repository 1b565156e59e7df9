// Owns opening a mailed link: the page it leads to does nothing until its button is pressed, for scanners open links.
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { sendPage } from '../http/respond.js'
import { findLink, links } from '../mail/link.js'
import { noticePage } from '../pages/notice.js'
import type { Params } from '../protocol/params.js'
import type { ActionToken } from '../store/store.js'
import { type Browser, findBrowser, nameBrowser } from './browser.js'
import { forgedPage, ownForm } from './interaction.js'
import { frameOf } from './views.js'

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

/** As findMailed, for its form. */
export async function findMailedForm(
  c: Context,
  deps: Deps,
  purpose: Purpose,
): Promise<(Mailed & { readonly params: Params }) | Response> {
  const params = await ownForm(c, deps)
  if (params instanceof Response) return params
  const handle = c.req.param('handle') ?? ''
  const token = await findLink(deps, purpose, handle)
  if (!token) return deadLink(c, deps, purpose)
  const browser = findBrowser(c, deps)
  const context = browser && formContext(browser, handle)
  const genuine = context && csrfMatches(deps.secrets.csrf, params.get('csrf'), ...context)
  if (!browser || !genuine) return forgedPage(c, deps, c.req.path)
  return { ...mailed(deps, token, handle, browser), params }
}

function mailed(deps: Deps, token: ActionToken, handle: string, browser: Browser): Mailed {
  const action = `${deps.config.issuerPath}${links[token.purpose].path}/${handle}`
  return { token, browser, action, csrf: csrfToken(deps.secrets.csrf, ...formContext(browser, handle)) }
}

function formContext(browser: Browser, handle: string): string[] {
  return ['mailed link', browser.secret, handle]
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
