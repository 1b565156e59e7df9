// Owns mail that is on its way: a bounded number of it, tried several times, never in anybody's way.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mail, MailerOptions } from './mailer.js'

const longest = 1000
const atOnce = 3
/** Milliseconds before each further try. */
const pauses = [2000, 15_000, 60_000]

const unhurried = (ms: number) => sleep(ms, undefined, { ref: false })

export function createQueue(
  send: (mail: Mail) => Promise<void>,
  log: MailerOptions['log'],
  pause: (ms: number) => Promise<void> = unhurried,
) {
  const waiting: Mail[] = []
  const running = new Set<Promise<void>>()

  function add(mail: Mail): void {
    if (waiting.length >= longest) {
      // Its text is left out everywhere here: it holds links that are credentials.
      log.error({ to: mail.to, subject: mail.subject }, 'too many mails are waiting, this one is dropped')
      return
    }
    waiting.push(mail)
    start()
  }

  function start(): void {
    while (running.size < atOnce) {
      const mail = waiting.shift()
      if (!mail) return
      const task: Promise<void> = deliver(mail).finally(() => {
        running.delete(task)
        start()
      })
      running.add(task)
    }
  }

  async function deliver(mail: Mail): Promise<void> {
    const { to, subject } = mail
    for (const wait of [...pauses, undefined]) {
      try {
        return await send(mail)
      } catch (err) {
        if (wait === undefined) return log.error({ to, subject, err }, 'a mail could not be sent')
        log.warn({ to, subject, err }, 'a mail could not be sent yet')
        await pause(wait)
      }
    }
  }

  /** Waits until all is sent, at most `ms`. */
  async function drain(ms: number): Promise<void> {
    const stop = new AbortController()
    const late = sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined)
    const done = async () => {
      while (running.size > 0) await Promise.all(running)
    }
    await Promise.race([done(), late])
    stop.abort()
  }

  return { add, drain }
}
