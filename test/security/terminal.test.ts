// What a log and a terminal show of text by strangers, and what a log never shows: the secrets of links.
import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { newHandle, newId } from '../../src/crypto/handle.js'
import { createLogger } from '../../src/logging.js'
import { links } from '../../src/mail/link.js'
import { openStore } from '../../src/store/open.js'
import { createShell } from '../cli/support.js'
import { aNewUser } from '../support/rows.js'
import { createTestServer } from '../support/server.js'
import { aClient } from '../support/values.js'

/** Clears the screen, sets a title, paints by C1, turns the direction around, hides. */
const nasty = 'a\x1b[2J\x1b]0;title\x07\x9b31m\x85\u202eb\u2066\u200b\u2028\x7f'
const obeyed = /(?!\n|\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

function memory() {
  let text = ''
  const to = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  return { to, written: () => text }
}

describe('the log', () => {
  it.each(Object.values(links).map(({ path }) => path))(
    'PC15: a link to %s with junk behind it leaves no secret',
    async (path) => {
      const server = await createTestServer()
      const { handle } = newHandle(newId(server.clock.now, randomBytes), randomBytes)
      const [, secret = ''] = handle.split('.')
      const junk = [
        '',
        ')',
        '>',
        '%3E',
        '/',
        '/x',
        '%0a',
        '?x',
        '"',
        '%2F',
        "'",
        ',',
        ';a=b',
        '%3Fx=1',
        '=3D',
      ]
      for (const link of [
        ...junk.map((end) => `${path}/${handle}${end}`),
        `/x${path}//${handle}`,
        `/${handle}`,
        `${path}${handle}`,
      ]) {
        for (const [method, Accept] of [
          ['GET', '*/*'],
          ['GET', 'text/html'],
          ['PUT', '*/*'],
          ['POST', 'application/json'],
        ] as const) {
          await server.fetch(link, { method, headers: { Accept } })
        }
      }
      const log = server.log.join('')
      expect(log).toContain('[redacted]')
      expect(log).not.toContain(secret.slice(0, 16))
      expect(log).not.toContain(secret.slice(-16))
      await server.close()
    },
  )

  it('PC15: keeps the words of a path that leads nowhere', async () => {
    const server = await createTestServer()
    await server.fetch('/.well-known/oauth-authorization-server/x/oauth2', {
      headers: { Accept: 'application/json' },
    })
    expect(server.log.join('')).toContain('"/.well-known/oauth-authorization-server/x/oauth2"')
    await server.close()
  })

  it('PC15: readable lines obey nothing of a stranger', async () => {
    const { to, written } = memory()
    const log = await createLogger({ level: 'info', pretty: true, to })
    log.info({ [`key${nasty}`]: nasty, deep: [{ nasty }], err: new Error(nasty) }, `message ${nasty}`)
    await new Promise((resolve) => setImmediate(resolve))
    // pino-pretty's own colours; of what a stranger sent, nothing is a sequence any more.
    const plain = stripVTControlCharacters(written())
    expect(written()).not.toContain('\x1b[2J')
    expect(plain).not.toMatch(obeyed)
    expect(plain).toContain('message a\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{85}\\u{202e}b')
  })

  it('PC15: JSON lines obey nothing, and parse to exactly what was logged', async () => {
    const { to, written } = memory()
    const log = await createLogger({ level: 'info', pretty: false, to })
    log.info({ deep: [{ nasty, tag: '\u{e0041}' }] }, nasty)
    expect(written()).not.toMatch(obeyed)
    expect(JSON.parse(written())).toMatchObject({ msg: nasty, deep: [{ nasty, tag: '\u{e0041}' }] })
  })
})

it('PC15: the command line obeys nothing of a stranger, and its JSON is exact', async () => {
  const shell = createShell()
  const at = shell.clock.now
  const store = await openStore(shell.env.GRANTOR_DATABASE_URL as string)
  await store.users.create(aNewUser('u', { username: nasty, claims: { name: nasty } }))
  const client = aClient('web', {}, { id: 'c' })
  await store.clients.create({ ...client, metadata: { ...client.metadata, client_name: nasty } })
  await store.audit.record({
    id: newId(at, randomBytes),
    at,
    type: 'session.started',
    expiresAt: at + 1000,
    sub: 'u',
    detail: { userAgent: nasty },
  })
  await store.committed(0)
  await store.close()
  const commands = [
    'user list',
    'user get u',
    'client list',
    'client get c',
    'audit tail',
    'user sign-out u',
    'user disable u',
  ]
  let seen = 0
  for (const command of commands) {
    const { code, out, err } = await shell.run(command)
    expect({ command, code, err }).toEqual({ command, code: 0, err: '' })
    expect(out).not.toMatch(obeyed)
    if (/\\u\{?0*1b\}?\[2J/.test(out)) seen += 1
  }
  expect(seen).toBe(commands.length)
  const failed = await shell.run(['user', 'get', nasty.slice(1)])
  expect(failed.code).toBe(1)
  expect(failed.err).not.toMatch(obeyed)
  expect((await shell.json(['client', 'get', 'c'])) as object).toMatchObject({ client_name: nasty })
  // Also without --json, where a result is printed as JSON.
  const { out } = await shell.run('client get c')
  if (out.startsWith('{')) expect(JSON.parse(out)).toMatchObject({ client_name: nasty })
})
