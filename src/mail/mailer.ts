// Owns sending mail: by SMTP in the background, or to the log where somebody is trying things out.
import type { Logger } from 'pino'
import { createQueue, type OnSettled, type Pause } from './queue.js'
import { smtpSender } from './smtp.js'

export type Mail = {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Writes the mail when its time has come; undefined where nobody is there to read it. */
export type Unwritten = () => Mail | undefined

export type Mailer = {
  /**
   * Where mail goes: `log` in development without GRANTOR_SMTP_URL; `none` elsewhere without it, and then nothing
   * that needs mail is offered.
   */
  readonly kind: 'smtp' | 'log' | 'none'
  /**
   * Hands a mail over and answers at once: nobody waits for a mail server. What cannot be sent after several tries
   * is logged.
   * @param onSettled is called once: true if the mail server has taken it, false if it is dropped or given up
   */
  post(mail: Mail, onSettled?: OnSettled): void
  /**
   * The same after some milliseconds, until which all is alike whether it will be written or not (SE04). A log has
   * it at once.
   */
  postLater(mail: Unwritten, ms: number): void
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
      postLater: queue.addLater,
      close: async (ms = 0) => {
        await queue.drain(ms)
        await sender.close()
      },
    }
  }
  const close = async () => {}
  const atOnce = (post: Mailer['post']): Pick<Mailer, 'post' | 'postLater'> => ({
    post,
    postLater(mail) {
      const written = mail()
      if (written) post(written)
    },
  })
  // The text holds links that are credentials: only where the one who reads the log is trying things out. As the
  // message and not as a field, its lines stay lines, and a link in a terminal can be opened.
  const toLog = atOnce(({ to, subject, text }, onSettled) => {
    log.info({ to }, `${subject}\n\n${text}`)
    onSettled?.(true)
  })
  if (development) return { kind: 'log', ...toLog, close }
  const nowhere = atOnce(({ subject }, onSettled) => {
    log.warn({ subject }, 'no mail server is configured')
    onSettled?.(false)
  })
  return { kind: 'none', ...nowhere, close }
}
