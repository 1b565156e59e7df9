// Owns the conversation with a mail server (RFC 5321), by nodemailer.
import type { Mail } from './mailer.js'

export type Sender = {
  /** Rejects when the server refuses or cannot be reached. */
  send(mail: Mail): Promise<void>
  close(): Promise<void>
}

/** Milliseconds: a mail server that is silent for longer is tried again later. */
const patience = { connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 15_000 }

/** The library is loaded with the first mail: most starts of the server send none. */
export function smtpSender(url: string, from: string): Sender {
  let transport: Promise<Awaited<ReturnType<typeof open>>> | undefined
  async function open() {
    const { createTransport } = await import('nodemailer')
    return createTransport({ url, pool: true, maxConnections: 3, ...patience }, { from })
  }
  return {
    async send({ to, subject, text, html }) {
      transport ??= open()
      // As one address, whatever characters it has: a list of addresses must not come of it.
      const recipient = { name: '', address: to }
      await (await transport).sendMail({
        to: recipient,
        subject: subject.replace(/[\r\n]+/g, ' '),
        text,
        html,
      })
    },
    async close() {
      if (transport) (await transport).close()
    },
  }
}
