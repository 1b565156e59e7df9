// Owns sending mail: by SMTP in the background, or to the log where somebody is trying things out.
import type { Logger } from 'pino'
import { createQueue, type Pause } from './queue.js'
import { smtpSender } from './smtp.js'

export type Mail = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export type Mailer = {
  /**
   * Where mail goes: `log` in development without GRANTOR_SMTP_URL; `none` elsewhere without it, and then nothing
   * that needs mail is offered.
   */
  readonly kind: 'smtp' | 'log' | 'none'
  /**
   * Hands a mail over and answers at once: nobody waits for a mail server, and how long an answer takes tells
   * nothing (SE04). What cannot be sent after several tries is logged.
   */
  post(mail: Mail): void
  /** Waits up to `ms` for what is still to be sent, then lets go of the mail server. */
  close(ms?: number): Promise<void>
}

export type MailerOptions = {
  readonly smtpUrl?: string | undefined
  /** The sender, as RFC 5322 writes it. */
  readonly from: string
  readonly development: boolean
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Waits between tries; made by tests to pass at once. */
  readonly pause?: Pause | undefined
}

export function createMailer({ smtpUrl, from, development, log, pause }: MailerOptions): Mailer {
  if (smtpUrl !== undefined) {
    const sender = smtpSender(smtpUrl, from)
    const queue = createQueue(sender.send, log, pause)
    return {
      kind: 'smtp',
      post: queue.add,
      close: async (ms = 0) => {
        await queue.drain(ms)
        await sender.close()
      },
    }
  }
  const close = async () => {}
  // The text holds links that are credentials: only where the one who reads the log is trying things out. As the
  // message and not as a field, its lines stay lines, and a link in a terminal can be opened.
  if (development) {
    return { kind: 'log', post: ({ to, subject, text }) => log.info({ to }, `${subject}\n\n${text}`), close }
  }
  return { kind: 'none', post: ({ subject }) => log.warn({ subject }, 'no mail server is configured'), close }
}
