// grantor user invite, require-second-factor, reset-second-factor, sign-out: how an administrator helps people in.
import { describe, expect, it } from 'vitest'
import { findLink } from '../../src/mail/link.js'
import { startSmtp } from '../mail/smtp-server.js'
import { aFactorRemoval, aPasskey, aTotp, at } from '../support/rows.js'
import { createShell, type Shell } from './support.js'

const create = (shell: Shell, name = 'ada') =>
  shell.json<{ sub: string }>(
    ['user', 'create', '--username', name, '--email', `${name}@example.test`, '--password-stdin'],
    'glacier tandem origami',
  )

type Invited = { sub: string; username: string; link: string; expires_at: number; mailed: boolean }

describe('user invite', () => {
  it('adds a person and gives a link that works once, for a week', async () => {
    const shell = createShell()
    const invited = await shell.json<Invited>('user invite --email ada@example.test --name Ada')
    expect(invited).toMatchObject({ username: 'ada@example.test', mailed: false })
    expect(invited.expires_at).toBe(shell.clock.now + 7 * 86_400)
    expect(invited.link).toMatch(/^http:\/\/localhost:9000\/invitation\//)
    const handle = invited.link.split('/').at(-1) ?? ''
    const works = (now: number) =>
      shell.store((store) => findLink({ store, now: () => now }, 'invitation', handle))
    expect(await works(invited.expires_at - 1)).toMatchObject({ sub: invited.sub })
    expect(await works(invited.expires_at)).toBeUndefined()
    expect(await shell.json(`user get ${invited.sub}`)).toMatchObject({ name: 'Ada', has_password: false })
  })

  it('again gives a new link, and the one before is dead', async () => {
    const shell = createShell()
    const first = await shell.json<Invited>('user invite --email ada@example.test --username ada')
    const second = await shell.json<Invited>('user invite --email ADA@example.test')
    expect(second.sub).toBe(first.sub)
    const find = (link: string) =>
      shell.store((store) =>
        findLink({ store, now: () => shell.clock.now }, 'invitation', link.split('/').at(-1) ?? ''),
      )
    expect(await find(first.link)).toBeUndefined()
    expect(await find(second.link)).toBeDefined()
  })

  it('mails the link where there is a mail server, and says when it could not', async () => {
    const smtp = await startSmtp()
    const shell = createShell({ GRANTOR_SMTP_URL: smtp.url, GRANTOR_MAIL_FROM: 'id@example.test' })
    const invited = await shell.json<Invited>('user invite --email ada@example.test')
    expect(invited.mailed).toBe(true)
    expect(smtp.received).toHaveLength(1)
    const [{ commands, message } = { commands: [], message: '' }] = smtp.received
    expect(commands).toContain('RCPT TO:<ada@example.test>')
    // Quoted-printable breaks long lines.
    expect(message.replaceAll('=\r\n', '')).toContain(invited.link)
    await smtp.close()
    const ended = await shell.run('user invite --email bob@example.test')
    expect(ended.code).toBe(1)
    expect(ended.err).toMatch(/The mail was not sent.*http:\/\/localhost:9000\/invitation\//s)
  })

  it('refuses who has a password, and what is no address', async () => {
    const shell = createShell()
    await create(shell)
    const known = await shell.run('user invite --email ada@example.test')
    expect([known.code, known.err]).toEqual([1, expect.stringContaining('ada')])
    expect((await shell.run('user invite --email ada')).code).toBe(2)
    expect((await shell.run('user invite --email x@example.test --username ada')).code).toBe(1)
  })
})

describe('user require-second-factor', () => {
  it('asks it of a person, and leaves it to them again', async () => {
    const shell = createShell()
    const { sub } = await create(shell)
    expect(await shell.json('user require-second-factor ada')).toMatchObject({ second_factor_required: true })
    expect(await shell.json(`user get ${sub}`)).toMatchObject({ second_factor_required: true })
    await shell.json('user require-second-factor ada --off')
    expect(await shell.json(`user get ${sub}`)).toMatchObject({ second_factor_required: false })
  })
})

describe('user reset-second-factor', () => {
  it('removes app, recovery codes and passkeys', async () => {
    const shell = createShell()
    const { sub } = await create(shell)
    await shell.store(async (store) => {
      await store.totps.put(aTotp(sub))
      await store.recoveryCodes.add(sub, aTotp(sub).codeSet, ['a', 'b'], shell.clock.now)
      await store.passkeys.create(aPasskey('p1', sub))
      await store.committed(0)
    })
    expect(await shell.json('user reset-second-factor ada')).toMatchObject({
      totp_removed: true,
      passkeys_removed: 1,
    })
    const left = await shell.store(async (store) => [
      await store.totps.find(sub),
      await store.recoveryCodes.count(sub),
      await store.passkeys.listByUser(sub),
    ])
    expect(left).toEqual([undefined, 0, []])
  })
})

describe('EN03: a planned removal of second factors', () => {
  const plan = async (shell: Shell, sub: string) =>
    shell.store(async (store) => {
      await store.factorRemovals.request(aFactorRemoval(sub))
      await store.committed(0)
    })
  const planned = (shell: Shell, sub: string) => shell.store((store) => store.factorRemovals.find(sub, at))

  it('EN03: is stopped by an administrator, once, and left on the trail', async () => {
    const shell = createShell()
    const { sub } = await create(shell)
    expect(await shell.json('user stop-factor-removal ada')).toMatchObject({ sub, stopped: false })
    await plan(shell, sub)
    expect(await shell.json('user stop-factor-removal ada')).toMatchObject({ sub, stopped: true })
    expect(await planned(shell, sub)).toBeUndefined()
    const events = await shell.store((store) => store.audit.ofUser(sub, { limit: 9 }))
    expect(events.filter(({ type }) => type === 'user.factor_removal_stopped')).toHaveLength(1)
  })

  it('EN03: is over where an administrator has removed the factors', async () => {
    const shell = createShell()
    const { sub } = await create(shell)
    await plan(shell, sub)
    await shell.json('user reset-second-factor ada')
    expect(await planned(shell, sub)).toBeUndefined()
  })
})
