// Owns telling a person by mail what has happened to their account.

import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { addressOf } from '../http/client-address.js'
import { describeUserAgent } from '../http/user-agent.js'
import type { OnSettled } from '../mail/queue.js'
import type { MailContent } from '../pages/mails.js'
import { writeMail } from '../pages/write-mail.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { User } from '../protocol/user.js'

/** Milliseconds. To it come up to two seconds. */
const leastRest = 500

/** Who gets a mail, and in which languages, best first. */
export type Recipient = { readonly to: string; readonly locales: readonly string[] }

/** Hands a mail over; the answer does not wait for it. */
export function post(
  deps: Deps,
  { to, locales }: Recipient,
  content: MailContent,
  onSettled?: OnSettled,
): void {
  deps.mail.post({ to, ...writeMail(deps.config, locales, content) }, onSettled)
}

/**
 * The same for a mail that a stranger has asked for, who must not learn from the time of any answer whether it goes
 * (SE04): it is written and sent at a moment that nobody can foresee, when the answer is long given.
 * @param reader `to` is absent where nobody gets it
 */
export function postUnseen(
  deps: Deps,
  { to, locales }: Omit<Recipient, 'to'> & { readonly to: string | undefined },
  content: MailContent,
): void {
  const ms = leastRest + deps.random(2).readUInt16BE() / 32
  deps.mail.postLater(
    () => (to === undefined ? undefined : { to, ...writeMail(deps.config, locales, content) }),
    ms,
  )
}

/**
 * Tells the person, at an address that is known to be theirs: nobody else must learn where somebody signs in.
 * @param content given where and when it happened
 * @param onSettled hears once whether the mail server has taken the mail
 */
export function tell(
  c: Context,
  deps: Deps,
  user: User,
  content: (happened: {
    when: number
    where: { browser?: string; system?: string; ip: string }
  }) => MailContent,
  onSettled?: OnSettled,
): void {
  if (user.email === undefined || !user.emailVerified) return
  const where = { ...describeUserAgent(c.req.header('user-agent')), ip: addressOf(c, deps.config) }
  post(deps, { to: user.email, locales: localesOf(user) }, content({ when: deps.now(), where }), onSettled)
}

/** Tells that something about how they sign in has changed. */
export function tellChange(
  c: Context,
  deps: Deps,
  user: User,
  change: Extract<MailContent, { kind: 'credentialChanged' }>['change'],
): void {
  const sessionsLink = issuerUrl(deps.config.issuer, '/account/sessions')
  tell(c, deps, user, (happened) => ({ kind: 'credentialChanged', change, ...happened, sessionsLink }))
}

export function localesOf({ claims }: User): string[] {
  return claims.locale === undefined ? [] : [claims.locale]
}
