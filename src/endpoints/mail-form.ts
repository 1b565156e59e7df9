// Owns what the forms that ask for a mail share: brake and pace, where they lead.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import { formToken } from './browser.js'
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
    csrf: formToken(c, deps, form),
    loginHref: interaction === undefined ? `${base}/login` : `${base}/login/${interaction}`,
  }
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
