// Owns mail that is on its way: a bounded number of it, tried several times, never in anybody's way.
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf } from './fault.js'
import type { Mail, MailerOptions, Unwritten } from './mailer.js'

const longest = 1000
const atOnce = 3
/** Milliseconds before each further try. */
const pauses = [2000, 15_000, 60_000]

/** Hears once whether the mail server has taken the mail. */
export type OnSettled = (sent: boolean) => void

export type Pause = (ms: number, stop: AbortSignal) => Promise<unknown>

/** Keeps no process alive, and ends early when the queue is to end. */
const unhurried: Pause = (ms, signal) => sleep(ms, undefined, { ref: false, signal }).catch(() => undefined)

type Entry = { readonly mail: Mail; readonly onSettled?: OnSettled | undefined; tries: number }

export function createQueue(
  send: (mail: Mail) => Promise<void>,
  log: MailerOptions['log'],
  pause: Pause = unhurried,
) {
  /** All that is written and not sent yet: due, being sent, or resting before its next try. */
  const unsent = new Set<Entry>()
  const unwritten = new Set<Unwritten>()
  const due: Entry[] = []
  const ending = new AbortController()
  // Every mail that rests listens for it, and Node.js takes more than ten for a leak.
  setMaxListeners(longest, ending.signal)
  let sending = 0
  let onEmpty = () => {}

  function add(mail: Mail, onSettled?: OnSettled): void {
    // Its text is left out everywhere here: it holds links that are credentials.
    if (hasRoom({ to: mail.to, subject: mail.subject })) enter(mail, onSettled)
    else onSettled?.(false)
  }

  function addLater(mail: Unwritten, ms: number): void {
    if (!hasRoom({})) return
    unwritten.add(mail)
    void pause(ms, ending.signal).then(() => {
      if (unwritten.has(mail)) write(mail)
    })
  }

  function write(mail: Unwritten): void {
    unwritten.delete(mail)
    try {
      const written = mail()
      if (written) enter(written)
    } catch (err) {
      // Nobody waits for it who could be told; unheard, the error would end the process.
      log.error({ err }, 'a mail could not be written')
    }
  }

  function hasRoom(mail: Partial<Mail>): boolean {
    if (!ending.signal.aborted && unsent.size + unwritten.size < longest) return true
    const why = ending.signal.aborted ? 'the server is stopping' : 'too many mails are waiting'
    log.error({ ...mail, why }, 'a mail is dropped')
    return false
  }

  function enter(mail: Mail, onSettled?: OnSettled): void {
    const entry = { mail, onSettled, tries: 0 }
    unsent.add(entry)
    due.push(entry)
    start()
  }

  function start(): void {
    while (sending < atOnce) {
      const entry = due.shift()
      if (!entry) return
      sending += 1
      void attempt(entry).finally(() => {
        sending -= 1
        start()
      })
    }
  }

  async function attempt(entry: Entry): Promise<void> {
    try {
      await send(entry.mail)
      finish(entry, true)
    } catch (error) {
      failed(entry, error)
    }
  }

  function failed(entry: Entry, error: unknown): void {
    if (!unsent.has(entry)) return
    const { to, subject } = entry.mail
    const { message: why, code, final } = faultOf(error, entry.mail)
    const wait = pauses[entry.tries]
    if (final || wait === undefined) {
      log.error({ to, subject, why, code }, 'a mail could not be sent')
      finish(entry, false)
      return
    }
    log.warn({ to, subject, why, code }, 'a mail could not be sent yet')
    entry.tries += 1
    // It rests outside of the few that are being sent: one slow mailbox must not hold up the others.
    void pause(wait, ending.signal).then(() => {
      if (!unsent.has(entry)) return
      due.push(entry)
      start()
    })
  }

  function finish(entry: Entry, sent: boolean): void {
    // One that was given up when the server stopped has been reported.
    if (!unsent.delete(entry)) return
    if (unsent.size === 0) onEmpty()
    entry.onSettled?.(sent)
  }

  /** Takes no more, writes and tries at once what rests, and gives up what is not sent after `ms`. */
  async function drain(ms: number): Promise<void> {
    const enough = new AbortController()
    const empty = new Promise<void>((resolve) => {
      onEmpty = resolve
    })
    const late = sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined)
    for (const mail of unwritten) write(mail)
    ending.abort()
    if (unsent.size > 0) await Promise.race([empty, late])
    enough.abort()
    const left = [...unsent]
    unsent.clear()
    due.length = 0
    for (const { mail, onSettled } of left) {
      log.error({ to: mail.to, subject: mail.subject }, 'the server stopped before this mail was sent')
      onSettled?.(false)
    }
  }

  return { add, addLater, drain }
}
