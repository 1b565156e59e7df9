// Owns what the forms that ask for a mail share: that they are this browser's, brake and pace, where they lead.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import type { Params } from '../protocol/params.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import { findBrowser, nameBrowser } from './browser.js'
import { interactionIn } from './interaction.js'
import { frameOf } from './views.js'

export type MailForm = '/forgot-password' | '/sign-up'

/** What the page of the form is told; it leads back to the interaction that it was opened from. */
export function mailFormFrame(c: Context, deps: Deps, form: MailForm) {
  const base = deps.config.issuerPath
  const interaction = interactionIn(c.req.query('interaction'))
  return {
    ...frameOf(c, deps),
    action: `${base}${form}${interaction === undefined ? '' : `?interaction=${interaction}`}`,
    csrf: csrfToken(deps.secrets.csrf, form, nameBrowser(c, deps).secret),
    loginHref: interaction === undefined ? `${base}/login` : `${base}/login/${interaction}`,
  }
}

/** Whether the form was rendered for this browser. */
export function isOwnMailForm(c: Context, deps: Deps, form: MailForm, params: Params): boolean {
  const browser = findBrowser(c, deps)
  return browser !== undefined && csrfMatches(deps.secrets.csrf, params.get('csrf'), form, browser.secret)
}

/** Seconds to wait before another mail may go there, which the answer's Retry-After says too; 0 if it may. */
export async function brakeMail(c: Context, deps: Deps, recipient: string): Promise<number> {
  const address = addressKey(addressOf(c, deps.config))
  const { allowed, retryAfter } = await deps.throttle.mail(address, canonicalIdentifier(recipient))
  if (allowed) return 0
  c.header('Retry-After', String(retryAfter))
  return retryAfter
}

/** Milliseconds: longer than all that is done for a name, on a database that is not in trouble. */
const pace = 40

/**
 * Does what depends on who is known, and takes as long for everybody: even reading the row of an account, and finding
 * its place in an index, could be measured (SE04).
 */
export async function atEvenPace<T>(work: () => Promise<T>): Promise<T> {
  const [done] = await Promise.all([work(), sleep(pace)])
  return done
}

/** Whether the mail goes, too, to the person behind what was typed, if there is one. The answer does not tell. */
export function mayReach(deps: Deps, typed: string, user: User | undefined): Promise<boolean> {
  return deps.throttle.mailTo(user ? `user ${user.sub}` : `name ${canonicalIdentifier(typed)}`)
}

export function offersSignUp({ config, mail }: Pick<Deps, 'config' | 'mail'>): boolean {
  return config.registration === 'on' && mail.kind !== 'none'
}
