// The catalogue of threats, EN06: one form of a password, hashes of what was typed before, and their renewal.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PreparedPassword } from '../../src/protocol/password.js'
import { createBrowser } from '../support/browser.js'
import { createScenes } from '../support/scenes.js'
import { createTestServer, type TestServer } from '../support/server.js'
import type { Door } from '../support/sign-in.js'
import { aUser } from '../support/values.js'
import { watch } from '../support/watch.js'

let server: TestServer
let door: Door

async function start(cheapPasswords = true) {
  server = await createTestServer({ cheapPasswords })
  const person = await server.addUser()
  door = createScenes(server, { app: await server.addClient('web', { skip_consent: true }), person }).door
}
beforeEach(() => start())
afterEach(() => server.close())

/** A user whose password was hashed as it was typed, as all were before. */
async function addOlder(username: string, password: string): Promise<string> {
  const { store, passwords } = server.deps
  const { hasPassword: _, ...user } = aUser({
    sub: `u_${username}`,
    username,
    email: `${username}@example.test`,
  })
  const hash = await passwords.hash(password as PreparedPassword)
  expect(await store.users.create(user, hash, false)).toBe(true)
  return user.sub
}

const stored = (sub: string) => server.deps.store.users.password(sub)
const isIn = async (username: string, password: string) =>
  (await door.guess(username, password)).left !== undefined

describe('a password', () => {
  it('EN06: is one password on every keyboard', async () => {
    await server.addUser({ username: 'bob', password: 'na\u00efve caf\u00e9 keys' })
    expect(await isIn('bob', 'nai\u0308ve cafe\u0301\u00a0keys')).toBe(true)
    expect(await isIn('bob', 'naive cafe keys')).toBe(false)
    expect(await isIn('bob', 'na\u00efve caf\u00e9 keys ')).toBe(false)
  })

  it('EN06: that was hashed as typed still signs in as typed, and then in every form', async () => {
    const composed = 'na\u00efve caf\u00e9 keys'
    const typed = composed.normalize('NFD')
    const sub = await addOlder('bob', typed)
    expect(await isIn('bob', composed)).toBe(false)
    expect((await stored(sub))?.prepared).toBe(false)
    expect(await isIn('bob', typed)).toBe(true)
    expect((await stored(sub))?.prepared).toBe(true)
    expect(await isIn('bob', composed)).toBe(true)
    expect(await isIn('bob', typed)).toBe(true)
  })

  it('EN06: that is shorter than today’s or has what no form has is still good where it was good', async () => {
    const short = await addOlder('bob', 'short')
    const emoji = await addOlder('eve', 'a heart \u2764\ufe0f of gold')
    for (let i = 0; i < 2; i++) {
      expect(await isIn('bob', 'short')).toBe(true)
      expect(await isIn('eve', 'a heart \u2764\ufe0f of gold')).toBe(true)
    }
    expect(await stored(short)).toMatchObject({ prepared: true })
    expect(await stored(emoji)).toMatchObject({ prepared: false })
    expect(await isIn('eve', 'a heart \u2764 of gold')).toBe(false)
  })

  it('EN06: costs one hash at each try, whoever it is of and whatever it has', async () => {
    await server.close()
    await start(false)
    await addOlder('bob', 'an older password')
    const done = watch(server)
    const hashes = async (username: string, password: string) => {
      done.length = 0
      await door.guess(username, password)
      return done.filter((step) => step.startsWith('passwords.'))
    }
    for (const username of ['alice', 'bob', 'nobody']) {
      for (const password of ['wrong', 'wrong \u2764\ufe0f', 'wro\u0308ng']) {
        expect(await hashes(username, password), `${username} ${password}`).toEqual(['passwords.verify'])
      }
    }
    // The one renewal.
    server.clock.advance(60)
    expect(await hashes('bob', 'an older password')).toEqual(['passwords.verify', 'passwords.hash'])
    expect(await hashes('bob', 'an older password')).toEqual(['passwords.verify'])
  })

  it('EN06: of an account is none of what cannot be one, whatever the hasher says', async () => {
    server.deps.passwords.verify = async (hash) => hash !== undefined
    expect(await isIn('alice', 'anything at all')).toBe(true)
    expect(await isIn('alice', 'a heart \u2764\ufe0f')).toBe(false)
    expect(await isIn('alice', 'x'.repeat(1025))).toBe(false)
  })
})

describe('the page where a password is chosen', () => {
  it('EN06: asks for as many characters as are configured, and says how many', async () => {
    await server.close()
    server = await createTestServer({ cheapPasswords: true, config: { passwordMin: 15 } })
    const alice = await server.addUser()
    const browser = createBrowser(server)
    await browser.open('/account/password')
    await browser.signIn(alice)
    await browser.open('/account/password')
    expect(browser.view.text).toContain('At least 15 characters.')
    const change = (password: string) => browser.submit({ password })
    const refused = await change('fourteen chars')
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('at least 15 characters')
    expect((await change('fifteen letters\u200e')).text).toContain('without invisible or control characters')
    expect((await change('fifteen letters')).status).toBe(200)
    expect(await stored(alice.user.sub)).toMatchObject({ prepared: true })
  })
})
