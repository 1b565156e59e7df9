// Owns why a mail was not sent: one line for a person, and whether another try makes sense.
import type { Mail } from './mailer.js'

export class MailFault extends Error {
  override readonly name = 'MailFault'
  /** As the library names it, such as `ECONNECTION`; for the log. */
  readonly code: string | undefined
  /** The next try would be refused like this one (RFC 5321 4.2.1). */
  readonly final: boolean

  constructor(message: string, { code, final }: { code?: string | undefined; final: boolean }) {
    super(message)
    this.code = code
    this.final = final
  }
}

const longest = 300
/** The secret of a handle: 256 bits as base64url. */
const secrets = /[\w-]{43,}/g

/** A mail server may quote the mail that it refuses: its links are credentials and must not reach a log. */
export function faultOf(error: unknown, { text }: Mail): MailFault {
  if (error instanceof MailFault) return error
  const { message, code, responseCode } = error as { message?: string; code?: string; responseCode?: number }
  let line = (message ?? String(error)).replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
  for (const [secret] of text.matchAll(secrets)) line = line.replaceAll(secret, '[left out]')
  const final = responseCode === undefined ? code === 'EENVELOPE' : responseCode >= 500
  return new MailFault(line.slice(0, longest).replace(/[. ]+$/, ''), { code, final })
}
