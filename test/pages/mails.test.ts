// Holds what the mails say and what they must not hold: words, links, names by other people, weight.
import { describe, expect, it } from 'vitest'
import { type MailContent, type MailFrame, mailText } from '../../src/pages/mails.js'
import { mailEn } from '../../src/pages/messages/mail.en.js'
import { element, elements, textOf } from './markup.js'
import { hostileNames } from './states.js'

const frame: MailFrame = { product: 'Grantor', host: 'as.test', locale: 'en-GB' }
const link = 'https://as.test/mailed/0aBcDeFgHiJkLmNo.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'
const otherLink = 'https://as.test/forgot-password'
const when = 1_773_324_180
const where = { browser: 'Firefox', system: 'Linux', ip: '192.0.2.7' }

/** One of each kind; a kind without one does not compile. */
const each: { [Kind in MailContent['kind']]: MailContent & { kind: Kind } } = {
  verifyEmail: { kind: 'verifyEmail', link, hours: 24 },
  changeEmail: { kind: 'changeEmail', link, minutes: 60 },
  resetPassword: { kind: 'resetPassword', link, minutes: 30 },
  registration: { kind: 'registration', link, minutes: 60 },
  registrationKnown: { kind: 'registrationKnown', signInLink: link, resetLink: otherLink },
  invitation: { kind: 'invitation', link, days: 7, username: 'ada' },
  emailChanged: { kind: 'emailChanged', newAddress: 'eve@evil.test', when },
  appConnected: {
    kind: 'appConnected',
    app: { name: 'Orchard Planner', host: 'planner.example' },
    when,
    connectionsLink: link,
  },
  passwordReset: {
    kind: 'passwordReset',
    passkeys: ['Laptop', 'Phone'],
    twoStep: true,
    apps: ['Orchard Planner'],
    when,
    where,
    checkLink: link,
  },
  factorRemoval: {
    kind: 'factorRemoval',
    passkeys: ['Laptop'],
    twoStep: false,
    dueAt: when + 259_200,
    when,
    where,
    link,
  },
  factorsRemoved: { kind: 'factorsRemoved', when, sessionsLink: link },
  newSignIn: { kind: 'newSignIn', when, where, sessionsLink: link },
  credentialChanged: { kind: 'credentialChanged', change: 'password', when, where, sessionsLink: link },
}

type Change = keyof typeof mailEn.credentialChanged
const changes = Object.keys(mailEn.credentialChanged) as Change[]

const all: [string, MailContent][] = [
  ...Object.entries(each),
  ...changes.map((change): [string, MailContent] => [
    `credentialChanged, ${change}`,
    { ...each.credentialChanged, change },
  ]),
]

/** The links that a mail of this content must have. */
function linksOf(content: MailContent): string[] {
  if (content.kind === 'emailChanged') return []
  if (content.kind === 'credentialChanged' && content.change === 'account_deleted') return []
  return content.kind === 'registrationKnown' ? [link, otherLink] : [link]
}

const write = (content: MailContent, facts: Partial<MailFrame> = {}) =>
  mailText(mailEn, { ...frame, ...facts }, content)

/** A paragraph of the HTML as its reader sees it, breaks between lines. */
const paragraphs = (html: string) =>
  [...html.matchAll(/<p>(.*?)<\/p>/gs)].map(([, inner = '']) => textOf(inner.replace(/<br\/?>/g, '\n')))

