// Owns the mails: each says what happened, what to do next, and what to do if it was not you.
import type { MailMessages } from './messages/mail.en.js'
import type { Phrase } from './messages/phrase.js'
import { timeText } from './parts.js'
import { render } from './render.js'
import { Name, phraseText, plainText } from './text.js'

type Happened = { when: number; where: { browser?: string; system?: string; ip: string } }
type Factors = { passkeys: readonly string[]; twoStep: boolean }
type Change = keyof MailMessages['credentialChanged']

export type MailContent =
  | { kind: 'verifyEmail'; link: string; hours: number }
  | { kind: 'changeEmail' | 'resetPassword' | 'registration'; link: string; minutes: number }
  | { kind: 'registrationKnown'; signInLink: string; resetLink: string }
  | { kind: 'invitation'; link: string; days: number; username: string }
  | { kind: 'emailChanged'; newAddress: string; when: number }
  | { kind: 'appConnected'; app: { name: string; host: string }; when: number; connectionsLink: string }
  | ({ kind: 'passwordReset'; checkLink: string; apps: readonly string[] } & Factors & Happened)
  | ({ kind: 'factorRemoval'; dueAt: number; link: string } & Factors & Happened)
  | { kind: 'factorsRemoved'; when: number; sessionsLink: string }
  | ({ kind: 'newSignIn'; sessionsLink: string } & Happened)
  | ({ kind: 'credentialChanged'; change: Change; sessionsLink: string } & Happened)

export type MailFrame = { product: string; host: string; locale: string }

/** Words by other people, kept from reordering ours. */
type Foreign = { foreign: string }

/** A paragraph, a link with the words on its button, or a fact with its name. */
type Part = string | Phrase<Foreign> | { label: string; href: string } | { name: string; value: string }

type Written = { subject: string; text: string; html: string }

/** The mail in text and in HTML that says the same and loads nothing. */
export function mailText(m: MailMessages, frame: MailFrame, content: MailContent): Written {
  const { subject, parts } = write(m, frame, content)
  const all = [...parts, m.footer(frame.product, frame.host)]
  return { subject, text: `${all.map(asText).join('\n\n')}\n`, html: asHtml(frame, subject, all) }
}

function write(m: MailMessages, frame: MailFrame, content: MailContent): { subject: string; parts: Part[] } {
  switch (content.kind) {
    case 'verifyEmail':
    case 'changeEmail':
    case 'resetPassword':
    case 'registration': {
      const { subject, body, action } = m[content.kind]
      const valid = 'hours' in content ? m.valid.hours(content.hours) : m.valid.minutes(content.minutes)
      return { subject, parts: [body, { label: action, href: content.link }, valid, m.notYou] }
    }
    case 'registrationKnown': {
      const { subject, body, signIn, reset } = m.registrationKnown
      const links = [
        { label: signIn, href: content.signInLink },
        reset,
        { label: m.resetPassword.action, href: content.resetLink },
      ]
      return { subject, parts: [body, ...links, m.notYou] }
    }
    case 'invitation': {
      const { subject, body, action, unexpected } = m.invitation
      const text = body({ foreign: frame.product }, { foreign: content.username })
      const link = { label: action, href: content.link }
      return { subject: subject(frame.product), parts: [text, link, m.valid.days(content.days), unexpected] }
    }
    case 'emailChanged': {
      const { subject, body } = m.emailChanged
      const text = body({ foreign: masked(content.newAddress) })
      return { subject, parts: [text, date(m, frame, content.when), m.tellAdministrator] }
    }
    case 'appConnected': {
      const { subject, body, check, action } = m.appConnected
      const link = { label: action, href: content.connectionsLink }
      const text = body({ foreign: content.app.name }, { foreign: content.app.host })
      return { subject, parts: [text, date(m, frame, content.when), check, link] }
    }
    case 'passwordReset': {
      const { subject, body, check, action, apps } = m.passwordReset
      const disconnected = { name: apps, value: names(m, content.apps) }
      const link = { label: action, href: content.checkLink }
      return {
        subject,
        parts: [body, ...factors(m, content), disconnected, ...facts(m, frame, content), check, link],
      }
    }
    case 'factorRemoval': {
      const { subject, body, due, stop, action } = m.factorRemoval
      const when = { name: due, value: timeText(content.dueAt, frame.locale) }
      const link = { label: action, href: content.link }
      return { subject, parts: [body, when, ...factors(m, content), ...facts(m, frame, content), stop, link] }
    }
    case 'factorsRemoved': {
      const { subject, body } = m.factorsRemoved
      const link = { label: m.sessions, href: content.sessionsLink }
      return { subject, parts: [body, date(m, frame, content.when), m.check, link] }
    }
    case 'newSignIn':
    case 'credentialChanged': {
      const { subject, body } =
        content.kind === 'newSignIn' ? m.newSignIn : m.credentialChanged[content.change]
      const gone = content.kind === 'credentialChanged' && content.change === 'account_deleted'
      const wayOn = gone
        ? [m.tellAdministrator]
        : [m.check, { label: m.sessions, href: content.sessionsLink }]
      return { subject, parts: [body, ...facts(m, frame, content), ...wayOn] }
    }
  }
}

function facts(m: MailMessages, frame: MailFrame, { when, where }: Happened): Part[] {
  const { browser, system, ip } = where
  const device = browser && system ? m.browserOn(browser, system) : (browser ?? system ?? m.unknownBrowser)
  return [date(m, frame, when), { name: m.where, value: `${device}, ${ip}` }]
}

function factors(m: MailMessages, { passkeys, twoStep }: Factors): Part[] {
  return [
    { name: m.passkeys, value: names(m, passkeys) },
    { name: m.twoStep, value: twoStep ? m.on : m.off },
  ]
}

/** Names by other people, each without what could reorder or hide the rest. */
const names = (m: MailMessages, all: readonly string[]): string =>
  all.length === 0 ? m.none : all.map((name) => `\u2068${plainText(name)}\u2069`).join(', ')

const date = (m: MailMessages, frame: MailFrame, when: number): Part => ({
  name: m.when,
  value: timeText(when, frame.locale),
})

/** Enough of an address for its owner to know it, for the one who has lost the account not to. */
function masked(address: string): string {
  const at = address.lastIndexOf('@')
  return `${Array.from(address)[0] ?? ''}\u2026${address.slice(at)}`
}

function asText(part: Part): string {
  if (typeof part === 'string') return part
  if (Array.isArray(part)) {
    return phraseText(part.map((piece) => (typeof piece === 'string' ? piece : plainText(piece.foreign))))
  }
  return 'href' in part ? part.href : `${part.name}: ${part.value}`
}

function asHtml({ locale }: MailFrame, subject: string, parts: Part[]): string {
  const html = (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style="font:16px/1.5 sans-serif;max-width:32em;margin:2em auto;padding:0 1em">
        <h1 style="font-size:1.3em">{subject}</h1>
        {parts.map((part) => (
          <p>{content(part)}</p>
        ))}
      </body>
    </html>
  )
  return render(html)
}

function content(part: Part) {
  if (Array.isArray(part)) {
    return part.map((piece) => (typeof piece === 'string' ? piece : <Name>{piece.foreign}</Name>))
  }
  return typeof part === 'object' && 'href' in part ? <Link {...part} /> : asText(part)
}

/** The address stands below its words, for readers that show no links and people who look before they click. */
const Link = ({ label, href }: { label: string; href: string }) => (
  <>
    <a href={href} style="font-weight:bold">
      {label}
    </a>
    <br />
    <small style="word-break:break-all">{href}</small>
  </>
)
