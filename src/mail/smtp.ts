// Owns the conversation with a mail server (RFC 5321), by nodemailer.
import { deliveryAddress, isDeliverable } from '../protocol/user.js'
import { faultOf, MailFault } from './fault.js'
import type { Mail } from './mailer.js'

export type Sender = {
  /** @throws MailFault when the server refuses or cannot be reached */
  send(mail: Mail): Promise<void>
  close(): Promise<void>
}

/** Milliseconds: a mail server that is silent for longer is tried again later. */
const patience = { dnsTimeout: 5000, connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 15_000 }

/** For machines that answer mail: this was written by one, too (RFC 3834 5). */
const headers = { 'Auto-Submitted': 'auto-generated' }

/** The library is loaded with the first mail: most starts of the server send none. */
export function smtpSender(url: string, from: string): Sender {
  let transport: Promise<Awaited<ReturnType<typeof open>>> | undefined
  async function open() {
    const { createTransport } = await import('nodemailer')
    return createTransport({ url, pool: true, maxConnections: 3, ...patience }, { from, headers })
  }
  return {
    async send(mail) {
      const { to, subject, text, html } = mail
      // The library would make some other address of what is none.
      if (!isDeliverable(to)) {
        throw new MailFault('this is not an e-mail address', { final: true })
      }
      transport ??= open()
      try {
        // As one address, whatever characters it has: a list of addresses must not come of it.
        const recipient = { name: '', address: deliveryAddress(to) }
        const line = subject.replace(/[\s\p{Cc}]+/gu, ' ')
        await (await transport).sendMail({ to: recipient, subject: line, text, html })
      } catch (error) {
        throw faultOf(error, mail)
      }
    },
    async close() {
      // By force: what is still being sent has been waited for, and given up.
      if (transport) (await transport).close({ force: true })
    },
  }
}
