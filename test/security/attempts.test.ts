// The catalogue of threats, EN05: what opens the limits on guessing, and right passwords that come together.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { enrolApp } from '../support/factors.js'
import { createScenes } from '../support/scenes.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'
import type { Door } from '../support/sign-in.js'
import { aUser, prepared } from '../support/values.js'

let server: TestServer
let alice: Person
let door: Door

async function start(cheapPasswords = true) {
  server = await createTestServer({ cheapPasswords })
  alice = await server.addUser()
  door = createScenes(server, {
    app: await server.addClient('web', { skip_consent: true }),
    person: alice,
  }).door
}
beforeEach(() => start())
afterEach(() => server.close())

/** Everything about the account that is no credential. */
async function changeProfile() {
  const { users } = server.deps.store
  const { sub } = alice.user
  const at = server.clock.now
  const profile = { username: 'alice2', email: 'other@example.test', claims: { name: 'Alice' } }
  expect(await users.update({ sub, ...profile, emailVerified: true, updatedAt: at })).toBe(true)
  expect(await users.setSecondFactorRequired(sub, true, at)).toBe(true)
  expect(await users.setSecondFactorRequired(sub, false, at)).toBe(true)
  expect(await users.setDisabled(sub, false, at)).toBe(true)
  await users.passkeyOffered(sub, at)
}

describe('the limit on guessing', () => {
  it('EN05: is opened by a new password, and by no other change of the account', async () => {
    for (const wait of [0, 0, 0, 0, 0, 1, 2, 4, 8]) {
      server.clock.advance(wait)
      expect((await door.guess('alice', 'wrong')).status).toBe(422)
    }
    server.clock.advance(1)
    await changeProfile()
    for (const name of ['alice2', 'other@example.test']) {
      expect((await door.guess(name, alice.password)).status, name).toBe(429)
    }
    const { store, passwords } = server.deps
    await store.users.setPassword(
      alice.user.sub,
      await passwords.hash(prepared('another password')),
      server.clock.now,
    )
    expect((await door.guess('alice2', 'another password')).left).toBeDefined()
  })

  it('EN05: of codes is opened by another app, and neither by a new password nor by any other change', async () => {
    const browser = createBrowser(server)
    await browser.open('/account')
    await browser.signIn(alice)
    const phone = await enrolApp(server, browser)
    const { store, passwords } = server.deps
    let password = alice.password
    let username = alice.user.username
    const send = async (code: string) => {
      const other = createBrowser(server)
      await other.open('/account')
      expect((await other.signIn({ user: { ...alice.user, username }, password })).heading).toBe(
        'Enter a code',
      )
      return other.submit({ code })
    }
    for (const wait of [0, 0, 0, 0, 0, 1, 2, 4, 8]) {
      server.clock.advance(wait)
      expect((await send('000000')).status).toBe(422)
    }
    server.clock.advance(1)
    await changeProfile()
    password = 'another password'
    username = 'alice2'
    await store.users.setPassword(alice.user.sub, await passwords.hash(prepared(password)), server.clock.now)
    expect((await send(phone.code())).status).toBe(429)
    const totp = await store.totps.find(alice.user.sub)
    if (!totp) throw new Error('there is no app')
    await store.totps.remove(totp.sub)
    await store.totps.put({ ...totp, createdAt: server.clock.now })
    expect((await send(phone.code())).url.pathname).toBe('/account')
  })

  it('EN05: refuses none of twelve right passwords at once, also after four wrong ones', async () => {
    await server.close()
    await start(false)
    for (let i = 0; i < 4; i++) expect((await door.guess('alice', 'wrong')).status).toBe(422)
    const guesses = Array.from({ length: 12 }, () => door.guess('alice', alice.password))
    const statuses = (await Promise.all(guesses)).map(({ status, left }) => (left ? 'in' : status))
    expect(statuses).toEqual(Array(12).fill('in'))
  })

  it('EN05: refuses none of twelve at once whose hash the first of them renews (EN06)', async () => {
    await server.close()
    await start(false)
    const { store, passwords } = server.deps
    const { hasPassword: _, ...bob } = aUser({ sub: 'u_bob', username: 'bob', email: 'bob@example.test' })
    await store.users.create(bob, await passwords.hash(prepared('an older password')), false)
    const guesses = Array.from({ length: 12 }, () => door.guess('bob', 'an older password'))
    expect((await Promise.all(guesses)).map(({ left }) => left !== undefined)).toEqual(Array(12).fill(true))
  })

  it('EN05: lets nobody in by a password that was replaced while it was compared', async () => {
    const { store, passwords } = server.deps
    const { sub } = alice.user
    const { verify } = passwords
    passwords.verify = async (hash, text) => {
      const right = await verify(hash, text)
      await store.users.setPassword(sub, await passwords.hash(prepared('another password')), server.clock.now)
      return right
    }
    expect((await door.guess('alice', alice.password)).status).toBe(422)
    passwords.verify = verify
    expect((await door.guess('alice', 'another password')).left).toBeDefined()
  })
})