describe.each(all)('%s', (_name, content) => {
  const { subject, text, html } = write(content)

  it('has its links in both parts, and as text below the words that are a link', () => {
    const links = linksOf(content)
    expect(text.match(/https?:\S+/g) ?? []).toEqual(links)
    expect(elements(html, 'a').map(({ attributes }) => attributes.get('href'))).toEqual(links)
    expect(elements(html, 'small').map((small) => small.text)).toEqual(links)
  })

  it('loads nothing, runs nothing, and weighs less than 10 KB', () => {
    const attributes = elements(html, '*').flatMap((found) => [...found.attributes.keys()])
    expect(new Set(attributes)).toEqual(
      new Set(['lang', 'charset', 'name', 'content', 'style', ...(linksOf(content).length ? ['href'] : [])]),
    )
    expect(html).not.toMatch(/url\(|@import|<(script|style|link|img|iframe|object|form|base|svg)\b/i)
    expect(html.replaceAll(link, '').replaceAll(otherLink, '')).not.toMatch(/https?:|\/\//)
    expect(Buffer.byteLength(text) + Buffer.byteLength(html)).toBeLessThan(10 * 1024)
  })

  it('leaves colours to the reader, dark or light', () => {
    expect(html).toContain('<meta name="color-scheme" content="light dark"/>')
    for (const { attributes } of elements(html, '*')) {
      expect(attributes.get('style') ?? '').not.toMatch(/color|background/)
    }
  })

  it('says the same in text and in HTML, below one heading that is its subject', () => {
    const lines = text.trimEnd().split('\n\n')
    const shown = paragraphs(html).map((paragraph) => paragraph.split('\n').at(-1))
    expect(shown).toEqual(lines)
    expect(elements(html, 'h1').map((h1) => h1.text)).toEqual([subject])
    expect(element(html, 'title').text).toBe(subject)
    expect(element(html, 'html').attributes.get('lang')).toBe('en-GB')
  })

  it('says who sent it, and what to do if it was not you', () => {
    expect(text).toMatch(/If (it was not you|you did not expect it), /)
    expect(text.trimEnd()).toMatch(/This mail was sent by Grantor at as\.test\.$/)
  })
})

describe('a mail with a link', () => {
  it.each([
    [each.verifyEmail, '24 hours'],
    [each.changeEmail, '60 minutes'],
    [each.resetPassword, '30 minutes'],
    [each.registration, '60 minutes'],
    [each.invitation, '7 days'],
  ])('says how long it works: $kind, %s', (content, time) => {
    expect(write(content).text).toContain(`The link works for ${time}, and once.`)
  })
})

describe('a mail about what has happened', () => {
  it('says when, in UTC and in the way of the reader, and where', () => {
    const { text } = write(each.newSignIn)
    expect(text).toContain('When: 12 Mar 2026, 14:03 UTC')
    expect(text).toContain('Where: Firefox on Linux, 192.0.2.7')
    expect(write(each.newSignIn, { locale: 'en-US' }).text).toMatch(/When: Mar 12, 2026, 2:03\sPM UTC/)
  })

  it.each([
    [{ browser: 'Safari' }, 'Safari, 2001:db8::1'],
    [{ system: 'Android' }, 'Android, 2001:db8::1'],
    [{}, 'A browser that does not say what it is, 2001:db8::1'],
  ])('says as much of the browser as is known: %j', (device, shown) => {
    const content = { ...each.newSignIn, where: { ...device, ip: '2001:db8::1' } }
    expect(write(content).text).toContain(`Where: ${shown}\n`)
  })

  it('has words of its own for each change', () => {
    const subjects = changes.map((change) => write({ ...each.credentialChanged, change }).subject)
    expect(new Set(subjects).size).toBe(changes.length)
  })

  it('sends nobody to an account that is deleted', () => {
    const { text } = write({ ...each.credentialChanged, change: 'account_deleted' })
    expect(text).not.toMatch(/sessions|password/)
    expect(text).toContain('tell the administrator')
  })

  it('AC02 tells the old address enough of the new one to know it, and not all of it', () => {
    const { text, html } = write({ ...each.emailChanged, newAddress: 'grace.hopper@navy.test' })
    expect(text).toContain('another email address now: g\u2026@navy.test.')
    for (const part of [text, html]) expect(part).not.toContain('race')
  })

  it('names the app and its host, and leads to where it can be disconnected', () => {
    const { text } = write(each.appConnected)
    expect(text).toContain('You have let Orchard Planner (planner.example) use your account')
    expect(text).toContain(`disconnect it, then change your password:\n\n${link}`)
  })
})

describe('CO06 a name by somebody else', () => {
  const named = (name: string): MailContent[] => [
    { ...each.invitation, username: name },
    { ...each.appConnected, app: { name, host: name } },
    { ...each.emailChanged, newAddress: `${name}@${name}` },
  ]

  it.each(Object.entries(hostileNames))('adds nothing to the mail: %s', (_kind, name) => {
    const plain = named('x').map((content) => write(content))
    for (const [i, content] of named(name).entries()) {
      const { subject, text, html } = write(content)
      const tags = (markup: string) => elements(markup, '*').map(({ tag }) => tag)
      expect(tags(html)).toEqual(tags(plain[i]?.html ?? ''))
      expect(text.split('\n')).toHaveLength(plain[i]?.text.split('\n').length ?? 0)
      expect(subject).toBe(plain[i]?.subject)
      expect(`${subject}${text}${html}`).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u{e0041}]/u)
      expect(Buffer.byteLength(text) + Buffer.byteLength(html)).toBeLessThan(10 * 1024)
    }
  })

  it('breaks no line', () => {
    for (const content of named('ada\r\n\r\nhttps://evil.test\u2028')) {
      expect(write(content).text).not.toMatch(/^https:\/\/evil/m)
    }
  })

  it('is isolated in the sentence, whatever its direction', () => {
    const { html } = write({ ...each.invitation, username: hostileNames.rtl })
    expect(html).toContain(`with the name <bdi>${hostileNames.rtl}</bdi>. Choose`)
  })
})
