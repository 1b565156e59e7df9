// Owns what the mail tests share: a mail with a link in it, a log that can be read, pauses that pass at once.
import { createLogger } from '../../src/logging.js'
import type { Mail } from '../../src/mail/mailer.js'

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
