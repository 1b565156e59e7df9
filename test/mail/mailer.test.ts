// The mailer against a mail server that really listens: what arrives, what is refused, what the log may hold.
import { afterEach, describe, expect, it } from 'vitest'
import { createMailer } from '../../src/mail/mailer.js'
import { aMail, deliver, handle, link, mailRig, readableLog, recipients } from './rig.js'
import { header, headerNames, parts, startSmtp } from './smtp-server.js'

const { setUp, mailerFor, keep, closeAll } = mailRig()
afterEach(closeAll)

describe('a mail', () => {
  it('arrives with both parts and the headers of a mail that no person has written', async () => {
    const { smtp, mailer, lines } = await setUp()
    const mail = aMail({ subject: 'Für Zoë', text: `Grüße\n\n${link}\n` })
    await deliver(mailer, mail)
    const [{ commands, message } = { commands: [], message: '' }] = smtp.received
    expect(commands).toContain('MAIL FROM:<no-reply@as.test>')
    expect(recipients({ commands })).toEqual(['RCPT TO:<ada@example.test>'])
    expect(header(message, 'From')).toBe('Orchard <no-reply@as.test>')
    expect(header(message, 'To')).toBe('ada@example.test')
    expect(header(message, 'Subject')).toBe('=?UTF-8?Q?F=C3=BCr_Zo=C3=AB?=')
    expect(header(message, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(message, 'Message-ID')).toMatch(/^<[^@\s]+@as\.test>$/)
    expect(Number.isNaN(Date.parse(header(message, 'Date') ?? ''))).toBe(false)
    expect(headerNames(message)).not.toContain('X-Mailer')
    expect(header(message, 'Content-Type')).toMatch(/^multipart\/alternative;/)
    const [text, html] = parts(message)
    expect(text?.type).toBe('text/plain; charset=utf-8')
    expect(text?.body.replaceAll('\r\n', '\n').trimEnd()).toBe(mail.text.trimEnd())
    expect(html?.type).toBe('text/html; charset=utf-8')
    expect(html?.body.trimEnd()).toBe(mail.html)
    expect(lines).toEqual([])
  })

  it('F17: is not waited for, and thirty share a few connections', async () => {
    const { smtp, mailer } = await setUp()
    const many = Array.from({ length: 30 }, (_, i) => aMail({ to: `reader${i}@example.test` }))
    expect(many.map((mail) => mailer.post(mail))).toEqual(many.map(() => undefined))
    expect(smtp.commands).toEqual([])
    await mailer.close(10_000)
    expect(smtp.received.map(({ message }) => header(message, 'To')).sort()).toEqual(
      many.map(({ to }) => to).sort(),
    )
    expect(smtp.state.connections).toBeLessThanOrEqual(3)
  })
})

describe('F17: a mail server that does not take it', () => {
  it('not there: tried four times with growing pauses, then logged without the link', async () => {
    const smtp = await startSmtp()
    await smtp.close()
    const { mailer, noted, entries, lines } = await mailerFor(smtp.url)
    await deliver(mailer, aMail())
    expect(noted).toEqual([2000, 15_000, 60_000])
    expect(entries('warn')).toHaveLength(3)
    expect(entries('error')).toMatchObject([
      {
        msg: 'a mail could not be sent',
        to: 'ada@example.test',
        subject: 'Choose a new password',
        code: 'ESOCKET',
      },
    ])
    expect(lines.join('')).not.toContain(handle)
    expect(lines.join('')).not.toContain('/reset-password/')
  })

  it('busy for a while: it arrives, once', async () => {
    let refusals = 2
    const { smtp, mailer, noted, entries } = await setUp((command) =>
      command.startsWith('RCPT') && refusals-- > 0 ? '450 4.2.0 come back later' : undefined,
    )
    await deliver(mailer, aMail())
    expect(smtp.received).toHaveLength(1)
    expect(noted).toEqual([2000, 15_000])
    expect(entries('warn').map(({ why }) => why)).toEqual([
      expect.stringContaining('come back later'),
      expect.stringContaining('come back later'),
    ])
    expect(entries('error')).toEqual([])
  })

  it('refuses for good: not asked again (RFC 5321 4.2.1)', async () => {
    const { smtp, mailer, noted, entries } = await setUp((command) =>
      command.includes('nobody@') ? '550 5.1.1 no such user' : undefined,
    )
    await deliver(mailer, aMail({ to: 'nobody@example.test' }), aMail())
    expect(recipients(smtp).filter((command) => command.includes('nobody'))).toHaveLength(1)
    expect(noted).toEqual([])
    expect(entries('error')).toMatchObject([
      { to: 'nobody@example.test', why: expect.stringContaining('no such user') },
    ])
    expect(smtp.received.map(({ message }) => header(message, 'To'))).toEqual(['ada@example.test'])
  })

  it('hangs up after the message: asked again as often as any other, not more', async () => {
    const { smtp, mailer, noted, entries } = await setUp((command) =>
      command === '.' ? 'hang up' : undefined,
    )
    await deliver(mailer, aMail())
    expect(smtp.commands.filter((command) => command === 'DATA')).toHaveLength(4)
    expect(noted).toHaveLength(3)
    expect(entries('error')).toHaveLength(1)
  })

  it('quotes the mail when it refuses: the link still stays out of the log', async () => {
    const { mailer, lines, entries } = await setUp((command) =>
      command === '.'
        ? `554-5.7.1 refused, it links to ${link}\r\n554 \u001b[31m${handle} is what it was`
        : undefined,
    )
    await deliver(mailer, aMail())
    const [, secret] = handle.split('.')
    expect(lines.join('')).not.toContain(secret)
    expect(entries('error')).toMatchObject([
      { why: expect.stringMatching(/^[^\p{Cc}]*5\.7\.1 refused[^\p{Cc}]*$/u) },
    ])
  })
})

describe('closing', () => {
  it('waits for what is still to be sent, and takes no more', async () => {
    const { smtp, mailer, entries } = await setUp()
    for (let i = 0; i < 10; i += 1) mailer.post(aMail())
    await mailer.close(10_000)
    expect(smtp.received).toHaveLength(10)
    mailer.post(aMail())
    expect(entries('error')).toMatchObject([{ msg: 'a mail is dropped', why: 'the server is stopping' }])
    expect(smtp.received).toHaveLength(10)
  })

  it('gives up on a server that says nothing, and tells what was not sent', async () => {
    const { smtp, mailer, entries, lines } = await setUp((command) =>
      command === 'connect' ? '' : undefined,
    )
    mailer.post(aMail())
    await mailer.close(50)
    expect(smtp.received).toEqual([])
    expect(entries('error')).toMatchObject([
      { msg: 'the server stopped before this mail was sent', to: 'ada@example.test' },
    ])
    expect(lines.join('')).not.toContain(handle)
    // Sooner than by the patience with a silent server: nothing keeps the process alive.
    await expect.poll(() => smtp.state.open, { timeout: 2000 }).toBe(0)
  })

  it('tries at once what rests until its next try', async () => {
    const smtp = await startSmtp((command) => (command.startsWith('RCPT') ? '450 later' : undefined))
    keep(smtp)
    const { log, entries } = await readableLog()
    const mailer = createMailer({ smtpUrl: smtp.url, from: 'no-reply@as.test', development: false, log })
    mailer.post(aMail())
    await expect.poll(() => entries('warn').length, { timeout: 10_000 }).toBe(1)
    smtp.state.answers = () => undefined
    await mailer.close(10_000)
    expect(smtp.received).toHaveLength(1)
  })
})

describe('without a mail server', () => {
  it('development writes the mail to the log, as text whose link can be opened', async () => {
    const { log, entries } = await readableLog()
    const mailer = createMailer({ from: 'no-reply@as.test', development: true, log })
    expect(mailer.kind).toBe('log')
    mailer.post(aMail())
    expect(entries('info')).toMatchObject([
      { to: 'ada@example.test', msg: `Choose a new password\n\nChoose one here:\n\n${link}\n` },
    ])
    await mailer.close()
  })

  it('production sends nothing, and no link reaches the log', async () => {
    const { log, lines, entries } = await readableLog()
    const mailer = createMailer({ from: 'no-reply@as.test', development: false, log })
    expect(mailer.kind).toBe('none')
    mailer.post(aMail())
    expect(entries('warn')).toMatchObject([{ subject: 'Choose a new password' }])
    expect(lines.join('')).not.toContain(handle)
    await mailer.close()
  })
})
