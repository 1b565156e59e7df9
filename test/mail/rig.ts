// Owns what the mail tests share: a mailer with its mail server, a log that can be read, pauses that pass at once.
import { createLogger } from '../../src/logging.js'
import { createMailer, type Mail, type Mailer } from '../../src/mail/mailer.js'
import { type Answers, type SmtpServer, startSmtp } from './smtp-server.js'

/** As newHandle writes one. */
export const handle = '0aBcDeFgHiJkLmNo.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'
export const link = `https://as.test/reset-password/${handle}`

export const aMail = (facts: Partial<Mail> = {}): Mail => ({
  to: 'ada@example.test',
  subject: 'Choose a new password',
  text: `Choose one here:\n\n${link}\n`,
  html: `<!doctype html><html lang="en"><body><p><a href="${link}">Choose</a></p></body></html>`,
  ...facts,
})

type Line = { level: number; msg: string; [field: string]: unknown }

export async function readableLog() {
  const lines: string[] = []
  const log = await createLogger({
    level: 'trace',
    pretty: false,
    to: { write: (line) => void lines.push(line) },
  })
  return {
    log,
    lines,
    /** The entries of a level, oldest first. */
    entries: (level: 'info' | 'warn' | 'error'): Line[] =>
      lines.map((line) => JSON.parse(line) as Line).filter((line) => line.level === log.levels.values[level]),
  }
}

/** Pauses that are written down instead of waited for. */
export function notedPauses() {
  const noted: number[] = []
  return { noted, pause: async (ms: number) => void noted.push(ms) }
}

/** Mailers and mail servers that a test opens; `closeAll` ends them after it. */
export function mailRig() {
  const opened: { close(): Promise<void> }[] = []
  const keep = (each: { close(): Promise<void> }) => void opened.push(each)

  async function mailerFor(smtpUrl: string) {
    const readable = await readableLog()
    const { noted, pause } = notedPauses()
    const from = 'Orchard <no-reply@as.test>'
    const mailer = createMailer({ smtpUrl, from, development: false, log: readable.log, pause })
    keep(mailer)
    return { mailer, noted, ...readable }
  }

  return {
    keep,
    mailerFor,
    setUp: async (answers?: Answers) => {
      const smtp = await startSmtp(answers)
      keep(smtp)
      return { smtp, ...(await mailerFor(smtp.url)) }
    },
    closeAll: async () => {
      for (const each of opened.splice(0).reverse()) await each.close()
    },
  }
}

/** Posts and waits until everything is sent or given up. */
export async function deliver(mailer: Mailer, ...mails: Mail[]): Promise<void> {
  for (const mail of mails) mailer.post(mail)
  await mailer.close(10_000)
}

export const recipients = ({ commands }: Pick<SmtpServer, 'commands'>): string[] =>
  commands.filter((command) => command.startsWith('RCPT'))
