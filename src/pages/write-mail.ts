// Owns the choice of language for a mail, and who it says it is from.

import { product } from '../protocol/product.js'
import { type MailContent, mailText } from './mails.js'
import { pickMessages, pickRegion } from './messages/pick.js'

/** @param locales preferred languages of the reader, best first */
export function writeMail(
  { issuer }: { readonly issuer: string },
  locales: readonly string[],
  content: MailContent,
): { subject: string; text: string; html: string } {
  const m = pickMessages(locales)
  const frame = { product, host: new URL(issuer).host, locale: pickRegion(m, locales) }
  return mailText(m.mail, frame, content)
}
