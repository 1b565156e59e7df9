// What stands in a mail stays where it stands: a subject, an address or a text adds no header and no recipient.
import { afterEach, describe, expect, it } from 'vitest'
import { aMail, deliver, link, mailRig, recipients } from './rig.js'
import { header, headerNames, parts } from './smtp-server.js'

const { setUp, closeAll } = mailRig()
afterEach(closeAll)

describe('nothing in a mail adds to its head', () => {
  it.each([
    'Hello\r\nBcc: eve@evil.test',
    'Hello\nBcc: eve@evil.test',
    'Hello\rBcc: eve@evil.test',
    'Hello\u0000\u2028Bcc: eve@evil.test\r\n\r\n<b>body</b>',
  ])('a subject: %j', async (subject) => {
    const { smtp, mailer } = await setUp()
    await deliver(mailer, aMail({ subject }))
    expect(smtp.received).toHaveLength(1)
    const { message } = smtp.received[0] as { message: string }
    expect(headerNames(message)).not.toContain('Bcc')
    // What is left has no control character either, not even in an encoded word (RFC 2047).
    expect(header(message, 'Subject')).toMatch(/^Hello Bcc: eve@evil\.test/)
    expect(recipients(smtp)).toEqual(['RCPT TO:<ada@example.test>'])
    expect(parts(message)[0]?.body).toContain(link)
  })

  it.each([
    'ada@example.test\r\nBcc: eve@evil.test',
    'ada@example.test\nRCPT TO:<eve@evil.test>',
    'ada@example.test, eve@evil.test',
    'Ada <ada@example.test>',
    'ada<eve@evil.test>',
    'ada@example.test<',
    'ada',
    '',
  ])('an address that is none is not sent to at all: %j', async (to) => {
    const { smtp, mailer, noted, entries } = await setUp()
    await deliver(mailer, aMail({ to }))
    expect(smtp.commands).toEqual([])
    expect(noted).toEqual([])
    expect(entries('error')).toMatchObject([{ to, why: 'this is not an e-mail address' }])
  })

  it.each([
    ['ada,eve@example.test', '<"ada,eve"@example.test>'],
    ['ada;eve@example.test', '<"ada;eve"@example.test>'],
    ['ada(eve)@example.test', '<"ada(eve)"@example.test>'],
    ['undisclosed:ada@example.test', '<"undisclosed:ada"@example.test>'],
    ["o'hara+tag@example.test", "<o'hara+tag@example.test>"],
    ['ada@bücher.test', '<ada@xn--bcher-kva.test>'],
    ['ada@BÜCHER.test', '<ada@xn--bcher-kva.test>'],
    // EN07: accounts from before have such addresses.
    ['ada@old_host.test', '<ada@old_host.test>'],
    ['ada@[192.0.2.1]', '<ada@[192.0.2.1]>'],
  ])('an odd address stays one address: %s', async (to, expected) => {
    const { smtp, mailer } = await setUp()
    await deliver(mailer, aMail({ to }))
    expect(recipients(smtp)).toEqual([`RCPT TO:${expected}`])
  })

  it('a line of a lone dot does not end the mail', async () => {
    const { smtp, mailer } = await setUp()
    await deliver(mailer, aMail({ text: 'one\n.\nRCPT TO:<eve@evil.test>\n' }))
    expect(smtp.received).toHaveLength(1)
    expect(recipients(smtp)).toEqual(['RCPT TO:<ada@example.test>'])
  })
})
